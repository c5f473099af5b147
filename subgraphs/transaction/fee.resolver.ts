// The graph's fields about fees.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Authenticated, RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { FeeSchedule as Schedule } from './fee.repository.ts';
import type { FeeService } from './fee.service.ts';
import {
  ChargedKindEnum,
  FeeQuote,
  FeeSchedule,
  QuoteTransferArgs,
  SetFeeScheduleInput,
  SetFeeSchedulePayload,
} from './fee.types.ts';

@Resolver()
export class FeeResolver {
  readonly #fees: FeeService;

  constructor(fees: FeeService) {
    this.#fees = fees;
  }

  @Authenticated()
  @Query(() => FeeQuote, { description: 'What a transfer or a withdrawal would cost at present.' })
  async quoteTransfer(@Args(() => QuoteTransferArgs) { kind, amount }: QuoteTransferArgs): Promise<FeeQuote> {
    const quote = await this.#fees.quote(kind, amount);
    const { asset, units } = quote.amount;
    return {
      amount: toMoneyType(quote.amount),
      fee: toMoneyType({ asset, units: quote.fee.units }),
      total: toMoneyType({ asset, units: units + quote.fee.units }),
      scheduleVersion: quote.fee.version,
    };
  }

  @Authenticated()
  @Query(() => [FeeSchedule], { description: 'What transactions cost at present. What is not listed is free.' })
  async feeSchedules(): Promise<FeeSchedule[]> {
    return (await this.#fees.list()).map(toFeeScheduleType);
  }

  @RequiresPermission('fee:manage')
  @Mutation(() => SetFeeSchedulePayload, {
    description: 'Sets what transactions cost from now on. Those that are under way keep their fee.',
  })
  async setFeeSchedule(
    @Arg('input', () => SetFeeScheduleInput, { description: 'The new version.' }) input: SetFeeScheduleInput,
    @Ctx() context: GraphContext,
  ): Promise<SetFeeSchedulePayload> {
    const changedBy = requireIdentity(context.identity).userId;
    const schedule = await this.#fees.change({ ...input, max: input.max ?? null, changedBy, requestId: context.requestId });
    return { feeSchedule: toFeeScheduleType(schedule) };
  }
}

function toFeeScheduleType({
  kind,
  asset,
  version,
  fixedUnits,
  basisPoints,
  minUnits,
  maxUnits,
  createdAt,
}: Schedule): FeeSchedule {
  const money = (units: bigint) => toMoneyType({ asset, units });
  return {
    kind: ChargedKindEnum[kind],
    version,
    fixed: money(fixedUnits),
    basisPoints,
    min: money(minUnits),
    max: maxUnits === null ? null : money(maxUnits),
    createdAt,
  };
}
