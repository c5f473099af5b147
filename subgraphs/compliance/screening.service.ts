// Screens every requested transaction, once, before money moves: facts under a lock, the rules' answer, and its event, all in one database transaction.
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { createGroupCommit, togetherOrApart } from '../../platform/database/group-commit.ts';
import type { EventConsumer, InboxClaim, NewEvent, Outbox, RecordedEvent } from '../../platform/events/event.ts';
import { claimInbox } from '../../platform/events/inbox.ts';
import { complianceAudit } from './audit.events.ts';
import { type BehaviourFacts, openBehaviour } from './behaviour.facts.ts';
import { insertCases, lockCase, type NewCase, saveCase } from './case.repository.ts';
import { caseAudit, caseOfHeld } from './case.service.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { createNamePatience, type NamePatience } from './name-patience.ts';
import { lookUpParties, type PartyLookup } from './party-name.service.ts';
import { findCurrentRules } from './rule.repository.ts';
import { type Rule, windowMinutesMax } from './rule.rules.ts';
import type { SanctionsWatch } from './sanctions.watch.ts';
import {
  consumedTypes,
  readTransactionEnded,
  readTransactionRequested,
  screeningDecided,
  type TransactionRequested,
} from './screening.events.ts';
import { findByTransactions, insertScreenings, type Screening, saveReview, stopCounting } from './screening.repository.ts';
import { decide, evaluateRules, flowOf, minuteOf, ownerOfMoney, type RuleOutcome } from './screening.rules.ts';
import { lockUsage, readUsage, writeUsage } from './usage.repository.ts';
import { createUsageTally, type UsageTally } from './usage.tally.ts';

/** Transactions in one commit: bounds how long users stay locked. */
const batchSizeMax = 64;

interface Request {
  readonly event: RecordedEvent;
  readonly claim: InboxClaim;
  readonly transaction: TransactionRequested;
}

export interface ScreeningDeps {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly watch: SanctionsWatch;
}

export function createScreeningConsumers(deps: ScreeningDeps, names: NamePatience = createNamePatience(deps)): EventConsumer[] {
  const screenings = createGroupCommit<Request, undefined>({
    batchSizeMax,
    write: togetherOrApart(async (requests) => {
      // Before the users are locked: a list that has changed takes a moment to be indexed.
      await deps.watch.current(deps.database.client);
      await deps.database.transaction((tx) => screenBatch(deps, tx, requests));
    }),
  });
  return [
    {
      types: consumedTypes.transactionRequested,
      handler: {
        mode: 'claim',
        async handle(event, claim) {
          const transaction = readTransactionRequested(event);
          await names.expect(event.id, transaction);
          await screenings.submit({ event, claim, transaction });
          names.forget(event.id);
        },
      },
    },
    {
      types: consumedTypes.transactionEnded,
      handler: {
        mode: 'transaction',
        handle: (event, tx) => endTransaction(deps, tx as Transaction, readTransactionEnded(event).transactionId),
      },
    },
  ];
}

async function screenBatch(deps: ScreeningDeps, tx: Transaction, requests: readonly Request[]): Promise<void> {
  const claimed = await claimInbox(
    tx,
    requests.map(({ claim }) => claim),
  );
  const fresh = requests.filter(({ event }) => claimed.has(event.id));
  if (fresh.length === 0) return;
  // From here on nobody else screens these users: what is read below cannot be outrun.
  await lockUsage(
    tx,
    fresh.map(({ transaction }) => transaction.requestedBy),
  );
  const known = await findByTransactions(
    tx.client,
    fresh.map(({ transaction }) => transaction.transactionId),
  );
  const rules = (await findCurrentRules(tx.client)).map(({ rule }) => rule);
  const transactions = fresh.map(({ transaction }) => transaction);
  const parties = await lookUpParties(tx.client, await deps.watch.current(tx.client), transactions);
  const behaviour = await openBehaviour(tx, transactions);
  const tally = await openTally(tx, fresh, rules);

  const created: Screening[] = [];
  const cases: NewCase[] = [];
  const events: NewEvent[] = [];
  for (const request of fresh) {
    const { transaction, event } = request;
    const earlier = known.get(transaction.transactionId);
    if (earlier !== undefined) {
      // Asked again under another event id: the same answer, and no second screening.
      assertSameTransaction(earlier, transaction);
      events.push(decided(earlier, event.id));
      continue;
    }
    const { screening, outcomes } = screen(deps, request, { rules, parties, behaviour, tally });
    known.set(transaction.transactionId, screening);
    created.push(screening);
    const { id, screenedAt: at, decision } = screening;
    if (decision === 'HELD') cases.push(caseOfHeld({ id, ids: deps.ids, at }, outcomes));
    events.push(decided(screening, event.id), decisionAudit(screening, event.id));
  }
  await insertScreenings(tx, created);
  await insertCases(tx, cases);
  await writeUsage(tx, tally.changed());
  await deps.outbox.append(tx, events);
}

function screen(
  { clock, ids }: ScreeningDeps,
  { event, transaction }: Request,
  context: { rules: readonly Rule[]; parties: PartyLookup; behaviour: BehaviourFacts; tally: UsageTally },
): { screening: Screening; outcomes: readonly RuleOutcome[] } {
  const { requestedBy, asset, units, kind } = transaction;
  const flow = flowOf(kind);
  // The time of the request, not of the screening: a backlog that is worked off must not look like a burst.
  const requestedAt = event.time;
  const outcomes = evaluateRules(context.rules, {
    kind,
    asset,
    units,
    requestedAt,
    usage: context.tally.of(requestedBy, flow),
    ...context.behaviour.of(transaction),
    parties: context.parties.parties(transaction),
  });
  const decision = decide(outcomes);
  const isCounted = decision !== 'REJECTED';
  context.tally.add({
    userId: requestedBy,
    flow,
    asset,
    minute: minuteOf(requestedAt),
    units: isCounted ? units : 0n,
    transactions: 1,
  });
  context.behaviour.add(transaction, requestedAt, decision);
  const screening = {
    ...transaction,
    id: ids.next(),
    decision,
    isCounted,
    requestedAt,
    screenedAt: clock.now(),
    review: null,
    correlationId: event.correlationId,
    outcomes,
  };
  return { screening, outcomes };
}

async function openTally(tx: Transaction, requests: readonly Request[], rules: readonly Rule[]): Promise<UsageTally> {
  const windows = rules.map(({ parameters }) => ('windowMinutes' in parameters ? parameters.windowMinutes : 0));
  const longestMinutes = Math.min(Math.max(0, ...windows), windowMinutesMax);
  const firstMinute = Math.min(...requests.map(({ event }) => minuteOf(event.time)));
  const userIds = requests.map(({ transaction }) => transaction.requestedBy);
  return createUsageTally(await readUsage(tx, { userIds, sinceMinute: firstMinute - longestMinutes }));
}

/** Gives a user back what a screening counted against their limits; once, whatever is told how often. */
export async function releaseUsage(tx: Transaction, screening: Screening): Promise<void> {
  const { requestedBy, kind, asset, units, requestedAt } = screening;
  await lockUsage(tx, [requestedBy]);
  if (!(await stopCounting(tx, screening.id))) return;
  const minute = minuteOf(requestedAt);
  const tally = createUsageTally(await readUsage(tx, { userIds: [requestedBy], sinceMinute: minute }));
  // The attempt itself still counts for velocity.
  tally.add({ userId: requestedBy, flow: flowOf(kind), asset, minute, units: -units, transactions: 0 });
  await writeUsage(tx, tally.changed());
}

/** A transaction has ended without moving money; nobody has to decide on it any more. */
async function endTransaction({ clock, outbox }: ScreeningDeps, tx: Transaction, transactionId: string): Promise<void> {
  const screening = (await findByTransactions(tx.client, [transactionId])).get(transactionId);
  if (screening === undefined) return;
  await releaseUsage(tx, screening);
  const open = screening.decision === 'HELD' ? await lockCase(tx, { screeningId: screening.id }) : null;
  if (open === null || open.state === 'CLOSED') return;
  const at = clock.now();
  const review = { by: 'system', at, note: 'The transaction ended before anybody decided.' };
  await saveReview(tx, screening.id, { decision: 'REJECTED', review });
  await saveCase(tx, open.id, { state: 'CLOSED', outcome: 'EXPIRED', closedAt: at });
  await outbox.append(tx, [caseAudit('case.expire', open, { userId: 'system', requestId: null })]);
}

/** Two contents under one transaction id: clearing either could let the other one through. */
function assertSameTransaction(screening: Screening, transaction: TransactionRequested): void {
  const fingerprint = ({ kind, requestedBy, source, destination, asset, units }: TransactionRequested | Screening) =>
    [
      kind,
      requestedBy,
      source.type,
      source.id,
      source.ownerId,
      destination.type,
      destination.id,
      destination.ownerId,
      asset,
      units,
    ].join('|');
  if (fingerprint(screening) === fingerprint(transaction)) return;
  throw new Error(`The transaction ${transaction.transactionId} was screened with other contents.`);
}

function decided(screening: Screening, causationId: string): NewEvent {
  return screeningDecided({ ...screening, reviewedBy: screening.review?.by ?? null }, screening.outcomes, causationId);
}

function decisionAudit(screening: Screening, causationId: string): NewEvent {
  const { id, transactionId, decision, outcomes, correlationId } = screening;
  const rules = outcomes
    .filter(({ result }) => result !== 'PASS')
    .map(({ ruleCode, ruleVersion }) => ({ code: ruleCode, version: ruleVersion }));
  return complianceAudit(
    {
      actorId: 'system',
      action: 'screening.decide',
      resourceType: 'Screening',
      resourceId: id,
      outcome: 'SUCCEEDED',
      subjectUserId: ownerOfMoney(screening),
      details: { transactionId, decision, rules },
      requestId: null,
    },
    { correlationId, causationId },
  );
}
