// Finds out when what happened to a transfer, without asking the services to do anything for it: from the times that events carry, from the
// moments at which PostgreSQL says that rows were committed, and by listening to Redis as live feeds do.
import { Redis } from 'ioredis';
import pg from 'pg';
import { loadConfig } from '../../platform/config/config.ts';
import { environment } from '../../platform/config/environment.ts';
import { databaseTarget } from '../../platform/database/target.ts';
import type { DomainName } from '../../platform/domains.ts';
import { decodeEvents } from '../../platform/events/logged-event.ts';
import type { EventTrail, TransferTrail } from './hops.ts';

/** Lets the server remember when each transaction committed. */
export const trailSettings = { track_commit_timestamp: 'on' } as const;

const domains = ['transaction', 'wallet', 'compliance'] as const satisfies readonly DomainName[];
const eventNames = {
  'clawpurse.transaction.requested.v1': 'requested',
  'clawpurse.wallet.funds_reserved.v1': 'fundsReserved',
  'clawpurse.compliance.screening_decided.v1': 'screeningDecided',
  'clawpurse.transaction.posting_started.v1': 'postingStarted',
  'clawpurse.wallet.posting_completed.v1': 'postingCompleted',
  'clawpurse.transaction.completed.v1': 'completed',
} as const satisfies Readonly<Record<string, keyof TransferTrail>>;

interface EventRow {
  readonly id: string;
  readonly type: keyof typeof eventNames;
  readonly transactionId: string;
  readonly causationId: string | null;
  readonly appended: number;
  readonly logged: number;
}

const inMs = (moment: string) => `(extract(epoch FROM ${moment}) * 1000)::float8`;
const readEvents = `
  SELECT id, type, data::jsonb->>'transactionId' AS "transactionId", causation_id AS "causationId",
    ${inMs('time')} AS appended, ${inMs('pg_xact_commit_timestamp(xmin)')} AS logged
  FROM outbox_event WHERE type = ANY($1) AND time >= $2`;
// The row of the inbox is written with the effect of the event.
const readEffects = `
  SELECT event_id AS id, ${inMs('pg_xact_commit_timestamp(xmin)')} AS committed FROM inbox_entry WHERE event_id = ANY($1)`;
const readIntents = `
  SELECT transaction_id AS id, ${inMs('pg_xact_commit_timestamp(xmin)')} AS committed
  FROM transaction_step WHERE version = 1 AND transaction_id = ANY($1)`;

export interface Trails {
  /** From now on until `stopListening`. */
  listen(): Promise<void>;
  stopListening(): void;
  /** The trails of these transfers, which were requested after `since` and are completed; those that have a gap are left out. */
  read(transactionIds: readonly string[], since: Date): Promise<Map<string, TransferTrail>>;
  close(): Promise<void>;
}

export function openTrails(postgresUrl: string, redisUrl: string): Trails {
  const config = loadConfig(environment({ DATABASE_URL: postgresUrl }));
  const pools = new Map(
    domains.map((domain) => {
      const target = databaseTarget(config, domain);
      if (target.provider !== 'postgresql') throw new Error('Commits are dated by PostgreSQL only.');
      return [domain, new pg.Pool({ connectionString: target.url, max: 1 })] as const;
    }),
  );
  const redis = new Redis(redisUrl, { lazyConnect: true });
  // Decoded when the load is over.
  let messages: { readonly at: number; readonly text: string }[] = [];
  redis.on('message', (_channel: string, text: string) => {
    messages.push({ at: performance.timeOrigin + performance.now(), text });
  });
  const channels = domains.map((domain) => `clawpurse:events:${domain}:live`);

  async function query<Row extends object>(domain: DomainName, text: string, values: readonly unknown[]): Promise<Row[]> {
    const pool = pools.get(domain as (typeof domains)[number]);
    return (await pool?.query<Row>(text, [...values]))?.rows ?? [];
  }

  /** When the effects of these events were committed in any of the domains, by event. */
  async function committedEffects(eventIds: readonly string[], domain: DomainName): Promise<Map<string, number>> {
    const rows = await query<{ id: string; committed: number }>(domain, readEffects, [eventIds]);
    return new Map(rows.map(({ id, committed }) => [id, committed]));
  }

  async function committedOf(rows: readonly EventRow[], domain: DomainName): Promise<(row: EventRow) => number | undefined> {
    const causes = rows.flatMap(({ causationId }) => (causationId === null ? [] : [causationId]));
    const effects = await committedEffects(causes, domain);
    const asked = rows.filter(({ causationId }) => causationId === null).map(({ transactionId }) => transactionId);
    const intents = domain === 'transaction' ? await query<{ id: string; committed: number }>(domain, readIntents, [asked]) : [];
    const first = new Map(intents.map(({ id, committed }) => [id, committed]));
    return ({ causationId, transactionId }) => (causationId === null ? first.get(transactionId) : effects.get(causationId));
  }

  return {
    async listen() {
      messages = [];
      if (redis.status === 'wait') await redis.connect();
      await redis.subscribe(...channels);
    },
    stopListening: () => void redis.unsubscribe(...channels),
    async read(transactionIds, since) {
      const published = new Map(messages.flatMap(({ at, text }) => decodeEvents(text).map(({ id }) => [id, at] as const)));
      const wanted = new Set(transactionIds);
      const trails = new Map<string, { -readonly [Name in keyof TransferTrail]?: EventTrail }>();
      for (const domain of domains) {
        const types = Object.keys(eventNames).filter((type) => type.startsWith(`clawpurse.${domain}.`));
        const rows = (await query<EventRow>(domain, readEvents, [types, since])).filter((row) => wanted.has(row.transactionId));
        const committed = await committedOf(rows, domain);
        for (const row of rows) {
          const [at, seen] = [committed(row), published.get(row.id)];
          if (at === undefined || seen === undefined) continue;
          const trail = trails.get(row.transactionId) ?? {};
          // Asked again, an event comes twice; the first one counts.
          trail[eventNames[row.type]] ??= {
            id: row.id,
            appended: row.appended,
            committed: at,
            logged: row.logged,
            published: seen,
          };
          trails.set(row.transactionId, trail);
        }
      }
      return new Map([...trails].filter((entry): entry is [string, TransferTrail] => isWhole(entry[1])));
    },
    async close() {
      redis.disconnect();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

function isWhole(trail: Partial<TransferTrail>): trail is TransferTrail {
  return Object.values(eventNames).every((name) => trail[name] !== undefined);
}
