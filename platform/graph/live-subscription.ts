// Subscriptions as methods that return the stream itself, so that they reach their service the way queries do.
import 'reflect-metadata';
import { Extensions, Subscription } from 'type-graphql';

/** Marks a field for `buildSubgraph`, which turns the method into the field's `subscribe`. */
export const liveSubscriptionMark = 'clawpurseLiveSubscription';

/** As type-graphql's own decorator takes it: `() => Type`, `() => [Type]`, scalars and enums too. */
type ReturnType = Parameters<typeof Subscription>[0];

/**
 * A subscription whose method returns an async iterable of the results. Arguments, context, validation and authorisation work as in
 * a query; they are checked once, when the subscription starts.
 *
 * @example
 * @Authenticated()
 * @LiveSubscription(() => WalletBalanceUpdate, { description: 'Balances as they change.' })
 * walletBalanceChanged(@Args(() => BalanceArgs) args: BalanceArgs, @Ctx() context: GraphContext): AsyncIterable<WalletBalanceUpdate> {
 *   return this.wallets.followBalances(requireIdentity(context.identity), args, context.signal);
 * }
 */
export function LiveSubscription(
  returnType: ReturnType,
  options: { description: string; name?: string; nullable?: boolean },
): MethodDecorator {
  const subscription = Subscription(returnType, {
    ...options,
    subscribe: () => {
      throw new Error('buildSubgraph replaces this by the method itself.');
    },
  });
  const mark = Extensions({ [liveSubscriptionMark]: true });
  return (target, propertyKey, descriptor) => {
    mark(target, propertyKey, descriptor);
    subscription(target, propertyKey, descriptor);
  };
}
