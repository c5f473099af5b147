// The graph's fields about spending limits: arguments to use cases, results to types. Who may do what is decided by the service.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import { wholeWallet } from './limit.rules.ts';
import type { LimitService, LimitStanding } from './limit.service.ts';
import {
  RemoveSpendingLimitInput,
  RemoveSpendingLimitPayload,
  SetSpendingLimitInput,
  SetSpendingLimitPayload,
  SpendingLimit,
  SpendingPeriodEnum,
} from './limit.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import { actorOf } from './wallet.resolver.ts';
import { toWalletType } from './wallet.view.ts';

@Resolver(() => WalletType)
export class LimitResolver {
  readonly #limits: LimitService;

  constructor(limits: LimitService) {
    this.#limits = limits;
  }

  @Authenticated()
  @Mutation(() => SetSpendingLimitPayload, {
    description:
      'Limits what a member below you may spend from a wallet, or, as an owner, what all may together. Changing a limit leaves what has been spent of it.',
  })
  async setSpendingLimit(
    @Arg('input', () => SetSpendingLimitInput, { description: 'The limit.' }) input: SetSpendingLimitInput,
    @Ctx() context: GraphContext,
  ): Promise<SetSpendingLimitPayload> {
    return { spendingLimit: toSpendingLimit(await this.#limits.set(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => RemoveSpendingLimitPayload, { description: 'Removes a limit that you might set.' })
  async removeSpendingLimit(
    @Arg('input', () => RemoveSpendingLimitInput, { description: 'The limit.' }) input: RemoveSpendingLimitInput,
    @Ctx() context: GraphContext,
  ): Promise<RemoveSpendingLimitPayload> {
    return { wallet: toWalletType(await this.#limits.remove(actorOf(context), input.limitId)) };
  }

  @FieldResolver(() => [SpendingLimit], {
    description: 'Limits to what may be spent from it: those of all together and your own; every one for administrators.',
  })
  async spendingLimits(@Root() { id, ownerId }: WalletType, @Ctx() context: GraphContext): Promise<SpendingLimit[]> {
    return (await this.#limits.listOf(requireIdentity(context.identity), { id, ownerId })).map(toSpendingLimit);
  }
}

function toSpendingLimit({ limit, used, remaining, renewsAt }: LimitStanding): SpendingLimit {
  const { id, memberId, asset, period, units } = limit;
  const money = (amount: bigint) => toMoneyType({ units: amount, asset });
  return {
    id,
    user: memberId === wholeWallet ? null : { id: memberId },
    period: SpendingPeriodEnum[period],
    limit: money(units),
    used: money(used),
    remaining: money(remaining),
    renewsAt,
  };
}
