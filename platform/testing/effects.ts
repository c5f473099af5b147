// What consumers in tests do with events: a table of effects in their own database, without any constraint that would hide a repeat.
import { expect } from 'vitest';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import type { EventConsumer, RecordedEvent } from '../events/event.ts';

interface EffectRow {
  readonly event_id: string;
  readonly subject: string;
  readonly position: bigint | number;
}

export async function createEffects(database: Database): Promise<void> {
  const order = database.provider === 'sqlite' ? 'INTEGER PRIMARY KEY AUTOINCREMENT' : 'BIGSERIAL PRIMARY KEY';
  await database.transaction((tx) =>
    tx.client.$executeRawUnsafe(
      `CREATE TABLE IF NOT EXISTS effect (taken ${order}, event_id TEXT NOT NULL, subject TEXT NOT NULL, position BIGINT NOT NULL)`,
    ),
  );
}

export async function recordEffect(event: RecordedEvent, tx: DatabaseTransaction): Promise<void> {
  await tx.client.$executeRaw`
    INSERT INTO effect (event_id, subject, position) VALUES (${event.id}, ${event.subject}, ${event.position})`;
}

/** Turns each event of a domain into an effect; `before` may fail, wait, or end the process. */
export function effectConsumer(
  source: DomainName,
  before: (event: RecordedEvent, tx: DatabaseTransaction) => Promise<void> | void = () => {},
): EventConsumer {
  return {
    types: [`clawpurse.${source}.happened.v1`],
    handler: {
      mode: 'transaction',
      handle: async (event, tx) => {
        await before(event, tx);
        await recordEffect(event, tx);
      },
    },
  };
}

export async function countEffects(database: Database): Promise<number> {
  const [row] = await database.client.$queryRawUnsafe<{ count: bigint | number }[]>('SELECT count(*) AS count FROM effect');
  return Number(row?.count);
}

/** Exactly these events took effect, each once, and those of one subject in the order of the log. */
export async function expectEffectsOnceInOrder(database: Database, count: number): Promise<void> {
  const rows = await database.client.$queryRawUnsafe<EffectRow[]>('SELECT * FROM effect ORDER BY taken');
  expect(rows).toHaveLength(count);
  expect(new Set(rows.map((row) => row.event_id)).size).toBe(count);
  const last = new Map<string, number>();
  for (const { subject, position } of rows) {
    expect(Number(position), `of subject ${subject}`).toBeGreaterThan(last.get(subject) ?? 0);
    last.set(subject, Number(position));
  }
}
