// Several replicas screening one user at once, and events that are delivered more than once: straight at the consumers, without a bus.
import { describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { openTarget } from '../../platform/database/open.ts';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { createOutbox } from '../../platform/events/outbox.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { createTestTarget, providers } from '../../platform/testing/databases.ts';
import type { Client } from './compliance.database.ts';
import { aRequest, bankNamed, type Person, people, type TransactionFacts, userNamed } from './compliance.fixtures.ts';
import { createPartyNameConsumers } from './party-name.service.ts';
import { ruleCodes } from './rule.rules.ts';
import { createRuleService } from './rule.service.ts';
import { createSanctionsService } from './sanctions.service.ts';
import { createSanctionsWatch } from './sanctions.watch.ts';
import { createScreeningConsumers } from './screening.service.ts';

const limit = 10_000_000n;

function recorded(event: { type: string; subject: string; data: RecordedEvent['data'] }): RecordedEvent {
  const time = new Date('2026-11-05T09:30:00.000Z');
  return {
    ...event,
    id: uuidIds.next(),
    kind: 'domain',
    feeds: [],
    source: 'transaction',
    position: 1,
    time,
    correlationId: null,
    causationId: null,
  };
}

async function startReplicas(provider: 'sqlite' | 'postgresql', count: number) {
  const target = await createTestTarget('compliance', provider);
  const clock = createTestClock();
  const outbox = createOutbox({ domain: 'compliance', ids: uuidIds, clock });
  const databases = await Promise.all(Array.from({ length: count }, () => openTarget<Client>({ domain: 'compliance', target })));
  const [database] = databases as [Database<Client>];
  const deps = (own: Database<Client>) => ({ database: own, outbox, clock, ids: uuidIds, watch: createSanctionsWatch() });
  // Every replica sets itself up, all at once.
  await Promise.all(databases.map((own) => createRuleService(deps(own)).installDefaults()));
  await Promise.all(databases.map((own) => createSanctionsService(deps(own)).importBundledList()));
  const names = createPartyNameConsumers({ clock });
  for (const person of Object.keys(people) as Person[]) {
    for (const event of [userNamed(people[person].userId, person), bankNamed(person, person)].map(recorded)) {
      const handler = names.find(({ types }) => types?.includes(event.type))?.handler;
      if (handler?.mode === 'transaction') await database.transaction((tx) => handler.handle(event, tx as never));
    }
  }
  const consumers = databases.map((own) => createScreeningConsumers(deps(own))[0]?.handler);
  const take = async (replica: number, event: RecordedEvent) => {
    const handler = consumers[replica % count];
    if (handler?.mode !== 'claim') throw new Error('Requests are claimed by the batch that screens them.');
    await handler.handle(event, { consumer: 'compliance', eventId: event.id });
  };
  return {
    database,
    take,
    request: (facts: TransactionFacts) => recorded(aRequest(facts)),
    [Symbol.asyncDispose]: async () => void (await Promise.all(databases.map((own) => own.close()))),
  };
}

describe.each(providers)('concurrent screening on %s', (provider) => {
  it('never lets a user’s transactions slip under the daily limit together', async () => {
    await using replicas = await startReplicas(provider, 3);
    const units = 400_000n;
    const requests = Array.from({ length: 60 }, () => replicas.request({ units }));
    await Promise.all(requests.map((event, index) => replicas.take(index, event)));
    const screenings = await replicas.database.client.screening.findMany();
    const passed = screenings.filter(({ decision }) => decision === 'CLEARED');
    expect(screenings).toHaveLength(60);
    expect(passed).toHaveLength(Number(limit / units));
    const [bucket] = await replicas.database.client.usageBucket.findMany();
    expect(bucket).toMatchObject({ transactions: 60 });
    expect(bucket?.units.toString()).toBe((units * BigInt(passed.length)).toString());
  });

  it('counts assets and users apart', async () => {
    await using replicas = await startReplicas(provider, 2);
    const both = ['USD', 'EUR'].flatMap((asset) =>
      (['alice', 'bob'] as const).map((by) => ({ asset, by, to: 'olivia' as const })),
    );
    const requests = both.flatMap((facts) => Array.from({ length: 12 }, () => replicas.request({ ...facts, units: 1_000_000n })));
    await Promise.all(requests.map((event, index) => replicas.take(index, event)));
    const decided = await replicas.database.client.screening.groupBy({ by: ['requestedBy', 'asset', 'decision'], _count: true });
    expect(decided.map(({ decision, _count }) => `${decision} ${_count}`).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'HELD 10'),
      ...Array.from({ length: 4 }, () => 'REJECTED 2'),
    ]);
  });

  it('screens a transaction once, however often and wherever its event is delivered', async () => {
    await using replicas = await startReplicas(provider, 3);
    const events = Array.from({ length: 10 }, () => replicas.request({ units: 1_000_000n }));
    await Promise.all([0, 1, 2].flatMap((replica) => events.map((event) => replicas.take(replica, event))));
    await Promise.all(events.map((event) => replicas.take(0, event)));
    const { client } = replicas.database;
    expect(await client.screening.count()).toBe(10);
    expect(await client.outboxPending.count({ where: { type: 'clawpurse.compliance.screening_decided.v1' } })).toBe(10);
    const [bucket] = await client.usageBucket.findMany();
    expect(bucket?.units.toString()).toBe(limit.toString());
  });

  it('is set up once by replicas that start together', async () => {
    await using replicas = await startReplicas(provider, 3);
    const { client } = replicas.database;
    expect(await client.ruleVersion.count()).toBe(ruleCodes.length);
    expect(await client.sanctionsList.count()).toBe(1);
    expect(await client.outboxPending.count({ where: { kind: 'audit' } })).toBe(1);
  });
});
