// Every query on cases, their votes and their notes.
import type { Prisma } from '../../prisma/generated/compliance/postgresql/client.ts';
import type { CaseAlert, CaseKind, CaseOutcome, CaseState, CaseVerdict, CaseVote } from './case.rules.ts';
import type { Client, Transaction } from './compliance.database.ts';

export interface CaseNote {
  readonly id: string;
  readonly authorId: string;
  readonly text: string;
  readonly writtenAt: Date;
}

export interface ComplianceCase {
  readonly id: string;
  readonly kind: CaseKind;
  readonly state: CaseState;
  readonly outcome: CaseOutcome | null;
  readonly screeningId: string | null;
  readonly partyId: string | null;
  readonly alerts: readonly CaseAlert[];
  readonly dedupeKey: string;
  readonly reviewersNeeded: number;
  readonly assigneeId: string | null;
  readonly openedAt: Date;
  readonly dueAt: Date;
  readonly closedAt: Date | null;
  readonly votes: readonly CaseVote[];
  /** The latest, oldest first; bounded. */
  readonly notes: readonly CaseNote[];
}

export type NewCase = Omit<ComplianceCase, 'state' | 'outcome' | 'assigneeId' | 'closedAt' | 'votes' | 'notes'>;

export interface CaseFilter {
  readonly state?: CaseState | null | undefined;
  readonly isOpen?: boolean | null | undefined;
  readonly kind?: CaseKind | null | undefined;
  readonly assigneeId?: string | null | undefined;
  readonly partyId?: string | null | undefined;
}

/** Notes that are read with a case. */
const notesMax = 100;
const include = {
  votes: { orderBy: { votedAt: 'asc' } },
  notes: { orderBy: [{ writtenAt: 'desc' }, { id: 'desc' }], take: notesMax },
} satisfies Prisma.ComplianceCaseInclude;

/** Opens cases; those that are open, or were decided, under the same key stay as they are. Gives the ones that are new. */
export async function insertCases({ client }: Transaction, cases: readonly NewCase[]): Promise<NewCase[]> {
  if (cases.length === 0) return [];
  const keys = cases.map(({ dedupeKey }) => dedupeKey);
  const known = await client.complianceCase.findMany({ where: { dedupeKey: { in: keys } }, select: { dedupeKey: true } });
  const taken = new Set(known.map(({ dedupeKey }) => dedupeKey));
  const fresh = cases.filter(({ dedupeKey }) => !taken.has(dedupeKey));
  const rows = fresh.map((one) => ({ ...one, state: 'OPEN' satisfies CaseState, alerts: JSON.stringify(one.alerts) }));
  await client.complianceCase.createMany({ data: rows });
  return fresh;
}

/** Locks a case until the transaction ends, so that its votes are counted one after the other. Null when there is none. */
export async function lockCase(
  { client }: Transaction,
  by: { readonly id: string } | { readonly screeningId: string },
): Promise<ComplianceCase | null> {
  const rows =
    'id' in by
      ? await client.$queryRaw<
          { id: string }[]
        >`UPDATE compliance_case SET state = state WHERE id = ${by.id} AND state <> 'CLOSED' RETURNING id`
      : await client.$queryRaw<
          { id: string }[]
        >`UPDATE compliance_case SET state = state WHERE screening_id = ${by.screeningId} AND state <> 'CLOSED' RETURNING id`;
  const where = rows[0] === undefined ? by : { id: rows[0].id };
  const row = await client.complianceCase.findUnique({ where, include });
  return row && toCase(row);
}

export async function findCases(
  client: Pick<Client, 'complianceCase'>,
  ids: readonly string[],
): Promise<Map<string, ComplianceCase>> {
  const rows = await client.complianceCase.findMany({ where: { id: { in: [...ids] } }, include });
  return new Map(rows.map((row) => [row.id, toCase(row)]));
}

/** Cases of held transactions, by their screening. */
export async function findCasesOfScreenings(
  client: Pick<Client, 'complianceCase'>,
  screeningIds: readonly string[],
): Promise<Map<string, ComplianceCase>> {
  const rows = await client.complianceCase.findMany({ where: { screeningId: { in: [...screeningIds] } }, include });
  return new Map(rows.map((row) => [row.screeningId ?? '', toCase(row)]));
}

/** A page of cases, oldest first. */
export async function listCases(
  client: Pick<Client, 'complianceCase'>,
  query: { filter: CaseFilter; after: { openedAt: Date; id: string } | null; limit: number },
): Promise<ComplianceCase[]> {
  const { filter, after, limit } = query;
  const { state, isOpen, kind, assigneeId, partyId } = filter;
  const and: Prisma.ComplianceCaseWhereInput[] = [];
  if (state) and.push({ state });
  if (isOpen != null) and.push({ state: isOpen ? { not: 'CLOSED' satisfies CaseState } : ('CLOSED' satisfies CaseState) });
  if (kind) and.push({ kind });
  if (assigneeId) and.push({ assigneeId });
  if (partyId) and.push({ partyId });
  if (after) {
    and.push({ openedAt: { gte: after.openedAt } });
    and.push({ OR: [{ openedAt: { gt: after.openedAt } }, { openedAt: after.openedAt, id: { gt: after.id } }] });
  }
  const rows = await client.complianceCase.findMany({
    where: { AND: and },
    orderBy: [{ openedAt: 'asc' }, { id: 'asc' }],
    take: limit,
    include,
  });
  return rows.map(toCase);
}

/** Held transactions whose time is up. */
export async function findDueScreenings(client: Pick<Client, 'complianceCase'>, at: Date, limit: number): Promise<string[]> {
  const rows = await client.complianceCase.findMany({
    where: { kind: 'HELD_TRANSACTION' satisfies CaseKind, state: { not: 'CLOSED' satisfies CaseState }, dueAt: { lte: at } },
    orderBy: { dueAt: 'asc' },
    take: limit,
    select: { screeningId: true },
  });
  return rows.flatMap(({ screeningId }) => screeningId ?? []);
}

export async function insertVote({ client }: Transaction, caseId: string, vote: CaseVote): Promise<void> {
  await client.caseVote.create({ data: { caseId, ...vote } });
}

export async function insertNote({ client }: Transaction, caseId: string, note: CaseNote): Promise<void> {
  await client.caseNote.create({ data: { caseId, ...note } });
}

export async function saveCase(
  { client }: Transaction,
  id: string,
  change: { state?: CaseState; assigneeId?: string | null; outcome?: CaseOutcome; closedAt?: Date },
): Promise<void> {
  await client.complianceCase.update({ where: { id }, data: change });
}

type Row = Prisma.ComplianceCaseGetPayload<{ include: typeof include }>;

function toCase({ votes, notes, ...row }: Row): ComplianceCase {
  return {
    ...row,
    kind: row.kind as CaseKind,
    state: row.state as CaseState,
    outcome: row.outcome as CaseOutcome | null,
    alerts: JSON.parse(row.alerts),
    votes: votes.map(({ reviewerId, verdict, note, votedAt }) => ({
      reviewerId,
      verdict: verdict as CaseVerdict,
      note,
      votedAt,
    })),
    notes: notes.map(({ id, authorId, text, writtenAt }) => ({ id, authorId, text, writtenAt })).reverse(),
  };
}
