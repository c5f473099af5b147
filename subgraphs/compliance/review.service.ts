// The review queue: people decide on held transactions, once, never on their own, and never over a sanctions match.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { complianceAudit } from './audit.events.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { lookUpParties } from './party-name.service.ts';
import type { Actor } from './rule.service.ts';
import { screeningErrors } from './screening.errors.ts';
import { screeningDecided } from './screening.events.ts';
import { findByIds, findByTransactions, listHeld, type Screening, saveReview } from './screening.repository.ts';
import { ownerOfMoney } from './screening.rules.ts';
import { releaseUsage } from './screening.service.ts';

const noteLengthMax = 2_000;
const queueCursor = keysetCursor('reviewQueue', { screenedAt: 'date', id: 'string' });

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
   * @throws SCREENING_NOT_FOUND, SCREENING_CONFLICT_OF_INTEREST, SCREENING_ALREADY_DECIDED, SCREENING_PARTY_SANCTIONED,
   * SCREENING_NAME_UNKNOWN
   */
  approve(decision: ReviewDecision, reviewer: Actor): Promise<Screening>;
  /** @throws SCREENING_NOT_FOUND, SCREENING_CONFLICT_OF_INTEREST, SCREENING_ALREADY_DECIDED */
  reject(decision: ReviewDecision, reviewer: Actor): Promise<Screening>;
}

export function createReviewService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
}): ReviewService {
  const { database, outbox, clock } = deps;

  async function review(to: 'CLEARED' | 'REJECTED', { screeningId, note }: ReviewDecision, reviewer: Actor): Promise<Screening> {
    const reason = requireNote(note);
    const held = (await findByIds(database.client, [screeningId])).get(screeningId);
    if (held === undefined) throw screeningErrors.SCREENING_NOT_FOUND({ screeningId });
    if (isParty(reviewer.userId, held)) {
      // Somebody tried; that is worth knowing, so it is recorded although nothing else happens.
      await database.transaction((tx) => outbox.append(tx, [reviewAudit(held, to, 'REFUSED', reviewer)]));
      throw screeningErrors.SCREENING_CONFLICT_OF_INTEREST({ screeningId });
    }
    return database.transaction(async (tx) => {
      const decidedAt = clock.now();
      const change = { decision: to, review: { by: reviewer.userId, at: decidedAt, note: reason } };
      if (!(await saveReview(tx, screeningId, change))) throw await alreadyDecided(tx, screeningId);
      if (to === 'CLEARED') await assertNamesClear(tx, held);
      else await releaseUsage(tx, held);
      const decided = { ...held, ...change, isCounted: held.isCounted && to === 'CLEARED' };
      await outbox.append(tx, [
        screeningDecided({ ...decided, reviewedBy: reviewer.userId }, decided.outcomes),
        reviewAudit(decided, to, 'SUCCEEDED', reviewer),
      ]);
      return decided;
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
  };
}

function requireNote(note: string): string {
  const reason = note.trim();
  if (reason === '') throw platformErrors.BAD_USER_INPUT({ field: 'input.note', problem: 'say why you decide so' });
  if (reason.length > noteLengthMax)
    throw platformErrors.BAD_USER_INPUT({ field: 'input.note', problem: `must have at most ${noteLengthMax} characters` });
  return reason;
}

function isParty(userId: string, { requestedBy, source, destination }: Screening): boolean {
  return [requestedBy, source.ownerId, destination.ownerId].includes(userId);
}

async function alreadyDecided(tx: Transaction, screeningId: string): Promise<Error> {
  const screening = (await findByIds(tx.client, [screeningId])).get(screeningId);
  return screeningErrors.SCREENING_ALREADY_DECIDED({ screeningId, decision: screening?.decision ?? 'REJECTED' });
}

/** A person may overrule a threshold, never a list: names and lists may have changed while the transaction was held. */
async function assertNamesClear(tx: Transaction, screening: Screening): Promise<void> {
  const screeningId = screening.id;
  const parties = (await lookUpParties(tx.client, [screening])).parties(screening);
  if (parties.some(({ matches }) => matches.length > 0)) throw screeningErrors.SCREENING_PARTY_SANCTIONED({ screeningId });
  if (parties.some(({ normalisedName }) => normalisedName === null))
    throw screeningErrors.SCREENING_NAME_UNKNOWN({ screeningId });
}

function reviewAudit(screening: Screening, to: 'CLEARED' | 'REJECTED', outcome: 'SUCCEEDED' | 'REFUSED', reviewer: Actor) {
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
      details: { transactionId, decision: to },
      requestId: reviewer.requestId,
    },
    { correlationId },
  );
}
