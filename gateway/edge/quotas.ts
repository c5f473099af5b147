// Counts what is open (connections, subscriptions), overall and per client, so that no one client takes what is there for all.
import type { GatewayContext } from './gateway-context.ts';

export type Holder = Pick<GatewayContext, 'identity' | 'token' | 'client'>;

export interface Quota {
  readonly open: number;
  /** Takes one place. @returns what gives it back, or the limit that stands in the way. */
  take(holder: string): (() => void) | QuotaExcess;
}

export interface QuotaExcess {
  readonly max: number;
  readonly isPerClient: boolean;
}

export function createQuota({ max, perClientMax }: { readonly max: number; readonly perClientMax: number }): Quota {
  const held = new Map<string, number>();
  let open = 0;

  return {
    get open() {
      return open;
    },
    take(holder) {
      const own = held.get(holder) ?? 0;
      if (own >= perClientMax) return { max: perClientMax, isPerClient: true };
      if (open >= max) return { max, isPerClient: false };
      held.set(holder, own + 1);
      open += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        open -= 1;
        const left = (held.get(holder) ?? 1) - 1;
        if (left === 0) held.delete(holder);
        else held.set(holder, left);
      };
    },
  };
}

/** A user wherever they are; without one the address. */
export function holderOf({ identity, client }: Holder): string {
  return identity === null ? `address ${client.address ?? ''}` : `user ${identity.issuer} ${identity.userId}`;
}
