// The graph's fields about exchanges: arguments to use cases, results to types. Who may do what is decided by the service and the ledger.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Authenticated, RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ExchangeService } from './exchange.service.ts';
import {
  ExchangeInput,
  ExchangePayload,
  ExchangeQuoteType,
  ExchangeType,
  QuoteExchangeInput,
  QuoteExchangePayload,
  ReverseExchangeInput,
  ReverseExchangePayload,
} from './exchange.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { actorOf } from './wallet.resolver.ts';
import { toExchangeQuoteType, toExchangeType, toWalletType } from './wallet.view.ts';

@Resolver(() => ExchangeQuoteType)
export class ExchangeQuoteResolver {
  readonly #exchanges: ExchangeService;
  readonly #loaders: WalletLoaders;

  constructor(exchanges: ExchangeService, loaders: WalletLoaders) {
    this.#exchanges = exchanges;
    this.#loaders = loaders;
  }

  @Authenticated()
  @Mutation(() => QuoteExchangePayload, {
    description: 'Offers an exchange within a wallet that you may spend from. The offer is good for you, once, until it expires.',
  })
  async quoteExchange(
    @Arg('input', () => QuoteExchangeInput, { description: 'What to exchange for what.' }) input: QuoteExchangeInput,
    @Ctx() context: GraphContext,
  ): Promise<QuoteExchangePayload> {
    return { quote: toExchangeQuoteType(await this.#exchanges.quote(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => ExchangePayload, {
    description:
      'Exchanges at the terms of a quote that was made to you, or not at all. What is sold counts against spending limits.',
  })
  async exchange(
    @Arg('input', () => ExchangeInput, { description: 'The quote.' }) input: ExchangeInput,
    @Ctx() context: GraphContext,
  ): Promise<ExchangePayload> {
    return { exchange: toExchangeType(await this.#exchanges.execute(actorOf(context), input)) };
  }

  @RequiresPermission('transaction:reverse')
  @Mutation(() => ReverseExchangePayload, {
    description: 'Takes an exchange of somebody else back: the exact mirror of what was posted, spread included, at most once.',
  })
  async reverseExchange(
    @Arg('input', () => ReverseExchangeInput, { description: 'The exchange, and why.' }) input: ReverseExchangeInput,
    @Ctx() context: GraphContext,
  ): Promise<ReverseExchangePayload> {
    return { exchange: toExchangeType(await this.#exchanges.reverse(actorOf(context), input)) };
  }

  @FieldResolver(() => WalletType, {
    nullable: true,
    description: 'The wallet that it is for; null when you may not see it any more.',
  })
  wallet(@Root() { walletId }: ExchangeQuoteType, @Ctx() context: GraphContext) {
    return walletOrNull(this.#loaders, walletId, context);
  }
}

@Resolver(() => ExchangeType)
export class ExchangeResolver {
  readonly #loaders: WalletLoaders;

  constructor(loaders: WalletLoaders) {
    this.#loaders = loaders;
  }

  @FieldResolver(() => WalletType, { nullable: true, description: 'The wallet; null when you may not see it any more.' })
  wallet(@Root() { walletId }: ExchangeType, @Ctx() context: GraphContext) {
    return walletOrNull(this.#loaders, walletId, context);
  }
}

async function walletOrNull(loaders: WalletLoaders, walletId: string, context: GraphContext): Promise<WalletType | null> {
  const wallet = await loaders.wallet(context, walletId);
  return wallet === null ? null : toWalletType(wallet);
}
