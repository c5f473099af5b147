// Every query on screenings and their outcomes; rows to domain objects.
import { sqltag as sql } from '@prisma/client/runtime/client';
import { columnsOf, rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { type RuleCode, ruleCodes } from './rule.rules.ts';
import type { Decision, RuleOutcome, RuleResult, TransactionKind } from './screening.rules.ts';

export interface Endpoint {
  readonly type: 'WALLET' | 'EXTERNAL_ACCOUNT';
  readonly id: string;
  readonly ownerId: string;
}

/** An outcome as it is kept. How many people must agree is kept with the case that it opened. */
export type RecordedOutcome = Omit<RuleOutcome, 'reviewersMin'>;

/** The screening of one transaction, and the decision that stands. */
export interface Screening {
  readonly id: string;
  readonly transactionId: string;
  readonly kind: TransactionKind;
  readonly requestedBy: string;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly asset: string;
  readonly units: bigint;
  readonly decision: Decision;
  /** True while the amount takes part in the requester's rolling limits. */
  readonly isCounted: boolean;
  readonly requestedAt: Date;
  readonly screenedAt: Date;
  readonly review: { readonly by: string; readonly at: Date; readonly note: string } | null;
  readonly correlationId: string | null;
  /** In the order of the catalogue of rules. */
  readonly outcomes: readonly RecordedOutcome[];
}

/** Adds screenings that the rules have just decided, two statements for any number of them. */
export async function insertScreenings({ client, provider }: Transaction, screenings: readonly Screening[]): Promise<void> {
  if (screenings.length === 0) return;
  const rows = rowset(provider, screeningColumns, screenings.map(screeningRow));
  await client.$executeRaw(
    sql`INSERT INTO screening (${columnsOf(screeningColumns)}) SELECT ${columnsOf(screeningColumns)} FROM ${rows}`,
  );
  const outcomes = rowset(provider, outcomeColumns, screenings.flatMap(outcomeRows));
  await client.$executeRaw(
    sql`INSERT INTO screening_outcome (${columnsOf(outcomeColumns)}) SELECT ${columnsOf(outcomeColumns)} FROM ${outcomes}`,
  );
}

/** Screenings by the id of their transaction. */
export async function findByTransactions(
  client: Pick<Client, 'screening'>,
  transactionIds: readonly string[],
): Promise<Map<string, Screening>> {
  const rows = await client.screening.findMany({ where: { transactionId: { in: [...transactionIds] } }, include });
  return new Map(rows.map((row) => [row.transactionId, toScreening(row)]));
}

export async function findByIds(client: Pick<Client, 'screening'>, ids: readonly string[]): Promise<Map<string, Screening>> {
  const rows = await client.screening.findMany({ where: { id: { in: [...ids] } }, include });
  return new Map(rows.map((row) => [row.id, toScreening(row)]));
}

/** A page of the held screenings, oldest first. */
export async function listHeld(
  client: Pick<Client, 'screening'>,
  query: { after: { screenedAt: Date; id: string } | null; limit: number },
): Promise<Screening[]> {
  const { after, limit } = query;
  const rows = await client.screening.findMany({
    where: {
      decision: 'HELD' satisfies Decision,
      ...(after && {
        screenedAt: { gte: after.screenedAt },
        OR: [{ screenedAt: { gt: after.screenedAt } }, { screenedAt: after.screenedAt, id: { gt: after.id } }],
      }),
    },
    orderBy: [{ screenedAt: 'asc' }, { id: 'asc' }],
    take: limit,
    include,
  });
  return rows.map(toScreening);
}

/** The latest screenings by their request, the last first. */
export async function listLatest(client: Pick<Client, 'screening'>, limit: number): Promise<Screening[]> {
  const rows = await client.screening.findMany({ orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }], take: limit, include });
  return rows.map(toScreening);
}

/** Turns a held screening into a decided one; false when it is not held any more. */
export async function saveReview(
  { client }: Transaction,
  id: string,
  change: { decision: Exclude<Decision, 'HELD'>; review: { by: string; at: Date; note: string } },
): Promise<boolean> {
  const { decision, review } = change;
  const { count } = await client.screening.updateMany({
    where: { id, decision: 'HELD' satisfies Decision },
    data: { decision, reviewedBy: review.by, reviewedAt: review.at, reviewNote: review.note },
  });
  return count === 1;
}

/** Takes the amount out of the rolling limits; false when it did not take part. */
export async function stopCounting({ client }: Transaction, id: string): Promise<boolean> {
  const { count } = await client.screening.updateMany({ where: { id, isCounted: true }, data: { isCounted: false } });
  return count === 1;
}

const screeningColumns = {
  id: 'text',
  transaction_id: 'text',
  kind: 'text',
  requested_by: 'text',
  source_type: 'text',
  source_id: 'text',
  source_owner_id: 'text',
  destination_type: 'text',
  destination_id: 'text',
  destination_owner_id: 'text',
  asset: 'text',
  units: 'numeric',
  decision: 'text',
  is_counted: 'boolean',
  requested_at: 'timestamptz',
  screened_at: 'timestamptz',
  correlation_id: 'text',
} as const;

function screeningRow(screening: Screening) {
  const { source, destination } = screening;
  return {
    id: screening.id,
    transaction_id: screening.transactionId,
    kind: screening.kind,
    requested_by: screening.requestedBy,
    source_type: source.type,
    source_id: source.id,
    source_owner_id: source.ownerId,
    destination_type: destination.type,
    destination_id: destination.id,
    destination_owner_id: destination.ownerId,
    asset: screening.asset,
    units: screening.units,
    decision: screening.decision,
    is_counted: screening.isCounted,
    requested_at: screening.requestedAt,
    screened_at: screening.screenedAt,
    correlation_id: screening.correlationId,
  };
}

const outcomeColumns = {
  screening_id: 'text',
  rule_code: 'text',
  rule_version: 'integer',
  result: 'text',
  inputs: 'text',
  explanation: 'text',
  is_shadow: 'boolean',
} as const;

function outcomeRows({ id, outcomes }: Screening) {
  return outcomes.map(({ ruleCode, ruleVersion, result, inputs, explanation, isShadow }) => ({
    screening_id: id,
    is_shadow: isShadow,
    rule_code: ruleCode,
    rule_version: ruleVersion,
    result,
    inputs: JSON.stringify(inputs),
    explanation,
  }));
}

const include = { outcomes: true } as const;

type Row = Awaited<ReturnType<typeof readRow>>;
// Only its type is used: what Prisma gives for a screening with its outcomes.
const readRow = (client: Client) => client.screening.findFirstOrThrow({ include });

function toScreening(row: Row): Screening {
  const { reviewedBy, reviewedAt, reviewNote } = row;
  return {
    id: row.id,
    transactionId: row.transactionId,
    kind: row.kind as TransactionKind,
    requestedBy: row.requestedBy,
    source: { type: row.sourceType as Endpoint['type'], id: row.sourceId, ownerId: row.sourceOwnerId },
    destination: { type: row.destinationType as Endpoint['type'], id: row.destinationId, ownerId: row.destinationOwnerId },
    asset: row.asset,
    units: unitsFromRow(row.units),
    decision: row.decision as Decision,
    isCounted: row.isCounted,
    requestedAt: row.requestedAt,
    screenedAt: row.screenedAt,
    review: reviewedBy !== null && reviewedAt !== null ? { by: reviewedBy, at: reviewedAt, note: reviewNote ?? '' } : null,
    correlationId: row.correlationId,
    outcomes: row.outcomes
      .map(({ ruleCode, ruleVersion, result, inputs, explanation, isShadow }) => ({
        isShadow,
        ruleCode: ruleCode as RuleCode,
        ruleVersion,
        result: result as RuleResult,
        inputs: JSON.parse(inputs),
        explanation,
      }))
      .sort((a, b) => ruleCodes.indexOf(a.ruleCode) - ruleCodes.indexOf(b.ruleCode)),
  };
}
