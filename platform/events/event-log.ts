// A domain's event log in its own database: every statement on the outbox tables. Decides nothing about delivery.
import { join, sqltag as sql } from '@prisma/client/runtime/client';
import type { Clock } from '../clock.ts';
import type { Database, DatabaseTransaction, SqlExecutor } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import { type EventRow, eventFromRow, type LoggedEvent } from './logged-event.ts';
import { type HeadRow, movePending } from './sequencing.ts';

export interface LogHead {
  /** Names this log; a recreated database has another. */
  readonly logId: string;
  readonly lastPosition: number;
}

export interface EventLog {
  readonly domain: DomainName;
  /** Creates the head of a new log with this id, unless there is one. */
  ensureHead(logId: string): Promise<LogHead>;
  head(): Promise<LogHead>;
  /** Gives the next positions to up to `limit` committed events and moves them into the log. In the order of the log. */
  sequence(limit: number): Promise<LoggedEvent[]>;
  /** The same for everything pending, within a transaction that holds the only lock there is. For SQLite. */
  sequenceWithin(tx: DatabaseTransaction): Promise<LoggedEvent[]>;
  hasPending(): Promise<boolean>;
  countPending(): Promise<number>;
  /** Events behind `after`, at most `limit`. */
  read(after: number, limit: number): Promise<LoggedEvent[]>;
  /** Events of one feed behind `after` and up to `upTo`, at most `limit`. */
  readFeed(key: string, after: number, upTo: number, limit: number): Promise<LoggedEvent[]>;
  /** How far each consumer is known to have taken this log. */
  consumerPositions(): Promise<Map<string, number>>;
  /** Never moves a consumer back. */
  recordConsumerPositions(positions: ReadonlyMap<string, number>): Promise<void>;
}

const eventColumns = sql`position, previous_position, id, type, kind, subject, data, feeds, time, correlation_id, causation_id`;

export function createEventLog(deps: { domain: DomainName; database: Database; clock: Clock }): EventLog {
  const { domain, database, clock } = deps;
  const toEvents = (rows: readonly EventRow[]) => rows.map((row) => eventFromRow(domain, row));

  return {
    domain,
    ensureHead: (logId) =>
      database.transaction(async (tx) => {
        await tx.client
          .$executeRaw`INSERT INTO outbox_head (id, log_id, last_position) VALUES (1, ${logId}, 0) ON CONFLICT DO NOTHING`;
        return readHead(tx.client);
      }),
    head: () => readHead(database.client),
    hasPending: async () => {
      const rows = await database.client.$queryRaw<unknown[]>`SELECT 1 AS found FROM outbox_pending LIMIT 1`;
      return rows.length > 0;
    },
    countPending: async () => {
      const [row] = await database.client.$queryRaw<{ count: bigint | number }[]>`SELECT count(*) AS count FROM outbox_pending`;
      return Number(row?.count ?? 0);
    },
    sequence: (limit) =>
      database.batchTransaction(async (tx) => {
        const rows = await movePending(tx, limit);
        if (rows === null) throw noHead();
        return toEvents(rows);
      }),
    // Seeding may append before the log has a head; the relay sees to that later.
    sequenceWithin: async (tx) => toEvents((await movePending(tx, Number.MAX_SAFE_INTEGER)) ?? []),
    read: async (after, limit) =>
      toEvents(
        await database.client.$queryRaw<EventRow[]>(
          sql`SELECT ${eventColumns} FROM outbox_event WHERE position > ${after} ORDER BY position LIMIT ${limit}`,
        ),
      ),
    readFeed: async (key, after, upTo, limit) =>
      toEvents(
        await database.client.$queryRaw<EventRow[]>(sql`
          SELECT ${eventColumns} FROM outbox_event WHERE position IN (
            SELECT position FROM outbox_event_feed
            WHERE feed_key = ${key} AND position > ${after} AND position <= ${upTo} ORDER BY position LIMIT ${limit}
          ) ORDER BY position`),
      ),
    consumerPositions: async () => {
      const rows = await database.client.$queryRaw<{ consumer: string; position: bigint | number }[]>`
        SELECT consumer, position FROM outbox_consumer`;
      return new Map(rows.map((row) => [row.consumer, Number(row.position)]));
    },
    recordConsumerPositions: async (positions) => {
      if (positions.size === 0) return;
      const now = clock.now();
      // In one order always, so that replicas do not lock each other out.
      const rows = [...positions]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, position]) => sql`(${name}, ${position}, ${now})`);
      await database.transaction((tx) =>
        tx.client.$executeRaw(sql`
          INSERT INTO outbox_consumer (consumer, position, updated_at) VALUES ${join(rows)}
          ON CONFLICT (consumer) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at
          WHERE excluded.position > outbox_consumer.position`),
      );
    },
  };
}

async function readHead(client: SqlExecutor): Promise<LogHead> {
  return headFromRows(await client.$queryRaw<HeadRow[]>`SELECT log_id, last_position FROM outbox_head WHERE id = 1`);
}

function headFromRows(rows: readonly HeadRow[]): LogHead {
  const [row] = rows;
  if (!row) throw noHead();
  return { logId: row.log_id, lastPosition: Number(row.last_position) };
}

function noHead(): Error {
  return new Error('The event log has no head yet: start the event runtime first.');
}
