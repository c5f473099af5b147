// Events whose handler failed, kept in the consumer's database, and their retries in the order of their subjects.
import { join, sqltag as sql } from '@prisma/client/runtime/client';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database, DatabaseTransaction, SqlExecutor } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import { isDomainError } from '../errors.ts';
import type { Handlers } from './handlers.ts';
import { decodeEvent, encodeEvent, type LoggedEvent } from './logged-event.ts';

export interface ParkingLimits {
  /** Pause before the first retry; doubled for each further one. */
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** After so many attempts the event waits for an operator. */
  readonly attemptsMax: number;
}

export const parkingLimitsDefault: ParkingLimits = { retryFirstMs: 500, retryMaxMs: 300_000, attemptsMax: 16 };

/** A parked event, for operators. */
export interface ParkedEvent {
  readonly event: LoggedEvent;
  readonly attempts: number;
  /** Null when the attempts are used up. */
  readonly nextAttemptAt: Date | null;
  /** Empty when it waits behind an earlier event of its subject. */
  readonly error: string;
  readonly parkedAt: Date;
}

export interface ParkedCounts {
  /** All parked events, those that wait behind others included. */
  readonly parked: number;
  /** Those that are not retried any more until an operator says so. */
  readonly exhausted: number;
}

export interface Parking {
  /** Parks an event whose handler has failed, unless it took effect all the same. */
  park(event: LoggedEvent, error: unknown): Promise<'parked' | 'taken'>;
  /** Parks an event that must wait for an earlier one, unless it took effect before. */
  parkBehind(event: LoggedEvent): Promise<'parked' | 'taken'>;
  /** Tries again what is due. */
  sweep(): Promise<void>;
  /** Makes the named events, or all, due at once with fresh attempts. Gives how many. */
  retry(eventIds?: readonly string[]): Promise<number>;
  list(limit: number): Promise<ParkedEvent[]>;
  counts(): Promise<ParkedCounts>;
}

interface ParkedRow {
  readonly event: string;
  readonly attempts: number;
  readonly next_attempt_at: Date | string | null;
  readonly error: string;
  readonly parked_at: Date | string;
}

export interface ParkingDeps {
  readonly domain: DomainName;
  readonly database: Database;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: ParkingLimits;
  /** Called when something was parked that is due at once. */
  readonly onDue: () => void;
}

const subjectsPerSweepMax = 50;
const errorCharsMax = 2_000;

export function createParking(deps: ParkingDeps): Parking {
  const { domain, database, handlers, clock, log, limits } = deps;

  const retryAt = (attempts: number): Date | null =>
    attempts >= limits.attemptsMax
      ? null
      : new Date(clock.now().getTime() + Math.min(limits.retryFirstMs * 2 ** (attempts - 1), limits.retryMaxMs));

  function insert(event: LoggedEvent, attempts: number, nextAttemptAt: Date | null, error: string): Promise<'parked' | 'taken'> {
    return database.transaction(async (tx) => {
      if (await isTaken(tx.client, domain, event.id)) return 'taken';
      await tx.client.$executeRaw`
        INSERT INTO inbox_parked (consumer, event_id, source, subject, position, event, attempts, next_attempt_at, error, parked_at)
        VALUES (${domain}, ${event.id}, ${event.source}, ${event.subject}, ${event.position}, ${encodeEvent(event)}, ${attempts},
          ${nextAttemptAt}, ${error}, ${clock.now()})
        ON CONFLICT DO NOTHING`;
      return 'parked';
    });
  }

  /** True when the event is out of the way: it took effect, now or before. */
  async function attempt(event: LoggedEvent, attempts: number): Promise<boolean> {
    try {
      const handling = handlers.handlingOf(event);
      // Claimed in a transaction of its own, which may commit long before this returns; removing the row twice does no harm.
      if (handling.mode === 'claim' && !(await isTaken(database.client, domain, event.id))) {
        await handling.handler.handle(event, { consumer: domain, eventId: event.id });
      }
      await database.transaction(async (tx) => {
        // Removing the row first is the lock that keeps replicas from trying the same event at once.
        if (!(await removeRow(tx, domain, event.id)) || handling.mode !== 'transaction') return;
        if (!(await claimEvent(tx, domain, event.id))) return;
        for (const handler of handling.handlers) await handler.handle(event, tx);
      });
      log.info({ event: describe(event), attempts: attempts + 1 }, 'A parked event has taken effect');
      return true;
    } catch (error) {
      await recordFailure(event, attempts, error);
      return false;
    }
  }

  async function recordFailure(event: LoggedEvent, attempts: number, error: unknown): Promise<void> {
    const next = retryAt(attempts + 1);
    await database.transaction(
      (tx) => tx.client.$executeRaw`
        UPDATE inbox_parked SET attempts = ${attempts + 1}, next_attempt_at = ${next}, error = ${describeError(error)}
        WHERE consumer = ${domain} AND event_id = ${event.id} AND attempts = ${attempts}`,
    );
    reportFailure(log, event, attempts + 1, next, error);
  }

  async function resume(first: { event: LoggedEvent; attempts: number }): Promise<void> {
    for (let head: typeof first | null = first; head; head = await headOf(first.event)) {
      if (!(await attempt(head.event, head.attempts))) return;
    }
  }

  async function headOf(of: LoggedEvent): Promise<{ event: LoggedEvent; attempts: number } | null> {
    const rows = await database.client.$queryRaw<ParkedRow[]>`
      SELECT event, attempts, next_attempt_at FROM inbox_parked
      WHERE consumer = ${domain} AND source = ${of.source} AND subject = ${of.subject} ORDER BY position LIMIT 1`;
    const [row] = rows;
    return row?.next_attempt_at && new Date(row.next_attempt_at) <= clock.now() ? toCandidate(row) : null;
  }

  return {
    park: async (event, error) => {
      const next = retryAt(1);
      const outcome = await insert(event, 1, next, describeError(error));
      if (outcome === 'parked') reportFailure(log, event, 1, next, error);
      return outcome;
    },
    parkBehind: async (event) => {
      const outcome = await insert(event, 0, clock.now(), '');
      // The earlier one may have gone meanwhile.
      if (outcome === 'parked') deps.onDue();
      return outcome;
    },
    sweep: async () => {
      const rows = await database.client.$queryRaw<ParkedRow[]>`
        SELECT event, attempts FROM inbox_parked head
        WHERE consumer = ${domain} AND next_attempt_at <= ${clock.now()} AND NOT EXISTS (
          SELECT 1 FROM inbox_parked earlier
          WHERE earlier.consumer = head.consumer AND earlier.source = head.source AND earlier.subject = head.subject
            AND earlier.position < head.position
        )
        ORDER BY next_attempt_at LIMIT ${subjectsPerSweepMax}`;
      // One subject after the other: retries must not crowd out what works.
      for (const row of rows) await resume(toCandidate(row));
      if (rows.length === subjectsPerSweepMax) deps.onDue();
    },
    retry: async (eventIds) => {
      if (eventIds?.length === 0) return 0;
      const chosen = eventIds ? sql`AND event_id IN (${join([...eventIds])})` : sql``;
      const count = await database.transaction((tx) =>
        tx.client.$executeRaw(
          sql`UPDATE inbox_parked SET attempts = 0, next_attempt_at = ${clock.now()} WHERE consumer = ${domain} ${chosen}`,
        ),
      );
      deps.onDue();
      return count;
    },
    list: async (limit) => {
      const rows = await database.client.$queryRaw<ParkedRow[]>`
        SELECT event, attempts, next_attempt_at, error, parked_at FROM inbox_parked
        WHERE consumer = ${domain} ORDER BY parked_at, position LIMIT ${limit}`;
      return rows.map((row) => ({
        ...toCandidate(row),
        nextAttemptAt: row.next_attempt_at === null ? null : new Date(row.next_attempt_at),
        error: row.error,
        parkedAt: new Date(row.parked_at),
      }));
    },
    counts: async () => {
      const [row] = await database.client.$queryRaw<{ parked: bigint | number; exhausted: bigint | number }[]>`
        SELECT count(*) AS parked, count(*) - count(next_attempt_at) AS exhausted FROM inbox_parked WHERE consumer = ${domain}`;
      return { parked: Number(row?.parked ?? 0), exhausted: Number(row?.exhausted ?? 0) };
    },
  };
}

function toCandidate(row: Pick<ParkedRow, 'event' | 'attempts'>): { event: LoggedEvent; attempts: number } {
  return { event: decodeEvent(row.event), attempts: Number(row.attempts) };
}

async function isTaken(client: SqlExecutor, consumer: DomainName, eventId: string): Promise<boolean> {
  const rows = await client.$queryRaw<unknown[]>`
    SELECT 1 AS found FROM inbox_entry WHERE consumer = ${consumer} AND event_id = ${eventId}`;
  return rows.length > 0;
}

async function removeRow(tx: DatabaseTransaction, consumer: DomainName, eventId: string): Promise<boolean> {
  const removed = await tx.client.$executeRaw`DELETE FROM inbox_parked WHERE consumer = ${consumer} AND event_id = ${eventId}`;
  return removed === 1;
}

async function claimEvent(tx: DatabaseTransaction, consumer: DomainName, eventId: string): Promise<boolean> {
  const claimed = await tx.client.$executeRaw`
    INSERT INTO inbox_entry (consumer, event_id) VALUES (${consumer}, ${eventId}) ON CONFLICT DO NOTHING`;
  return claimed === 1;
}

function describe(event: LoggedEvent): Record<string, unknown> {
  return { id: event.id, type: event.type, subject: event.subject, source: event.source, position: event.position };
}

function describeError(error: unknown): string {
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, errorCharsMax);
}

function reportFailure(log: Logger, event: LoggedEvent, attempts: number, next: Date | null, error: unknown): void {
  // A handler that says itself that the time has not come is no trouble yet.
  const level = isDomainError(error) && error.retryable ? 'debug' : 'warn';
  if (next)
    log[level]({ event: describe(event), attempts, nextAttemptAt: next, err: error }, 'An event is parked: its handler failed');
  else log.error({ event: describe(event), attempts, err: error }, 'An event stays parked: its attempts are used up');
}
