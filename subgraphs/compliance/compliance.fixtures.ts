// What the tests of this domain share: people, other domains' events, and the domain running on a real database.
import { uuidIds } from '../../platform/clock.ts';
import type { JsonObject } from '../../platform/errors.ts';
import type { AuditRecord, RecordedEvent } from '../../platform/events/event.ts';
import type { RoleName } from '../../platform/identity/permissions.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { startTestSubgraph, type TestSubgraph, type TestSubgraphOptions } from '../../platform/testing/subgraph.ts';
import { complianceModule } from './index.ts';
import type { TransactionKind } from './screening.rules.ts';

export const people = {
  alice: { userId: 'user-alice', roles: ['CUSTOMER'] },
  bob: { userId: 'user-bob', roles: ['CUSTOMER'] },
  olivia: { userId: 'user-olivia', roles: ['CUSTOMER', 'OPERATOR'] },
  carol: { userId: 'user-carol', roles: ['CUSTOMER', 'COMPLIANCE_OFFICER'] },
  cedric: { userId: 'user-cedric', roles: ['CUSTOMER', 'COMPLIANCE_OFFICER'] },
  astrid: { userId: 'user-astrid', roles: ['AUDITOR'] },
} as const satisfies Record<string, { userId: string; roles: readonly RoleName[] }>;
export type Person = keyof typeof people;

/** A name of the list that ships with the product, written otherwise than in the list. */
export const listedName = { name: 'GLOOMHAVEN, Malachár', reference: 'CFL-001' };

export const walletOf = (person: Person) => `wallet-${person}`;
export const bankOf = (person: Person) => `bank-${person}`;

export interface TransactionFacts {
  readonly transactionId?: string;
  readonly kind?: TransactionKind;
  readonly by?: Person;
  readonly to?: Person;
  readonly asset?: string;
  readonly units?: bigint;
}

/** What the transaction domain tells when somebody asks for a movement of money: 12.50 USD from Alice to Bob, unless told otherwise. */
export function aRequest(facts: TransactionFacts = {}): { type: string; subject: string; data: JsonObject } {
  const { transactionId = uuidIds.next(), kind = 'TRANSFER', by = 'alice', to = 'bob', asset = 'USD', units = 1250n } = facts;
  const wallet = (owner: Person) => ({ type: 'WALLET', id: walletOf(owner), ownerId: people[owner].userId });
  const bank = (owner: Person) => ({ type: 'EXTERNAL_ACCOUNT', id: bankOf(owner), ownerId: people[owner].userId });
  return {
    type: 'clawpurse.transaction.requested.v1',
    subject: transactionId,
    data: {
      transactionId,
      kind,
      requestedBy: people[by].userId,
      source: kind === 'DEPOSIT' ? bank(by) : wallet(by),
      destination: kind === 'WITHDRAWAL' ? bank(by) : wallet(to),
      asset,
      units: units.toString(),
      memo: null,
    },
  };
}

export const userNamed = (userId: string, displayName: string, type = 'registered') => ({
  type: `clawpurse.auth.user_${type}.v1`,
  subject: userId,
  data: { userId, displayName },
});
export const bankNamed = (person: Person, holderName: string) => ({
  type: 'clawpurse.wallet.external_account_added.v1',
  subject: bankOf(person),
  data: { externalAccountId: bankOf(person), ownerId: people[person].userId, name: 'Bank', holderName, asset: 'USD' },
});
export const transactionEnded = (transactionId: string, how: 'failed' | 'rejected') => ({
  type: `clawpurse.transaction.${how}.v1`,
  subject: transactionId,
  data: { transactionId },
});

/** An audit record of the wallet domain: an operator froze Alice's wallet, unless told otherwise. */
export function anAudit(changes: Partial<AuditRecord> = {}, source = 'wallet') {
  const record: AuditRecord = {
    actorId: people.olivia.userId,
    action: 'wallet.freeze',
    resourceType: 'Wallet',
    resourceId: walletOf('alice'),
    outcome: 'SUCCEEDED',
    subjectUserId: people.alice.userId,
    details: { reason: 'asked by the police' },
    requestId: 'request-1',
    ...changes,
  };
  return { type: `clawpurse.${source}.audit.v1`, kind: 'audit' as const, subject: record.resourceId, data: { ...record } };
}

export interface Compliance extends TestSubgraph {
  /** Publishes the request and gives the event with the rules' decision. */
  screen(facts?: TransactionFacts): Promise<RecordedEvent>;
  /** Publishes a request that is held, and gives the id of its screening. */
  hold(facts?: TransactionFacts): Promise<{ screeningId: string; transactionId: string }>;
  /** Changes a rule as two officers do: Carol proposes, Cedric approves. */
  changeRule(input: { code: string; expectedVersion: number; note?: string } & Record<string, unknown>): Promise<void>;
  /** Resolves when the log has taken in an entry for which the record fits. */
  audited(predicate: (record: AuditRecord) => boolean): Promise<RecordedEvent>;
}

export const decidedType = 'clawpurse.compliance.screening_decided.v1';
const recordedType = 'clawpurse.compliance.audit_recorded.v1';

/** The domain, knowing everybody's name. The clock stands still, so that windows are exact. */
export async function startCompliance(
  options: TestSubgraphOptions & { readonly unnamed?: readonly Person[] } = {},
): Promise<Compliance> {
  const clock = options.clock ?? createTestClock();
  const subgraph = await startTestSubgraph(complianceModule, { ...options, clock });
  const named = (Object.keys(people) as Person[]).filter((person) => !options.unnamed?.includes(person));
  await Promise.all(
    named.flatMap((person) => [
      subgraph.publish(userNamed(people[person].userId, `${person} of the tests`)),
      subgraph.publish(bankNamed(person, `${person} of the tests`)),
    ]),
  );
  const audited: Compliance['audited'] = (predicate) =>
    subgraph.waitForEvent(recordedType, ({ data }) => predicate(data as unknown as AuditRecord));
  // What the domain does at its first start comes first in the log.
  await audited(({ action }) => action === 'sanctions_list.import');
  const screen = async (facts: TransactionFacts = {}) => {
    const request = aRequest(facts);
    await subgraph.publish(request);
    return subgraph.waitForEvent(decidedType, ({ subject }) => subject === request.subject);
  };
  return {
    ...subgraph,
    screen,
    async hold(facts = {}) {
      const { data } = await screen({ units: 500_000n, ...facts });
      if (data.decision !== 'HELD') throw new Error(`The transaction was not held but ${data.decision}.`);
      return { screeningId: String(data.screeningId), transactionId: String(data.transactionId) };
    },
    async changeRule(input) {
      const { proposeRuleChange } = await subgraph.data(propose, { input: { note: 'test', ...input } }, { as: people.carol });
      await subgraph.data(approve, { input: { changeId: proposeRuleChange.ruleChange.id } }, { as: people.cedric });
    },
    audited,
  };
}

const propose = 'mutation ($input: ProposeRuleChangeInput!) { proposeRuleChange(input: $input) { ruleChange { id } } }';
const approve = 'mutation ($input: DecideRuleChangeInput!) { approveRuleChange(input: $input) { ruleChange { state } } }';
