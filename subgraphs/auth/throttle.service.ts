// Counts attempts in the database, so that all replicas agree, and refuses those that come too fast. Accounts that do not exist are
// counted like those that do.

import type { AuthClient, AuthDeps, AuthTransaction } from './auth.deps.ts';
import { authErrors } from './auth.errors.ts';
import type { ThrottlePolicy } from './auth.policy.ts';
import { networkOf, type RequestOrigin } from './request-origin.ts';
import { hasSessionFrom } from './session.repository.ts';
import { admitAttempt, type ThrottleState } from './throttle.rules.ts';

export interface AttemptSubject {
  /** Normalised; need not belong to anybody. */
  readonly email: string;
  /** Null when nobody has the address. */
  readonly userId: string | null;
}

export interface ThrottleService {
  /**
   * Counts one attempt to prove oneself, before it is checked: many at once cannot all slip through.
   * @throws TOO_MANY_ATTEMPTS
   */
  admit(subject: AttemptSubject, origin: RequestOrigin): Promise<Attempt>;
  /**
   * Takes back what a good attempt had counted: the account's counter is cleared, the address has one failure less. The address is not
   * cleared, or whoever has one account could guess at others for ever.
   */
  forgive(tx: AuthTransaction, attempt: Attempt): Promise<void>;
  /** @throws TOO_MANY_ATTEMPTS */
  admitRegistration(origin: RequestOrigin): Promise<void>;
}

/** An attempt that was admitted, and where it was counted. */
export interface Attempt {
  readonly accountKey: string;
  readonly addressKey: string | null;
  /** Attempts on the account that were not forgiven, this one included. */
  readonly failuresCount: number;
  /** For how long the account refuses further attempts, unless this one is good. */
  readonly lockedForSeconds: number;
}

interface Counter {
  readonly key: string;
  readonly policy: ThrottlePolicy;
}

const familiarForMs = 30 * 24 * 60 * 60 * 1000;

export function createThrottleService({ database, clock, policy, secrets }: AuthDeps): ThrottleService {
  const keyOf = (kind: string, value: string) => `${kind}:${secrets.keyedHash(`throttle-${kind}`, value)}`;

  /**
   * An address from which the account's owner has signed in before has a counter of its own, so that strangers who guess at an account
   * cannot lock its owner out.
   */
  async function accountCounter(client: AuthClient, subject: AttemptSubject, origin: RequestOrigin): Promise<Counter> {
    const since = new Date(clock.now().getTime() - familiarForMs);
    const isFamiliar = origin.address !== null && (await hasSessionFrom(client, subject.userId ?? '', origin.address, since));
    const key = isFamiliar ? keyOf('familiar', `${subject.email} ${origin.address}`) : keyOf('account', subject.email);
    return { key, policy: policy.throttle.account };
  }

  const addressCounter = (kind: 'address' | 'registration', origin: RequestOrigin): Counter | null =>
    origin.address === null ? null : { key: keyOf(kind, networkOf(origin.address)), policy: policy.throttle[kind] };

  /** Counts an attempt at each of them, or at none; gives their new states by key. */
  async function count(counters: readonly Counter[]): Promise<ReadonlyMap<string, ThrottleState>> {
    const now = clock.now();
    const outcome = await database.transaction(async (tx) => {
      const next = new Map<string, ThrottleState>();
      let refusedUntil: Date | null = null;
      // In one order, so that two attempts that share counters wait for each other instead of dying.
      for (const counter of counters.toSorted((one, other) => (one.key < other.key ? -1 : 1))) {
        const admission = admitAttempt(await lockThrottle(tx.client, counter.key, now), counter.policy, now);
        if (admission.isAdmitted) next.set(counter.key, admission.next);
        else if (refusedUntil === null || admission.retryAt > refusedUntil) refusedUntil = admission.retryAt;
      }
      if (refusedUntil !== null) return { refusedUntil };
      for (const [key, data] of next) await tx.client.throttle.update({ where: { key }, data });
      return { next };
    });
    if (outcome.next === undefined)
      throw authErrors.TOO_MANY_ATTEMPTS({ retryAfterSeconds: secondsUntil(outcome.refusedUntil, now) });
    return outcome.next;
  }

  return {
    async admit(subject, origin) {
      const account = await accountCounter(database.client, subject, origin);
      const address = addressCounter('address', origin);
      const state = (await count(address === null ? [account] : [account, address])).get(account.key);
      return {
        accountKey: account.key,
        addressKey: address?.key ?? null,
        failuresCount: state?.failures ?? 0,
        lockedForSeconds: state?.lockedUntil ? secondsUntil(state.lockedUntil, state.lastAttemptAt) : 0,
      };
    },

    async forgive(tx, { accountKey, addressKey }) {
      await tx.client.throttle.deleteMany({ where: { key: accountKey } });
      if (addressKey === null) return;
      await tx.client.throttle.updateMany({
        where: { key: addressKey, failures: { gt: 0 } },
        data: { failures: { decrement: 1 }, lockedUntil: null },
      });
    },

    async admitRegistration(origin) {
      const address = addressCounter('registration', origin);
      if (address !== null) await count([address]);
    },
  };
}

async function lockThrottle(client: AuthClient, key: string, now: Date) {
  return client.throttle.upsert({
    where: { key },
    create: { key, failures: 0, lastAttemptAt: now, lockedUntil: null },
    // Changes nothing, but takes the row's lock.
    update: { failures: { increment: 0 } },
  });
}

function secondsUntil(then: Date, now: Date): number {
  return Math.max(1, Math.ceil((then.getTime() - now.getTime()) / 1000));
}
