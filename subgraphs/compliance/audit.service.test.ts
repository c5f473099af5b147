import { describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { openTarget } from '../../platform/database/open.ts';
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';
import { createOutbox } from '../../platform/events/outbox.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { createTestTarget, providers } from '../../platform/testing/databases.ts';
import { createAuditService, verifyAuditLog as verifyWith } from './audit.service.ts';
import type { Client } from './compliance.database.ts';
import { anAudit } from './compliance.fixtures.ts';
import { createNoteSigner, parseVerifierKey } from './note.rules.ts';

const verifier = parseVerifierKey(createNoteSigner('test', Buffer.alloc(32, 1)).verifierKey);
const verifyAuditLog = (client: Client, range: { from: number; limit: number }) => verifyWith(client, range, verifier);

const noFeed: LiveFeed = {
  follow: () => {
    throw new Error('Nothing is followed in these tests.');
  },
  cursorOf: () => '',
  currentCursor: async () => '',
};

/** Several replicas of the log's writer on one database. */
async function startReplicas(provider: 'sqlite' | 'postgresql', count: number) {
  const target = await createTestTarget('compliance', provider);
  const clock = createTestClock();
  const databases = await Promise.all(Array.from({ length: count }, () => openTarget<Client>({ domain: 'compliance', target })));
  const outbox = createOutbox({ domain: 'compliance', ids: uuidIds, clock });
  const replicas = databases.map((database) => createAuditService({ database, outbox, feed: noFeed, clock, verifier }));
  const take = async (replica: number, event: RecordedEvent) => {
    const { handler } = (replicas[replica] as (typeof replicas)[number]).consumer;
    if (handler.mode !== 'claim') throw new Error('The audit log claims its events itself.');
    await handler.handle(event, { consumer: 'compliance', eventId: event.id });
  };
  return {
    database: databases[0] as Database<Client>,
    take,
    [Symbol.asyncDispose]: async () => void (await Promise.all(databases.map((database) => database.close()))),
  };
}

function recorded(changes: Parameters<typeof anAudit>[0] = {}): RecordedEvent {
  const clock = new Date('2026-11-05T09:30:00.000Z');
  return {
    ...anAudit(changes),
    id: uuidIds.next(),
    feeds: [],
    source: 'wallet',
    position: 1,
    time: clock,
    correlationId: null,
    causationId: null,
  };
}

const anEverything = { from: 1, limit: 50_000 };
const sql = (database: Database<Client>, ...statements: string[]) =>
  database.transaction(async ({ client }) => {
    for (const statement of statements) await client.$executeRawUnsafe(statement);
  });

/** What somebody with the keys of the database would do first. */
async function dropGuards(database: Database<Client>): Promise<void> {
  const drops =
    database.provider === 'postgresql'
      ? ['DROP TRIGGER audit_event_append_only ON audit_event', 'DROP TRIGGER audit_head_moves_on ON audit_head']
      : [
          'DROP TRIGGER audit_event_append_only_update',
          'DROP TRIGGER audit_event_append_only_delete',
          'DROP TRIGGER audit_event_append_only_replace',
          'DROP TRIGGER audit_head_moves_on',
        ];
  await sql(database, ...drops);
}

describe.each(providers)('the audit log on %s', (provider) => {
  it('is empty and intact at first', async () => {
    await using log = await startReplicas(provider, 1);
    expect(await verifyAuditLog(log.database.client, anEverything)).toMatchObject({
      verified: 0,
      problem: null,
      nextSequence: null,
      head: { sequence: 0 },
    });
  });

  it('stays one chain without gaps or repeats when replicas take the same events at once', async () => {
    await using log = await startReplicas(provider, 3);
    const events = Array.from({ length: 150 }, (_, index) => recorded({ resourceId: `wallet-${index}` }));
    await Promise.all([0, 1, 2].flatMap((replica) => events.map((event) => log.take(replica, event))));
    const verification = await verifyAuditLog(log.database.client, anEverything);
    expect(verification).toMatchObject({ verified: 150, problem: null, head: { sequence: 150 } });
    const rows = await log.database.client.auditEvent.findMany({ select: { eventId: true } });
    expect(new Set(rows.map(({ eventId }) => eventId))).toEqual(new Set(events.map(({ id }) => id)));
  });

  it('keeps values that are hard to keep', async () => {
    await using log = await startReplicas(provider, 1);
    const details = {
      ключ: 'значение \u0000 \u2028 😀',
      number: 1e21,
      tiny: 1e-7,
      negativeZero: -0,
      nested: [{ b: 1, a: null }],
      quote: '"\\',
    };
    await log.take(0, recorded({ details, requestId: null, subjectUserId: null }));
    expect(await verifyAuditLog(log.database.client, anEverything)).toMatchObject({ verified: 1, problem: null });
  });

  it('takes nothing that is no audit record, and takes the next', async () => {
    await using log = await startReplicas(provider, 1);
    const { data, ...event } = recorded();
    await expect(log.take(0, { ...event, data: { ...data, outcome: 'MAYBE' } })).rejects.toThrow();
    await log.take(0, recorded());
    expect(await verifyAuditLog(log.database.client, anEverything)).toMatchObject({ verified: 1, problem: null });
  });

  it('verifies a range after the other', async () => {
    await using log = await startReplicas(provider, 1);
    for (let index = 0; index < 5; index += 1) await log.take(0, recorded());
    const { client } = log.database;
    expect(await verifyAuditLog(client, { from: 1, limit: 3 })).toMatchObject({ verified: 3, nextSequence: 4, problem: null });
    expect(await verifyAuditLog(client, { from: 4, limit: 3 })).toMatchObject({ verified: 2, nextSequence: null, problem: null });
    for (const from of [0, 6, 1.5]) {
      await expect(verifyAuditLog(client, { from, limit: 3 })).rejects.toMatchObject({ code: 'AUDIT_RANGE_INVALID' });
    }
  });

  it('refuses tampering', async () => {
    const attempts = [
      `UPDATE audit_event SET actor_id = 'mallory' WHERE sequence = 2`,
      `DELETE FROM audit_event WHERE sequence = 3`,
      `DELETE FROM audit_head`,
      `UPDATE audit_head SET sequence = 1`,
      `UPDATE audit_head SET hash = 'x'`,
      ...(provider === 'postgresql'
        ? ['TRUNCATE audit_event', 'TRUNCATE audit_head', `INSERT INTO audit_head (id, sequence, hash) VALUES (2, 0, '')`]
        : [
            `INSERT OR REPLACE INTO audit_event SELECT sequence, 'forged', source, actor_id, action, resource_type, resource_id, outcome, subject_user_id,
            details, request_id, correlation_id, causation_id, occurred_at, recorded_at, transaction_id, previous_hash, hash FROM audit_event WHERE sequence = 2`,
            `INSERT INTO audit_head (id, sequence, hash) VALUES (2, 0, '')`,
          ]),
    ];
    await using log = await startReplicas(provider, 1);
    for (let index = 0; index < 3; index += 1) await log.take(0, recorded());
    for (const statement of attempts) await expect(sql(log.database, statement), statement).rejects.toThrow();
    expect(await verifyAuditLog(log.database.client, anEverything)).toMatchObject({ verified: 3, problem: null });
  });

  it.each([
    ['a changed entry', `UPDATE audit_event SET actor_id = 'mallory' WHERE sequence = 3`, { kind: 'CHANGED', sequence: 3 }],
    ['a time moved by a millisecond', null, { kind: 'CHANGED', sequence: 3 }],
    [
      'an entry moved to another transaction',
      `UPDATE audit_event SET transaction_id = 'tx' WHERE sequence = 3`,
      { kind: 'CHANGED', sequence: 3 },
    ],
    ['a removed entry', `DELETE FROM audit_event WHERE sequence = 3`, { kind: 'MISSING', sequence: 3, eventId: null }],
    ['a removed last entry', `DELETE FROM audit_event WHERE sequence = 5`, { kind: 'MISSING', sequence: 5 }],
    [
      'a head that was set back',
      `UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit_event WHERE sequence = 4)`,
      { kind: 'BEYOND_HEAD', sequence: 5 },
    ],
    ['a head with another hash', `UPDATE audit_head SET hash = 'forged'`, { kind: 'UNLINKED', sequence: 5 }],
    [
      'two entries that changed places',
      `UPDATE audit_event SET sequence = -2 WHERE sequence = 2; UPDATE audit_event SET sequence = 2 WHERE sequence = 4; UPDATE audit_event SET sequence = 4 WHERE sequence = -2`,
      { kind: 'UNLINKED', sequence: 2 },
    ],
  ])('names %s once the guards are gone', async (_what, statements, problem) => {
    await using log = await startReplicas(provider, 1);
    for (let index = 0; index < 5; index += 1) await log.take(0, recorded());
    await dropGuards(log.database);
    if (statements === null) {
      const [entry] = await log.database.client.auditEvent.findMany({ where: { sequence: 3n } });
      const occurredAt = new Date((entry?.occurredAt.getTime() ?? 0) + 1);
      await log.database.transaction(({ client }) => client.auditEvent.update({ where: { sequence: 3n }, data: { occurredAt } }));
    } else await sql(log.database, ...statements.split('; '));
    const verification = await verifyAuditLog(log.database.client, anEverything);
    expect(verification.problem).toMatchObject(problem);
    expect(verification.verified).toBe(problem.sequence - 1);
  });
});
