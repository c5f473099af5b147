// The graph's fields about balance monitors: arguments to use cases, results to types. Everybody sees their own alone.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import type { AlertFeed, LiveAlert } from './monitor.feed.ts';
import type { MonitorService } from './monitor.service.ts';
import {
  BalanceAlert,
  BalanceAlertConnection,
  BalanceAlertRaisedArgs,
  BalanceAlertUpdate,
  BalanceMonitor,
  RemoveBalanceMonitorInput,
  RemoveBalanceMonitorPayload,
  SetBalanceMonitorInput,
  SetBalanceMonitorPayload,
} from './monitor.types.ts';
import { toBalanceAlert, toBalanceMonitor } from './monitor.view.ts';
import { WalletType } from './wallet.entity.types.ts';
import { causeOf } from './wallet.feed.resolver.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { actorOf } from './wallet.resolver.ts';
import { BalanceCause } from './wallet.types.ts';
import { toWalletType } from './wallet.view.ts';

const alertCursor = keysetCursor('balanceAlerts', { createdAt: 'date', id: 'string' });

@Resolver(() => WalletType)
export class MonitorResolver {
  readonly #monitors: MonitorService;

  constructor(monitors: MonitorService) {
    this.#monitors = monitors;
  }

  @Authenticated()
  @Mutation(() => SetBalanceMonitorPayload, {
    description:
      'Watches a threshold on a wallet that you are a member of, for you alone. Setting the same one again changes where it is armed again. One that the balance is beyond already is told of when it is crossed the next time.',
  })
  async setBalanceMonitor(
    @Arg('input', () => SetBalanceMonitorInput, { description: 'The threshold.' }) input: SetBalanceMonitorInput,
    @Ctx() context: GraphContext,
  ): Promise<SetBalanceMonitorPayload> {
    return { balanceMonitor: toBalanceMonitor(await this.#monitors.set(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => RemoveBalanceMonitorPayload, { description: 'Removes a balance monitor of yours. What it has told stays.' })
  async removeBalanceMonitor(
    @Arg('input', () => RemoveBalanceMonitorInput, { description: 'The monitor.' }) input: RemoveBalanceMonitorInput,
    @Ctx() context: GraphContext,
  ): Promise<RemoveBalanceMonitorPayload> {
    return { wallet: toWalletType(await this.#monitors.remove(actorOf(context), input.monitorId)) };
  }

  @FieldResolver(() => [BalanceMonitor], { description: 'Your own balance monitors on it, oldest first: at most 10.' })
  async balanceMonitors(@Root() wallet: WalletType, @Ctx() context: GraphContext): Promise<BalanceMonitor[]> {
    return (await this.#monitors.listOf(requireIdentity(context.identity), wallet.id)).map(toBalanceMonitor);
  }

  @FieldResolver(() => BalanceAlertConnection, {
    description: 'What your balance monitors have told of it, newest first, also those that you have removed since.',
  })
  async balanceAlerts(
    @Root() wallet: WalletType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
  ) {
    const page = { walletId: wallet.id, after: alertCursor.decode(args.after), limit: rowLimit(args) };
    const alerts = await this.#monitors.alertsOf(requireIdentity(context.identity), page);
    return toConnection(alerts, args, ({ raisedAt, id }) => alertCursor.encode({ createdAt: raisedAt, id }), toBalanceAlert);
  }
}

@Resolver(() => BalanceAlertUpdate)
export class AlertFeedResolver {
  readonly #feed: AlertFeed;
  readonly #loaders: WalletLoaders;

  constructor(feed: AlertFeed, loaders: WalletLoaders) {
    this.#feed = feed;
    this.#loaders = loaders;
  }

  @Authenticated()
  @LiveSubscription(() => BalanceAlertUpdate, {
    description: 'Crossings of your thresholds, in order, each once. Ends for who is no member of the wallet any more.',
  })
  async balanceAlertRaised(@Args(() => BalanceAlertRaisedArgs) args: BalanceAlertRaisedArgs, @Ctx() context: GraphContext) {
    const { walletId, after } = args;
    return updatesOf(await this.#feed.follow(requireIdentity(context.identity), { walletId, after, signal: context.signal }));
  }

  @FieldResolver(() => WalletType, { nullable: true, description: 'The wallet as it is now.' })
  async wallet(@Root() { walletId }: BalanceAlertUpdate, @Ctx() context: GraphContext): Promise<WalletType | null> {
    const wallet = await this.#loaders.wallet(context, walletId);
    return wallet === null ? null : toWalletType(wallet);
  }
}

@Resolver(() => BalanceAlert)
export class AlertResolver {
  readonly #loaders: WalletLoaders;

  constructor(loaders: WalletLoaders) {
    this.#loaders = loaders;
  }

  @FieldResolver(() => BalanceCause, { description: 'What moved the balance.' })
  cause(@Root() alert: BalanceAlert, @Ctx() context: GraphContext): Promise<BalanceCause> {
    return causeOf(this.#loaders, alert, context);
  }
}

async function* updatesOf(alerts: AsyncIterable<LiveAlert>): AsyncIterable<BalanceAlertUpdate> {
  for await (const { cursor, alert } of alerts) yield { cursor, alert: toBalanceAlert(alert), walletId: alert.walletId };
}
