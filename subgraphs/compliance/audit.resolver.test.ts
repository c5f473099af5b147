import { describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { anAudit, type Compliance, people, startCompliance, walletOf } from './compliance.fixtures.ts';

const eventFields = `id occurredAt source actorId actor { id } action resourceType resourceId outcome subjectUser { id } transaction { id }
  details requestId sequence recordedAt previousHash hash`;
const auditEvents = `query ($first: Int, $after: Cursor, $filter: AuditEventFilter) {
  auditEvents(first: $first, after: $after, filter: $filter) { nodes { ${eventFields} } pageInfo { hasNextPage endCursor } }
}`;
const verification = `query ($from: SafeInt, $first: Int) {
  auditLogVerification(from: $from, first: $first) { isIntact fromSequence verified headSequence headHash nextSequence problem { sequence kind message } }
}`;
const recorded = `subscription ($after: Cursor, $filter: AuditEventFilter) {
  auditEventRecorded(after: $after, filter: $filter) { cursor auditEvent { ${eventFields} } }
}`;
const trails = `query ($user: [_Any!]!, $transaction: [_Any!]!, $first: Int) {
  user: _entities(representations: $user) { ... on User { auditTrail(first: $first) { nodes { ${eventFields} } pageInfo { hasNextPage } } } }
  transaction: _entities(representations: $transaction) { ... on Transaction { auditTrail(first: $first) { nodes { ${eventFields} } } } }
}`;

const officer = { as: people.carol };
const actions = (nodes: { action: string }[]) => nodes.map(({ action }) => action);

/** Publishes an audit record and waits until the log has it. */
async function record(compliance: Compliance, changes: Parameters<typeof anAudit>[0], source?: string) {
  const { id } = await compliance.publish(anAudit(changes, source));
  return (await compliance.audited((entry) => (entry as unknown as { eventId: string }).eventId === id)).data as unknown as {
    eventId: string;
    sequence: number;
  };
}

async function trailsOf(
  compliance: Compliance,
  transactionId: string,
  as: (typeof people)[keyof typeof people] | null,
  userId: string = people.alice.userId,
) {
  const user = [{ __typename: 'User', id: userId }];
  const transaction = [{ __typename: 'Transaction', id: transactionId }];
  const data = await compliance.data(trails, { user, transaction, first: 10 }, { as });
  return { user: data.user[0].auditTrail, transaction: data.transaction[0].auditTrail };
}

describe.each(providers)('the audit log in the graph on %s', (provider) => {
  it('shows what every domain has recorded, newest first, its own acts too', async () => {
    const compliance = await startCompliance({ provider });
    await record(compliance, { action: 'user.register' }, 'auth');
    const { eventId } = await record(compliance, {});
    const { nodes } = (await compliance.data(auditEvents, {}, officer)).auditEvents;
    expect(actions(nodes)).toEqual(['wallet.freeze', 'user.register', 'sanctions_list.import']);
    expect(nodes[0]).toEqual({
      id: eventId,
      occurredAt: expect.any(String),
      source: 'wallet',
      actorId: people.olivia.userId,
      actor: { id: people.olivia.userId },
      action: 'wallet.freeze',
      resourceType: 'Wallet',
      resourceId: walletOf('alice'),
      outcome: 'SUCCEEDED',
      subjectUser: { id: people.alice.userId },
      transaction: null,
      details: '{"reason":"asked by the police"}',
      requestId: 'request-1',
      sequence: 3,
      recordedAt: expect.any(String),
      previousHash: nodes[1].hash,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(nodes[2]).toMatchObject({
      source: 'compliance',
      actorId: 'system',
      actor: null,
      subjectUser: null,
      previousHash: '0'.repeat(64),
    });
  });

  it('filters and pages', async () => {
    const compliance = await startCompliance({ provider });
    for (let index = 0; index < 3; index += 1) {
      await record(compliance, { resourceId: `wallet-${index}`, actorId: index === 1 ? 'system' : people.olivia.userId });
      compliance.clock.advance(1_000);
    }
    const list = async (filter: object, page: object = {}) =>
      (await compliance.data(auditEvents, { filter, ...page }, officer)).auditEvents;
    const resources = async (filter: object) =>
      (await list(filter)).nodes.map(({ resourceId }: { resourceId: string }) => resourceId);
    const frozen = { action: 'wallet.freeze' };
    expect(await resources(frozen)).toEqual(['wallet-2', 'wallet-1', 'wallet-0']);
    expect(await resources({ ...frozen, actorId: 'system' })).toEqual(['wallet-1']);
    expect(await resources({ resourceType: 'Wallet', resourceId: 'wallet-2' })).toEqual(['wallet-2']);
    expect(await resources({ subjectUserId: people.alice.userId })).toHaveLength(3);
    expect(await resources({ subjectUserId: people.bob.userId })).toEqual([]);
    const second = (await list(frozen)).nodes[1].occurredAt;
    expect(await resources({ ...frozen, from: second })).toEqual(['wallet-2', 'wallet-1']);
    expect(await resources({ ...frozen, to: second })).toEqual(['wallet-0']);

    const first = await list(frozen, { first: 2 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = await list(frozen, { first: 2, after: first.pageInfo.endCursor });
    expect(rest).toMatchObject({ nodes: [{ resourceId: 'wallet-0' }], pageInfo: { hasNextPage: false } });
    expect((await compliance.refusal(auditEvents, { after: 'x' }, officer)).code).toBe('INVALID_CURSOR');
    expect((await compliance.refusal(auditEvents, { first: 101 }, officer)).code).toBe('BAD_USER_INPUT');
  });

  it('verifies itself, and names what was tampered with', async () => {
    const compliance = await startCompliance({ provider });
    for (let index = 0; index < 3; index += 1) await record(compliance, {});
    const verify = async (range: Readonly<Record<string, unknown>> = {}) =>
      (await compliance.data(verification, range, { as: people.astrid })).auditLogVerification;
    expect(await verify()).toMatchObject({
      isIntact: true,
      fromSequence: 1,
      verified: 4,
      headSequence: 4,
      nextSequence: null,
      problem: null,
    });
    expect(await verify({ from: 2, first: 2 })).toMatchObject({ verified: 2, nextSequence: 4 });
    await compliance.database.transaction(async ({ client }) => {
      await client.$executeRawUnsafe(
        provider === 'sqlite'
          ? 'DROP TRIGGER audit_event_append_only_update'
          : 'DROP TRIGGER audit_event_append_only ON audit_event',
      );
      await client.$executeRawUnsafe(`UPDATE audit_event SET outcome = 'REFUSED' WHERE sequence = 3`);
    });
    expect(await verify()).toMatchObject({
      isIntact: false,
      verified: 2,
      nextSequence: null,
      problem: { sequence: 3, kind: 'CHANGED' },
    });
    expect(await compliance.refusal(verification, { from: 9 }, officer)).toMatchObject({
      code: 'AUDIT_RANGE_INVALID',
      details: { headSequence: 4 },
    });
    expect((await compliance.refusal(verification, { first: 50_001 }, officer)).code).toBe('BAD_USER_INPUT');
  });

  it('is followed live, filtered, and resumed from any cursor without gap or repeat', async () => {
    const compliance = await startCompliance({ provider });
    const { auditFeedCursor } = await compliance.data(`{ auditFeedCursor }`, {}, officer);
    const live = compliance.subscribe(recorded, { after: auditFeedCursor }, officer);
    const filtered = compliance.subscribe(recorded, { after: auditFeedCursor, filter: { resourceId: 'wallet-2' } }, officer);
    const next = async (stream: typeof live) => (await stream.next()).value?.data?.auditEventRecorded;
    await record(compliance, { resourceId: 'wallet-1' });
    const first = await next(live);
    expect(first.auditEvent).toMatchObject({ resourceId: 'wallet-1', action: 'wallet.freeze', sequence: 2 });
    await record(compliance, { resourceId: 'wallet-2' });
    await record(compliance, { resourceId: 'wallet-3' });
    expect((await next(live)).auditEvent.resourceId).toBe('wallet-2');
    expect((await next(filtered)).auditEvent.resourceId).toBe('wallet-2');
    const resumed = compliance.subscribe(recorded, { after: first.cursor }, officer);
    expect((await next(resumed)).auditEvent.resourceId).toBe('wallet-2');
    expect((await next(resumed)).auditEvent.resourceId).toBe('wallet-3');
    for (const stream of [live, filtered, resumed]) await stream.return();
  });

  it('shows an officer the whole trail of a transaction, screening and review included', async () => {
    const compliance = await startCompliance({ provider });
    const { transactionId, screeningId } = await compliance.hold();
    await record(
      compliance,
      { action: 'transfer.request', actorId: people.alice.userId, resourceType: 'Transaction', resourceId: transactionId },
      'transaction',
    );
    await compliance.data(
      `mutation ($input: ApproveScreeningInput!) { approveScreening(input: $input) { screening { id } } }`,
      { input: { screeningId, note: 'Fine.' } },
      officer,
    );
    await compliance.audited(({ action }) => action === 'screening.approve');
    const { transaction, user } = await trailsOf(compliance, transactionId, people.carol);
    expect(actions(transaction.nodes).sort()).toEqual(['screening.approve', 'screening.decide', 'transfer.request']);
    expect(transaction.nodes[0].transaction).toEqual({ id: transactionId });
    expect(actions(user.nodes)).toContain('screening.decide');
  });

  it('shows customers what concerns themselves, without staff, reasons, hashes or anything of compliance', async () => {
    const compliance = await startCompliance({ provider });
    const { transactionId } = await compliance.hold();
    await compliance.audited(({ action }) => action === 'screening.decide');
    const about = { resourceType: 'Transaction', resourceId: transactionId, subjectUserId: people.alice.userId };
    await record(
      compliance,
      { ...about, action: 'transfer.request', actorId: people.alice.userId, details: { units: '500000' } },
      'transaction',
    );
    await record(
      compliance,
      { ...about, action: 'transaction.hold', actorId: 'system', details: { rules: ['TRANSACTION_LIMIT'] } },
      'transaction',
    );
    await record(compliance, {});
    const { transaction, user } = await trailsOf(compliance, transactionId, people.alice);
    expect(transaction.nodes).toMatchObject([
      {
        action: 'transaction.hold',
        actorId: 'system',
        details: null,
        requestId: null,
        sequence: null,
        previousHash: null,
        hash: null,
      },
      { action: 'transfer.request', actorId: people.alice.userId, details: '{"units":"500000"}', hash: null },
    ]);
    expect(user.nodes[0]).toMatchObject({
      action: 'wallet.freeze',
      actorId: null,
      actor: null,
      details: null,
      subjectUser: { id: people.alice.userId },
    });
    expect(actions(user.nodes)).toEqual(['wallet.freeze', 'transaction.hold', 'transfer.request']);
  });

  it('shows nobody else’s trail', async () => {
    const compliance = await startCompliance({ provider });
    await record(compliance, { resourceType: 'Transaction', resourceId: 'tx-1' });
    expect(await trailsOf(compliance, 'tx-1', people.bob)).toMatchObject({ user: null, transaction: { nodes: [] } });
    expect(await trailsOf(compliance, 'tx-1', people.olivia)).toMatchObject({ user: null, transaction: { nodes: [] } });
    expect(await trailsOf(compliance, 'tx-1', null)).toEqual({ user: null, transaction: null });
    expect((await trailsOf(compliance, 'tx-1', people.alice)).transaction.nodes).toHaveLength(1);
  });

  it('gives single records by reference to those who may see them', async () => {
    const compliance = await startCompliance({ provider });
    const { eventId } = await record(compliance, {});
    const reference = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on AuditEvent { id actorId hash } } }`;
    const r = [
      { __typename: 'AuditEvent', id: eventId },
      { __typename: 'AuditEvent', id: 'none' },
    ];
    const seenBy = async (as: Parameters<Compliance['data']>[2]) => (await compliance.data(reference, { r }, as))._entities;
    expect(await seenBy(officer)).toEqual([{ id: eventId, actorId: people.olivia.userId, hash: expect.any(String) }, null]);
    expect(await seenBy({ as: people.alice })).toEqual([{ id: eventId, actorId: null, hash: null }, null]);
    expect(await seenBy({ as: people.bob })).toEqual([null, null]);
    expect(await seenBy({ as: null })).toEqual([null, null]);
  });

  it('is read, verified and followed with audit:read alone', async () => {
    const compliance = await startCompliance({ provider });
    for (const query of [auditEvents, verification, `{ auditFeedCursor }`]) {
      for (const as of [people.alice, people.olivia])
        expect((await compliance.refusal(query, {}, { as })).code).toBe('FORBIDDEN');
      expect((await compliance.refusal(query)).code).toBe('UNAUTHENTICATED');
    }
    for (const [as, code] of [
      [people.alice, 'FORBIDDEN'],
      [null, 'UNAUTHENTICATED'],
    ] as const) {
      const stream = compliance.subscribe(recorded, {}, { as });
      expect((await stream.next()).value?.errors?.[0]?.extensions.code).toBe(code);
      await stream.return();
    }
  });
});
