// The graph's fields about exchange rates and the house's liquidity: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Authenticated, RequiresPermission } from '../../platform/graph/authorisation.ts';
import { Cacheable } from '../../platform/graph/cache-hint.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { BalanceType } from './account.types.ts';
import type { LiquidityService } from './liquidity.service.ts';
import type { RateService } from './rate.service.ts';
import {
  ExchangeRateType,
  FundLiquidityInput,
  FundLiquidityPayload,
  SetExchangeRateInput,
  SetExchangeRatePayload,
} from './rate.types.ts';
import { actorOf } from './wallet.resolver.ts';
import { toBalanceType, toExchangeRateType } from './wallet.view.ts';

@Resolver()
export class RateResolver {
  readonly #rates: RateService;
  readonly #liquidity: LiquidityService;

  constructor(rates: RateService, liquidity: LiquidityService) {
    this.#rates = rates;
    this.#liquidity = liquidity;
  }

  @Authenticated()
  @Cacheable({ maxAgeSeconds: 60 })
  @Query(() => [ExchangeRateType], { description: 'The rates at present. What is not listed is not exchanged.' })
  async exchangeRates(): Promise<ExchangeRateType[]> {
    return (await this.#rates.list()).map(toExchangeRateType);
  }

  @RequiresPermission('rate:manage')
  @Mutation(() => SetExchangeRatePayload, {
    description:
      'Sets what two assets are exchanged at from now on, both ways. Quotes that have been made stand until they expire.',
  })
  async setExchangeRate(
    @Arg('input', () => SetExchangeRateInput, { description: 'The new version.' }) input: SetExchangeRateInput,
    @Ctx() context: GraphContext,
  ): Promise<SetExchangeRatePayload> {
    return { exchangeRate: toExchangeRateType(await this.#rates.set(actorOf(context), input)) };
  }

  @RequiresPermission('liquidity:manage')
  @Query(() => [BalanceType], { description: 'What the house has to exchange from, by asset.' })
  async exchangeLiquidity(): Promise<BalanceType[]> {
    return (await this.#liquidity.list()).map(toBalanceType);
  }

  @RequiresPermission('liquidity:manage')
  @Mutation(() => FundLiquidityPayload, {
    description: 'Confirms money that has arrived from an external account of yours for the house to exchange from.',
  })
  async fundLiquidity(
    @Arg('input', () => FundLiquidityInput, { description: 'What has arrived.' }) input: FundLiquidityInput,
    @Ctx() context: GraphContext,
  ): Promise<FundLiquidityPayload> {
    return { liquidity: toBalanceType(await this.#liquidity.fund(actorOf(context), input)) };
  }
}
