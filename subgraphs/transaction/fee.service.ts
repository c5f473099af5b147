// The use cases around fees: a quote before a movement, and new versions of what movements cost.
import type { Clock } from '../../platform/clock.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { type Money, type MoneyText, parseMoney, requireAsset } from '../../platform/money/money.ts';
import { type Fee, type FeeSchedule, findFee, findSchedule, insertSchedule, listSchedules } from './fee.repository.ts';
import { basisPointsWhole, type ChargedKind, parseFee } from './fee.rules.ts';
import { transactionErrors } from './transaction.errors.ts';
import { recordedAudit } from './transaction.events.ts';
import type { TransactionDatabase } from './transaction.repository.ts';

export interface Quote {
  readonly kind: ChargedKind;
  readonly amount: Money;
  readonly fee: Fee;
}

export interface FeeChange {
  readonly kind: ChargedKind;
  readonly asset: string;
  /** The version that the change was made from; 0 where there was none. */
  readonly expectedVersion: number;
  readonly fixed: string;
  readonly basisPoints: number;
  readonly min: string;
  readonly max: string | null;
  readonly changedBy: string;
  readonly requestId: string | null;
}

export interface FeeService {
  /** What a movement would cost now. @throws money errors */
  quote(kind: ChargedKind, amount: MoneyText): Promise<Quote>;
  list(): Promise<FeeSchedule[]>;
  /** Adds a version. @throws money errors, INVALID_FEE_SCHEDULE, FEE_SCHEDULE_CHANGED */
  change(change: FeeChange): Promise<FeeSchedule>;
}

export function createFeeService(deps: { database: TransactionDatabase; outbox: Outbox; clock: Clock }): FeeService {
  const { database, outbox, clock } = deps;

  async function change(wanted: FeeChange): Promise<FeeSchedule> {
    const terms = readTerms(wanted);
    const { kind, expectedVersion, changedBy, requestId } = wanted;
    return database.transaction(async (tx) => {
      // Two writers of one version: the second finds it there, or is refused by the primary key.
      const version = (await findSchedule(tx.client, kind, terms.asset))?.version ?? 0;
      if (version !== expectedVersion) throw transactionErrors.FEE_SCHEDULE_CHANGED({ expectedVersion, version });
      const schedule: FeeSchedule = { kind, ...terms, version: version + 1, createdAt: clock.now() };
      await insertSchedule(tx, schedule, changedBy);
      const { fixedUnits, minUnits, maxUnits, basisPoints, asset } = schedule;
      const record = {
        actorId: changedBy,
        action: 'fee_schedule.change',
        resourceType: 'FeeSchedule',
        resourceId: `${kind}:${asset}`,
        outcome: 'SUCCEEDED' as const,
        subjectUserId: null,
        details: {
          version: schedule.version,
          fixedUnits: fixedUnits.toString(),
          basisPoints,
          minUnits: minUnits.toString(),
          maxUnits: maxUnits?.toString() ?? null,
        },
        requestId,
      };
      await outbox.append(tx, [recordedAudit(record, { correlationId: requestId, causationId: null })]);
      return schedule;
    });
  }

  return {
    async quote(kind, amount) {
      const money = parseMoney(amount, 'input.amount');
      return { kind, amount: money, fee: await findFee(database.client, kind, money) };
    },
    list: () => listSchedules(database.client),
    change,
  };
}

function readTerms({ asset: code, fixed, basisPoints, min, max }: FeeChange) {
  const asset = requireAsset(code, 'input.asset').code;
  const units = (amount: string, field: string) => parseFee({ amount, asset }, `input.${field}`).units;
  const terms = {
    asset,
    fixedUnits: units(fixed, 'fixed'),
    basisPoints,
    minUnits: units(min, 'min'),
    maxUnits: max === null ? null : units(max, 'max'),
  };
  const invalid = (problem: string) => transactionErrors.INVALID_FEE_SCHEDULE({ problem });
  if (basisPoints < 0 || basisPoints > basisPointsWhole) throw invalid(`basis points go from 0 to ${basisPointsWhole}`);
  if (terms.maxUnits !== null && terms.maxUnits < terms.minUnits) throw invalid('the most is less than the least');
  return terms;
}
