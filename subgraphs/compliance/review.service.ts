// The review of held transactions: people decide, never on their own, never over a sanctions match, and together where a rule asks for two.
// Who does not decide in time decides nothing: the transaction is refused.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { complianceAudit } from './audit.events.ts';
import { findDueScreenings, lockCase, saveCase } from './case.repository.ts';
import { caseAudit, isPartyOfScreening, requireText, voteOnCase } from './case.service.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { saveVerdict } from './party-name.repository.ts';
import { lookUpParties } from './party-name.service.ts';
import { findCurrentRules } from './rule.repository.ts';
import type { Actor } from './rule.service.ts';
import type { SanctionsWatch } from './sanctions.watch.ts';
import { screeningErrors } from './screening.errors.ts';
import { screeningDecided } from './screening.events.ts';
import { findByIds, findByTransactions, listHeld, type Screening, saveReview } from './screening.repository.ts';
import { ownerOfMoney, type ScreenedParty } from './screening.rules.ts';
import { releaseUsage } from './screening.service.ts';

const queueCursor = keysetCursor('reviewQueue', { screenedAt: 'date', id: 'string' });
/** Cases that one sweep lets expire. */
const expiredMax = 100;
/** Who refuses what nobody has decided on. */
const expiry: Actor = { userId: 'system', requestId: null };

export interface ReviewDecision {
  readonly screeningId: string;
  /** Why; kept with the screening and in the audit log. */
  readonly note: string;
}

export interface ReviewService {
  /** Held screenings, oldest first. @throws INVALID_CURSOR */
  queue(args: ConnectionArgs): Promise<Connection<Screening>>;
  findByIds(ids: readonly string[]): Promise<Map<string, Screening>>;
  findByTransactions(transactionIds: readonly string[]): Promise<Map<string, Screening>>;
  /**
   * Where two must agree, the first approval leaves it held.
   * @throws SCREENING_NOT_FOUND, SCREENING_CONFLICT_OF_INTEREST, SCREENING_ALREADY_DECIDED, SCREENING_PARTY_SANCTIONED,
   * SCREENING_NAME_UNKNOWN, CASE_ALREADY_VOTED
   */
  approve(decision: ReviewDecision, reviewer: Actor): Promise<Screening>;
  /** @throws SCREENING_NOT_FOUND, SCREENING_CONFLICT_OF_INTEREST, SCREENING_ALREADY_DECIDED, CASE_ALREADY_VOTED */
  reject(decision: ReviewDecision, reviewer: Actor): Promise<Screening>;
  /** Refuses what nobody has decided on in time; gives how many those were. */
  expire(): Promise<number>;
}

type Verdict = 'CLEARED' | 'REJECTED';

export function createReviewService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly watch: SanctionsWatch;
}): ReviewService {
  const { database, outbox, clock, watch } = deps;

  async function review(to: Verdict, { screeningId, note }: ReviewDecision, reviewer: Actor): Promise<Screening> {
    const reason = requireText(note, 'input.note');
    const held = (await findByIds(database.client, [screeningId])).get(screeningId);
    if (held === undefined) throw screeningErrors.SCREENING_NOT_FOUND({ screeningId });
    if (isPartyOfScreening(reviewer.userId, held)) {
      // Somebody tried; that is worth knowing, so it is recorded although nothing else happens.
      await database.transaction((tx) => outbox.append(tx, [reviewAudit(held, to, 'REFUSED', reviewer)]));
      throw screeningErrors.SCREENING_CONFLICT_OF_INTEREST({ screeningId });
    }
    return database.transaction(async (tx) => {
      const at = clock.now();
      const open = await lockCase(tx, { screeningId });
      if (open?.state === 'CLOSED') throw await alreadyDecided(tx, screeningId);
      const parties = to === 'CLEARED' ? await requireClearNames(tx, held) : [];
      // Transactions that were held before there were cases take one decision.
      if (open !== null) {
        const verdict = to === 'CLEARED' ? ('RELEASE' as const) : ('REJECT' as const);
        const { outcome, events } = await voteOnCase(tx, open, { verdict, note: reason, at }, reviewer);
        await outbox.append(tx, events);
        if (outcome === null) {
          await outbox.append(tx, [reviewAudit(held, to, 'SUCCEEDED', reviewer, { approvals: 1, needed: open.reviewersNeeded })]);
          return held;
        }
        if (open.reviewersNeeded > 1) await keepFalsePositives(tx, parties, { caseId: open.id, decidedAt: at });
      }
      return settle(tx, held, { decision: to, review: { by: reviewer.userId, at, note: reason } }, reviewer);
    });
  }

  async function settle(
    tx: Transaction,
    held: Screening,
    change: { decision: Verdict; review: { by: string; at: Date; note: string } },
    actor: Actor,
  ): Promise<Screening> {
    if (!(await saveReview(tx, held.id, change))) throw await alreadyDecided(tx, held.id);
    if (change.decision === 'REJECTED') await releaseUsage(tx, held);
    const decided = { ...held, ...change, isCounted: held.isCounted && change.decision === 'CLEARED' };
    const reviewedBy = actor === expiry ? 'EXPIRY' : actor.userId;
    await outbox.append(tx, [
      screeningDecided({ ...decided, reviewedBy }, decided.outcomes),
      reviewAudit(decided, change.decision, 'SUCCEEDED', actor),
    ]);
    return decided;
  }

  /** A person may overrule a threshold, never a list: names and lists may have changed while the transaction was held. */
  async function requireClearNames(tx: Transaction, screening: Screening): Promise<ScreenedParty[]> {
    const screeningId = screening.id;
    const refuseFrom = await refuseFromPercent(tx);
    const index = await watch.current(tx.client);
    const parties = (await lookUpParties(tx.client, index, [screening])).parties(screening);
    const isSanctioned = parties.some(({ matches }) =>
      matches.some(({ verdict, percent }) => verdict === 'TRUE_MATCH' || (verdict === null && percent >= refuseFrom)),
    );
    if (isSanctioned) throw screeningErrors.SCREENING_PARTY_SANCTIONED({ screeningId });
    if (parties.some(({ normalisedName }) => normalisedName === null))
      throw screeningErrors.SCREENING_NAME_UNKNOWN({ screeningId });
    return parties;
  }

  async function expireOne(screeningId: string): Promise<boolean> {
    return database.transaction(async (tx) => {
      const at = clock.now();
      const open = await lockCase(tx, { screeningId });
      const held = (await findByIds(tx.client, [screeningId])).get(screeningId);
      if (open === null || open.state === 'CLOSED' || held === undefined) return false;
      await saveCase(tx, open.id, { state: 'CLOSED', outcome: 'EXPIRED', closedAt: at });
      await outbox.append(tx, [caseAudit('case.expire', open, expiry)]);
      if (held.decision !== 'HELD') return true;
      const note = 'Nobody decided in time.';
      await settle(tx, held, { decision: 'REJECTED', review: { by: expiry.userId, at, note } }, expiry);
      return true;
    });
  }

  return {
    async queue(args) {
      const rows = await listHeld(database.client, { after: queueCursor.decode(args.after), limit: rowLimit(args) });
      return toConnection(rows, args, queueCursor.encode, (screening) => screening);
    },
    findByIds: (ids) => findByIds(database.client, ids),
    findByTransactions: (transactionIds) => findByTransactions(database.client, transactionIds),
    approve: (decision, reviewer) => review('CLEARED', decision, reviewer),
    reject: (decision, reviewer) => review('REJECTED', decision, reviewer),
    async expire() {
      let expired = 0;
      for (const screeningId of await findDueScreenings(database.client, clock.now(), expiredMax)) {
        if (await expireOne(screeningId)) expired += 1;
      }
      return expired;
    },
  };
}

async function refuseFromPercent(tx: Transaction): Promise<number> {
  const rules = await findCurrentRules(tx.client);
  const found = rules.map(({ rule }) => rule).find(({ kind }) => kind === 'SANCTIONS');
  return found?.kind === 'SANCTIONS' ? found.parameters.refuseFromPercent : 100;
}

/** Two have looked at these likenesses and let the money go: they are not asked again while the names stay as they are. */
async function keepFalsePositives(
  tx: Transaction,
  parties: readonly ScreenedParty[],
  decision: { readonly caseId: string; readonly decidedAt: Date },
): Promise<void> {
  for (const { id: partyId, normalisedName, matches } of parties) {
    for (const { list: listName, reference } of matches.filter(({ verdict }) => verdict === null)) {
      const key = { partyId, listName, reference, normalisedName: normalisedName ?? '' };
      await saveVerdict(tx, { ...key, verdict: 'FALSE_POSITIVE', ...decision });
    }
  }
}

async function alreadyDecided(tx: Transaction, screeningId: string): Promise<Error> {
  const screening = (await findByIds(tx.client, [screeningId])).get(screeningId);
  return screeningErrors.SCREENING_ALREADY_DECIDED({ screeningId, decision: screening?.decision ?? 'REJECTED' });
}

function reviewAudit(
  screening: Screening,
  to: Verdict,
  outcome: 'SUCCEEDED' | 'REFUSED',
  reviewer: Actor,
  votes: { approvals: number; needed: number } | null = null,
) {
  const { id, transactionId, correlationId } = screening;
  return complianceAudit(
    {
      actorId: reviewer.userId,
      action: to === 'CLEARED' ? 'screening.approve' : 'screening.reject',
      resourceType: 'Screening',
      resourceId: id,
      outcome,
      subjectUserId: ownerOfMoney(screening),
      // Not the note: the log keeps no personal data, and nobody can take it out again.
      details: { transactionId, decision: votes === null ? to : 'HELD', ...(votes !== null && { ...votes }) },
      requestId: reviewer.requestId,
    },
    { correlationId },
  );
}
