// Every query on screenings and their outcomes; rows to domain objects.
import { unitsFromRow } from '../../platform/money/money.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { type RuleCode, ruleCodes } from './rule.rules.ts';
import type { Decision, RuleOutcome, RuleResult, TransactionKind } from './screening.rules.ts';

export interface Endpoint {
  readonly type: 'WALLET' | 'EXTERNAL_ACCOUNT';
  readonly id: string;
  readonly ownerId: string;
}

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
  readonly outcomes: readonly RuleOutcome[];
}

export async function insertScreenings({ client }: Transaction, screenings: readonly Screening[]): Promise<void> {
  await client.screening.createMany({
    data: screenings.map(({ source, destination, review, outcomes: _, units, ...rest }) => ({
      ...rest,
      sourceType: source.type,
      sourceId: source.id,
      sourceOwnerId: source.ownerId,
      destinationType: destination.type,
      destinationId: destination.id,
      destinationOwnerId: destination.ownerId,
      units: units.toString(),
      reviewedBy: review?.by ?? null,
      reviewedAt: review?.at ?? null,
      reviewNote: review?.note ?? null,
    })),
  });
  await client.screeningOutcome.createMany({
    data: screenings.flatMap(({ id, outcomes }) =>
      outcomes.map(({ inputs, ...outcome }) => ({ ...outcome, screeningId: id, inputs: JSON.stringify(inputs) })),
    ),
  });
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
      .map(({ ruleCode, ruleVersion, result, inputs, explanation }) => ({
        ruleCode: ruleCode as RuleCode,
        ruleVersion,
        result: result as RuleResult,
        inputs: JSON.parse(inputs),
        explanation,
      }))
      .sort((a, b) => ruleCodes.indexOf(a.ruleCode) - ruleCodes.indexOf(b.ruleCode)),
  };
}
