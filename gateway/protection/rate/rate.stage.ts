// The stages that limit how many operations an address and an identity may send. Every operation counts, whatever transport it came by.
import type { GatewayContext } from '../../edge/gateway-context.ts';
import type { Stage } from '../../edge/pipeline.ts';
import { refuse } from '../../edge/refusal.ts';
import { gatewayErrors } from '../../gateway.errors.ts';
import type { Rate, RateLimiter, Taken } from './rate-limiter.ts';

export interface RateStageOptions {
  readonly limiter: RateLimiter;
  readonly rate: Rate;
  /** Whom an operation counts for; null for those that this limit does not concern. */
  callerOf(context: GatewayContext): string | null;
  readonly onRefused: () => void;
}

export function rateStage({ limiter, rate, callerOf, onRefused }: RateStageOptions): Stage {
  const { amount: limit, windowMs } = rate;

  function check({ isAllowed, retryAfterMs }: Taken): void {
    if (isAllowed) return;
    onRefused();
    const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
    throw refuse(gatewayErrors.RATE_LIMITED({ limit, windowSeconds: windowMs / 1000, retryAfterSeconds }), { status: 429 });
  }

  return (request, next) => {
    const caller = callerOf(request.context);
    if (caller === null) return next(request);
    const taken = limiter.take(caller, 1);
    if (taken instanceof Promise)
      return taken.then((decided) => {
        check(decided);
        return next(request);
      });
    check(taken);
    return next(request);
  };
}

/** The address that an operation comes from. Of IPv6 the network of a site, since every machine has as many addresses as it likes. */
export function addressCaller({ client }: Pick<GatewayContext, 'client'>): string | null {
  const { address } = client;
  if (address === null) return null;
  if (!address.includes(':')) return address;
  // An IPv4 address in IPv6 clothes.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? networkOf(address);
}

/** The first four of the eight groups. */
function networkOf(address: string): string {
  const [head = '', tail = ''] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0') : [];
  return `${[...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** The user that an operation comes from; null for anonymous ones. */
export function identityCaller({ identity }: Pick<GatewayContext, 'identity'>): string | null {
  return identity === null ? null : `${identity.issuer} ${identity.userId}`;
}
