// The use cases around cases: opening them, working on them, and counting votes. What a decision does to a held transaction is in
// review.service.ts.
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { AuditRecord, NewEvent, Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { complianceAudit } from './audit.events.ts';
import { caseErrors } from './case.errors.ts';
import {
  type CaseFilter,
  type ComplianceCase,
  findCases,
  findCasesOfScreenings,
  insertNote,
  insertVote,
  listCases,
  lockCase,
  type NewCase,
  saveCase,
} from './case.repository.ts';
import { type CaseAlert, type CaseOutcome, type CaseVerdict, takesVerdict, tally } from './case.rules.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { findParties, saveVerdict } from './party-name.repository.ts';
import type { Actor } from './rule.service.ts';
import type { Screening } from './screening.repository.ts';
import { findByIds } from './screening.repository.ts';
import { type RuleOutcome, reviewersNeeded } from './screening.rules.ts';

const dayMs = 24 * 60 * 60_000;
/** How long a held transaction waits for people; then it is refused, and the money is free again. */
const heldDaysMax = 14;
/** When somebody should have looked at a likeness. It stays open after that: the names go on being held. */
const hitDaysMax = 7;
export const noteLengthMax = 2_000;
const caseCursor = keysetCursor('cases', { openedAt: 'date', id: 'string' });

export interface CaseService {
  /** Oldest first. @throws INVALID_CURSOR */
  list(args: ConnectionArgs, filter: CaseFilter): Promise<Connection<ComplianceCase>>;
  findByIds(ids: readonly string[]): Promise<Map<string, ComplianceCase>>;
  findByScreenings(screeningIds: readonly string[]): Promise<Map<string, ComplianceCase>>;
  /** Null gives it back. @throws CASE_NOT_FOUND, CASE_CLOSED, CASE_CONFLICT_OF_INTEREST */
  assign(input: { caseId: string; assigneeId: string | null }, actor: Actor): Promise<ComplianceCase>;
  /** @throws CASE_NOT_FOUND, CASE_CLOSED, CASE_CONFLICT_OF_INTEREST, BAD_USER_INPUT */
  addNote(input: { caseId: string; text: string }, actor: Actor): Promise<ComplianceCase>;
  /** A vote on a likeness. @throws CASE_NOT_FOUND, CASE_CLOSED, CASE_CONFLICT_OF_INTEREST, CASE_ALREADY_VOTED, CASE_VERDICT_NOT_TAKEN */
  decideHit(input: { caseId: string; verdict: CaseVerdict; note: string }, actor: Actor): Promise<ComplianceCase>;
}

export function createCaseService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
}): CaseService {
  const { database, outbox, clock, ids } = deps;

  /** Works on an open case that the actor is no party of, in one transaction; an attempt of a party is put on record. */
  async function onOpenCase(
    caseId: string,
    action: string,
    actor: Actor,
    work: (tx: Transaction, open: ComplianceCase) => Promise<void>,
  ): Promise<ComplianceCase> {
    const known = (await findCases(database.client, [caseId])).get(caseId);
    if (known === undefined) throw caseErrors.CASE_NOT_FOUND({ caseId });
    if (await isPartyOf(database.client, known, actor.userId)) {
      await database.transaction((tx) => outbox.append(tx, [caseAudit(action, known, actor, {}, 'REFUSED')]));
      throw caseErrors.CASE_CONFLICT_OF_INTEREST({ caseId });
    }
    return database.transaction(async (tx) => {
      const open = await lockCase(tx, { id: caseId });
      if (open === null || open.state === 'CLOSED') throw caseErrors.CASE_CLOSED({ caseId });
      await work(tx, open);
      return requireCase(tx, caseId);
    });
  }

  return {
    async list(args, filter) {
      const after = caseCursor.decode(args.after);
      const rows = await listCases(database.client, { filter, after, limit: rowLimit(args) });
      return toConnection(rows, args, caseCursor.encode, (one) => one);
    },
    findByIds: (caseIds) => findCases(database.client, caseIds),
    findByScreenings: (screeningIds) => findCasesOfScreenings(database.client, screeningIds),

    async assign({ caseId, assigneeId }, actor) {
      const isConflict = async (one: ComplianceCase) => assigneeId !== null && isPartyOf(database.client, one, assigneeId);
      return onOpenCase(caseId, 'case.assign', actor, async (tx, open) => {
        if (await isConflict(open)) throw caseErrors.CASE_CONFLICT_OF_INTEREST({ caseId });
        const isWaiting = open.state === 'AWAITING_SECOND';
        await saveCase(tx, caseId, { assigneeId, ...(!isWaiting && { state: assigneeId === null ? 'OPEN' : 'IN_PROGRESS' }) });
        await outbox.append(tx, [caseAudit('case.assign', open, actor, { assigneeId })]);
      });
    },

    async addNote({ caseId, text }, actor) {
      const note = { id: ids.next(), authorId: actor.userId, text: requireText(text, 'input.text'), writtenAt: clock.now() };
      return onOpenCase(caseId, 'case.note', actor, async (tx, open) => {
        await insertNote(tx, caseId, note);
        await outbox.append(tx, [caseAudit('case.note', open, actor, { noteId: note.id })]);
      });
    },

    decideHit: ({ caseId, verdict, note }, actor) =>
      onOpenCase(caseId, 'case.decide', actor, async (tx, open) => {
        if (open.kind !== 'SANCTIONS_HIT') throw caseErrors.CASE_VERDICT_NOT_TAKEN({ caseId, kind: open.kind, verdict });
        const vote = { verdict, note: requireText(note, 'input.note'), at: clock.now() };
        const { outcome, events } = await voteOnCase(tx, open, vote, actor);
        if (outcome === 'FALSE_POSITIVE' || outcome === 'TRUE_MATCH') await keepVerdict(tx, open, outcome, vote.at);
        await outbox.append(tx, events);
      }),
  };
}

/**
 * Counts a vote on a locked, open case, and closes the case when that decides it.
 * @throws CASE_ALREADY_VOTED, CASE_VERDICT_NOT_TAKEN
 */
export async function voteOnCase(
  tx: Transaction,
  open: ComplianceCase,
  vote: { readonly verdict: CaseVerdict; readonly note: string; readonly at: Date },
  actor: Actor,
): Promise<{ outcome: CaseOutcome | null; events: NewEvent[] }> {
  const { id: caseId, kind } = open;
  const { verdict, note, at } = vote;
  if (!takesVerdict(kind, verdict)) throw caseErrors.CASE_VERDICT_NOT_TAKEN({ caseId, kind, verdict });
  if (open.votes.some(({ reviewerId }) => reviewerId === actor.userId)) throw caseErrors.CASE_ALREADY_VOTED({ caseId });
  const cast = { reviewerId: actor.userId, verdict, note, votedAt: at };
  await insertVote(tx, caseId, cast);
  const outcome = tally(open, [...open.votes, cast]);
  await saveCase(tx, caseId, outcome === null ? { state: 'AWAITING_SECOND' } : { state: 'CLOSED', outcome, closedAt: at });
  const details = { verdict, votes: open.votes.length + 1, reviewersNeeded: open.reviewersNeeded, outcome };
  return { outcome, events: [caseAudit('case.decide', open, actor, details)] };
}

/** The case of a transaction that the rules hold. */
export function caseOfHeld(
  { id, ids, at }: { readonly id: string; readonly ids: Ids; readonly at: Date },
  outcomes: readonly RuleOutcome[],
): NewCase {
  const alerts = outcomes
    .filter(({ result }) => result !== 'PASS')
    .map(({ ruleCode, ruleVersion, isShadow, explanation }) => ({ ruleCode, ruleVersion, isShadow, explanation }));
  return {
    id: ids.next(),
    kind: 'HELD_TRANSACTION',
    screeningId: id,
    partyId: null,
    alerts,
    dedupeKey: `screening:${id}`,
    reviewersNeeded: reviewersNeeded(outcomes),
    openedAt: at,
    dueAt: new Date(at.getTime() + heldDaysMax * dayMs),
  };
}

/** The case of a known party that resembles a listed one. */
export function caseOfHit(
  hit: {
    readonly partyId: string;
    readonly normalisedName: string;
    readonly list: string;
    readonly reference: string;
    readonly alert: CaseAlert;
    readonly reviewersNeeded: number;
  },
  { ids, at }: { readonly ids: Ids; readonly at: Date },
): NewCase {
  const { partyId, normalisedName, list, reference, alert } = hit;
  return {
    id: ids.next(),
    kind: 'SANCTIONS_HIT',
    screeningId: null,
    partyId,
    alerts: [{ ...alert, list, reference }],
    dedupeKey: `hit:${JSON.stringify([partyId, list, reference, normalisedName])}`,
    reviewersNeeded: hit.reviewersNeeded,
    openedAt: at,
    dueAt: new Date(at.getTime() + hitDaysMax * dayMs),
  };
}

export function caseAudit(
  action: string,
  { id, kind, screeningId, partyId }: Pick<NewCase, 'id' | 'kind' | 'screeningId' | 'partyId'>,
  actor: Actor,
  details: AuditRecord['details'] = {},
  outcome: AuditRecord['outcome'] = 'SUCCEEDED',
): NewEvent {
  return complianceAudit({
    actorId: actor.userId,
    action,
    resourceType: 'Case',
    resourceId: id,
    outcome,
    subjectUserId: null,
    details: { kind, ...(screeningId !== null && { screeningId }), ...(partyId !== null && { partyId }), ...details },
    requestId: actor.requestId,
  });
}

export function requireText(text: string, field: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw platformErrors.BAD_USER_INPUT({ field, problem: 'say why, in a few words' });
  if (trimmed.length > noteLengthMax)
    throw platformErrors.BAD_USER_INPUT({ field, problem: `must have at most ${noteLengthMax} characters` });
  return trimmed;
}

export function isPartyOfScreening(userId: string, { requestedBy, source, destination }: Screening): boolean {
  return [requestedBy, source.ownerId, destination.ownerId].includes(userId);
}

async function isPartyOf(client: Client, { screeningId, partyId }: ComplianceCase, userId: string): Promise<boolean> {
  if (partyId !== null) return partyId === userId || (await findParties(client, [partyId])).get(partyId)?.ownerId === userId;
  const screening = screeningId === null ? undefined : (await findByIds(client, [screeningId])).get(screeningId);
  return screening !== undefined && isPartyOfScreening(userId, screening);
}

async function keepVerdict(
  tx: Transaction,
  { id: caseId, partyId, alerts, dedupeKey }: ComplianceCase,
  verdict: 'FALSE_POSITIVE' | 'TRUE_MATCH',
  decidedAt: Date,
): Promise<void> {
  const party = partyId === null ? undefined : (await findParties(tx.client, [partyId])).get(partyId);
  // Who has another name by now was not decided about.
  if (party === undefined || !dedupeKey.endsWith(`,${JSON.stringify(party.normalisedName)}]`)) return;
  for (const { list, reference } of alerts) {
    const { normalisedName } = party;
    const key = { partyId: party.id, listName: String(list), reference: String(reference) };
    await saveVerdict(tx, { ...key, verdict, normalisedName, caseId, decidedAt });
  }
}

async function requireCase(tx: Transaction, caseId: string): Promise<ComplianceCase> {
  const found = (await findCases(tx.client, [caseId])).get(caseId);
  if (found === undefined) throw new Error(`The case ${caseId} has just been changed, and is not there.`);
  return found;
}
