// How long something may run in a token's name: until the token ends, or the newest token of the same session that was brought meanwhile.
import type { Clock } from '../clock.ts';
import type { Identity } from '../identity/identity.ts';
import type { TokenVerifier } from '../identity/token-verifier.ts';

export interface TokenLife {
  /** A token that is not valid, or not of the same session with the same rights, changes nothing. */
  renew(token: string): Promise<void>;
  stop(): void;
}

export interface TokenLifeOptions {
  readonly identity: Identity;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly onExpired: () => void;
}

/** setTimeout takes 31 bits; no token lives 24 days, and one that does is checked again by every request. */
const timerMsMax = 2 ** 31 - 1;

export function watchTokenLife({ identity, verifier, clock, onExpired }: TokenLifeOptions): TokenLife {
  let { expiresAt } = identity;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function wait(): void {
    clearTimeout(timer);
    const remainingMs = expiresAt.getTime() - clock.now().getTime();
    timer = setTimeout(onExpired, Math.min(Math.max(remainingMs, 0), timerMsMax));
  }

  wait();
  return {
    async renew(token) {
      const renewed = await verifier.verify(token).catch(() => null);
      if (isStopped || renewed === null || renewed.expiresAt <= expiresAt || !isOfSameSession(renewed, identity)) return;
      expiresAt = renewed.expiresAt;
      wait();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** What was allowed at the start of a stream is not asked again: a token with other rights is for another stream. */
function isOfSameSession(one: Identity, other: Identity): boolean {
  return (
    one.issuer === other.issuer &&
    one.userId === other.userId &&
    one.sessionId === other.sessionId &&
    isSameSet(one.permissions, other.permissions) &&
    isSameSet(new Set(one.roles), new Set(other.roles)) &&
    isSameSet(new Set(one.methods), new Set(other.methods))
  );
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}
