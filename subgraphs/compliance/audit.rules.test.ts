import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../platform/identity/identity.ts';
import {
  type AuditEntry,
  type AuditEntryDraft,
  canonicalEntry,
  chainEntries,
  draftOf,
  emptyChain,
  findProblem,
  hashEntry,
  matchesFilter,
  viewFor,
} from './audit.rules.ts';

const recordedAt = new Date('2026-11-05T09:30:00.250Z');

function aDraft(changes: Partial<AuditEntryDraft> = {}): AuditEntryDraft {
  return {
    eventId: 'event-1',
    source: 'wallet',
    actorId: 'alice',
    action: 'wallet.freeze',
    resourceType: 'Wallet',
    resourceId: 'wallet-1',
    outcome: 'SUCCEEDED',
    subjectUserId: 'bob',
    details: '{"reason":"asked"}',
    requestId: 'request-1',
    correlationId: null,
    causationId: null,
    occurredAt: new Date('2026-11-05T09:30:00.000Z'),
    ...changes,
  };
}

const someDrafts = fc.array(
  fc.record({
    actorId: fc.string(),
    action: fc.constantFrom('wallet.freeze', 'transfer.request'),
    resourceId: fc.string(),
    details: fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((details) => draftOf(anEvent(), { ...aRecord, details: details as never }).details),
    subjectUserId: fc.option(fc.uuid()),
    occurredAt: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  }),
  { minLength: 2, maxLength: 12 },
);
const someChain = someDrafts.map((drafts) =>
  chainEntries(
    emptyChain,
    drafts.map((draft, index) => aDraft({ ...draft, eventId: `event-${index}` })),
    recordedAt,
  ),
);

const aRecord = {
  actorId: 'alice',
  action: 'wallet.freeze',
  resourceType: 'Wallet',
  resourceId: 'wallet-1',
  outcome: 'SUCCEEDED',
  subjectUserId: null,
  details: {},
  requestId: null,
} as const;
function anEvent() {
  return {
    id: 'event-1',
    type: 'clawpurse.wallet.audit.v1',
    kind: 'audit',
    subject: 'wallet-1',
    data: {},
    feeds: [],
    source: 'wallet',
    position: 1,
    time: recordedAt,
    correlationId: null,
    causationId: null,
  } as const;
}

describe('the audit chain', () => {
  it('hashes the canonical JSON of an entry with the hash before it', () => {
    const [entry] = chainEntries(emptyChain, [aDraft()], recordedAt);
    const canonical =
      '{"action":"wallet.freeze","actorId":"alice","causationId":null,"correlationId":null,"details":{"reason":"asked"},"eventId":"event-1",' +
      '"occurredAt":"2026-11-05T09:30:00.000Z","outcome":"SUCCEEDED",' +
      '"previousHash":"0000000000000000000000000000000000000000000000000000000000000000","recordedAt":"2026-11-05T09:30:00.250Z",' +
      '"requestId":"request-1","resourceId":"wallet-1","resourceType":"Wallet","sequence":1,"source":"wallet","subjectUserId":"bob"}';
    expect(entry?.hash).toBe(createHash('sha256').update(canonical).digest('hex'));
    expect(entry).toMatchObject({ sequence: 1, previousHash: '0'.repeat(64), recordedAt });
  });

  it('takes the transaction from the resource, or else from the details', () => {
    const entries = chainEntries(
      emptyChain,
      [
        aDraft({ resourceType: 'Transaction', resourceId: 'tx-1' }),
        aDraft({ details: '{"transactionId":"tx-2"}' }),
        aDraft({ details: '{"transactionId":7}' }),
      ],
      recordedAt,
    );
    expect(entries.map(({ transactionId }) => transactionId)).toEqual(['tx-1', 'tx-2', null]);
  });

  it('verifies what it has chained, in one piece or in pages', () => {
    fc.assert(
      fc.property(someChain, fc.nat(), (entries, cut) => {
        expect(findProblem(emptyChain, entries)).toBeNull();
        const at = cut % entries.length;
        const anchor = entries[at - 1] ?? emptyChain;
        expect(findProblem(anchor, entries.slice(at))).toBeNull();
      }),
    );
  });

  const changes: ((entry: AuditEntry) => Partial<AuditEntry>)[] = [
    ({ actorId }) => ({ actorId: `${actorId}!` }),
    ({ source }) => ({ source: source === 'auth' ? 'wallet' : 'auth' }),
    ({ action }) => ({ action: `${action}!` }),
    ({ resourceType }) => ({ resourceType: `${resourceType}!` }),
    ({ resourceId }) => ({ resourceId: `${resourceId}!` }),
    ({ outcome }) => ({ outcome: outcome === 'REFUSED' ? 'SUCCEEDED' : 'REFUSED' }),
    ({ subjectUserId }) => ({ subjectUserId: subjectUserId === null ? 'mallory' : null }),
    () => ({ details: '{"forged":true}' }),
    ({ details }) => ({ details: ` ${details}` }),
    () => ({ details: 'not JSON' }),
    ({ requestId }) => ({ requestId: requestId === null ? 'r' : null }),
    () => ({ correlationId: 'forged' }),
    () => ({ causationId: 'forged' }),
    ({ occurredAt }) => ({ occurredAt: new Date(occurredAt.getTime() + 1) }),
    ({ recordedAt: at }) => ({ recordedAt: new Date(at.getTime() - 1) }),
    () => ({ transactionId: 'forged' }),
    () => ({ eventId: 'forged' }),
    ({ hash }) => ({ hash: hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
  ];

  it('names any entry that was changed', () => {
    fc.assert(
      fc.property(someChain, fc.nat(), fc.constantFrom(...changes), (entries, pick, change) => {
        const at = pick % entries.length;
        const forged = entries.map((entry, index) => (index === at ? { ...entry, ...change(entry) } : entry));
        expect(findProblem(emptyChain, forged)).toMatchObject({ kind: 'CHANGED', sequence: at + 1 });
      }),
      { numRuns: 300 },
    );
  });

  it('names the entry after one that was rewritten with a hash of its own', () => {
    fc.assert(
      fc.property(someChain, fc.nat(), (entries, pick) => {
        const at = pick % (entries.length - 1);
        const forged = entries.map((entry, index) => {
          if (index !== at) return entry;
          const rewritten = { ...entry, actorId: `${entry.actorId}!` };
          return { ...rewritten, hash: hashEntry(rewritten) };
        });
        expect(findProblem(emptyChain, forged)).toMatchObject({ kind: 'UNLINKED', sequence: at + 2 });
      }),
    );
  });

  it('names the place of an entry that was removed', () => {
    fc.assert(
      fc.property(someChain, fc.nat(), (entries, pick) => {
        const at = pick % (entries.length - 1);
        expect(findProblem(emptyChain, entries.toSpliced(at, 1))).toMatchObject({ kind: 'MISSING', sequence: at + 1 });
      }),
    );
  });

  it('names the first of two entries that changed places', () => {
    fc.assert(
      fc.property(someChain, fc.nat(), fc.nat(), (entries, one, other) => {
        const [first, second] = [one % entries.length, other % entries.length].sort((a, b) => a - b) as [number, number];
        fc.pre(first !== second);
        const swapped = entries.map((entry, index) => {
          const from = entries[index === first ? second : index === second ? first : index] as AuditEntry;
          return { ...from, sequence: entry.sequence };
        });
        expect(findProblem(emptyChain, swapped)?.sequence).toBe(first + 1);
      }),
    );
  });
});

describe('who sees what of an audit record', () => {
  const identity = (userId: string, ...permissions: string[]) =>
    ({ userId, permissions: new Set(permissions) }) as unknown as Identity;
  const [entry] = chainEntries(emptyChain, [aDraft()], recordedAt) as [AuditEntry];

  it('shows all of it to those who may read the log', () => {
    expect(viewFor(identity('carol', 'audit:read'), entry)).toEqual({ ...entry, canonicalRecord: canonicalEntry(entry) });
  });

  it('hides the member of staff, the reasons and the hashes from the person concerned', () => {
    expect(viewFor(identity('bob'), entry)).toMatchObject({
      eventId: 'event-1',
      action: 'wallet.freeze',
      actorId: null,
      details: null,
      requestId: null,
      sequence: null,
      recordedAt: null,
      previousHash: null,
      hash: null,
    });
  });

  it('shows people the details of what they did themselves', () => {
    const own = { ...entry, actorId: 'bob' };
    expect(viewFor(identity('bob'), own)).toMatchObject({ actorId: 'bob', details: '{"reason":"asked"}', hash: null });
  });

  it('shows nothing to anybody else, and nothing of compliance to the person concerned', () => {
    expect(viewFor(null, entry)).toBeNull();
    expect(viewFor(identity('alice'), entry)).toBeNull();
    expect(viewFor(identity('bob'), { ...entry, source: 'compliance' })).toBeNull();
  });
});

describe('a filter', () => {
  const [entry] = chainEntries(emptyChain, [aDraft()], recordedAt) as [AuditEntry];

  it.each([
    [{}, true],
    [{ actorId: 'alice', action: 'wallet.freeze', resourceType: 'Wallet', resourceId: 'wallet-1', subjectUserId: 'bob' }, true],
    [{ actorId: null, action: undefined }, true],
    [{ actorId: 'bob' }, false],
    [{ transactionId: 'tx-1' }, false],
    [{ from: entry.occurredAt }, true],
    [{ to: entry.occurredAt }, false],
    [{ from: new Date(entry.occurredAt.getTime() + 1) }, false],
  ])('%j: %s', (filter, expected) => {
    expect(matchesFilter(entry, filter)).toBe(expected);
  });
});
