// The graph's live balances.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { Cursor } from '../../platform/graph/scalars.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { WalletType } from './wallet.entity.types.ts';
import type { BalanceChange, BalanceFeed } from './wallet.feed.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { BalanceCause, BalanceCauseKindEnum, WalletBalanceChangedArgs, WalletBalanceUpdate } from './wallet.types.ts';
import { toBalanceUpdate, toExchangeType, toHoldType, toWalletType } from './wallet.view.ts';

@Resolver(() => WalletBalanceUpdate)
export class WalletFeedResolver {
  readonly #feed: BalanceFeed;
  readonly #loaders: WalletLoaders;

  constructor(feed: BalanceFeed, loaders: WalletLoaders) {
    this.#feed = feed;
    this.#loaders = loaders;
  }

  @Authenticated()
  @Query(() => Cursor, {
    description: 'The present end of the stream of balances: `walletBalanceChanged(after:)` with it misses nothing from now on.',
  })
  walletFeedCursor(): Promise<string> {
    return this.#feed.currentCursor();
  }

  @Authenticated()
  @LiveSubscription(() => WalletBalanceUpdate, {
    description:
      'Changes of the balances of one wallet, or of all that you are a member of, in order and without gaps. Ends for who is no member any more.',
  })
  async walletBalanceChanged(@Args(() => WalletBalanceChangedArgs) args: WalletBalanceChangedArgs, @Ctx() context: GraphContext) {
    const { walletId, after } = args;
    return updatesOf(await this.#feed.follow(requireIdentity(context.identity), { walletId, after, signal: context.signal }));
  }

  @FieldResolver(() => WalletType, { nullable: true, description: 'The wallet as it is now.' })
  async wallet(@Root() update: WalletBalanceUpdate, @Ctx() context: GraphContext): Promise<WalletType | null> {
    const wallet = await this.#loaders.wallet(context, update.walletId);
    return wallet === null ? null : toWalletType(wallet);
  }

  @FieldResolver(() => BalanceCause, { description: 'What changed the balance.' })
  cause(@Root() update: WalletBalanceUpdate, @Ctx() context: GraphContext): Promise<BalanceCause> {
    return causeOf(this.#loaders, update, context);
  }
}

/** What changed a balance, as far as the viewer may see it. */
export async function causeOf(
  loaders: WalletLoaders,
  { causeKind, causeId }: Pick<WalletBalanceUpdate, 'causeKind' | 'causeId'>,
  context: GraphContext,
): Promise<BalanceCause> {
  const none = { transaction: null, hold: null, exchange: null };
  switch (causeKind) {
    case BalanceCauseKindEnum.TRANSACTION:
      return { ...none, kind: causeKind, transaction: { id: causeId } };
    case BalanceCauseKindEnum.HOLD: {
      const hold = await loaders.hold(context, causeId);
      return { ...none, kind: causeKind, hold: hold === null ? null : toHoldType(hold) };
    }
    case BalanceCauseKindEnum.EXCHANGE: {
      const exchange = await loaders.exchange(context, causeId);
      return { ...none, kind: causeKind, exchange: exchange === null ? null : toExchangeType(exchange) };
    }
    case BalanceCauseKindEnum.MANUAL:
      return { ...none, kind: causeKind };
  }
}

async function* updatesOf(changes: AsyncIterable<BalanceChange>): AsyncIterable<WalletBalanceUpdate> {
  for await (const change of changes) yield toBalanceUpdate(change);
}
