// argon2id with a bounded number of hashes at work and in the queue, so that a flood of sign-ins cannot take all memory.
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { platformErrors } from '../../platform/errors.ts';
import type { PasswordCost } from './auth.policy.ts';
import { normalisePassword, passwordLengthMax } from './password.rules.ts';

export interface PasswordHasher {
  /** @throws SERVICE_UNAVAILABLE when too many hashes are waiting. */
  hash(password: string): Promise<string>;
  /**
   * True when the password is the one of the stored hash. Null for the hash of an account that does not exist: false, after the same work.
   * @throws SERVICE_UNAVAILABLE when too many hashes are waiting.
   */
  verify(stored: string | null, password: string): Promise<boolean>;
  /** True when the stored hash was made at another cost than today's. */
  isOutdated(stored: string): boolean;
}

// 4 is the size of libuv's thread pool, in which the hashes run; the queue is about 5 s of work.
const atWorkMax = 4;
const waitingMax = 400;

export function createPasswordHasher(cost: PasswordCost): PasswordHasher {
  const options = { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: cost.lanes };
  const inTurn = createQueue();
  const hashNow = (password: string) => hash(normalisePassword(password), options);
  // Made once: what a password for no account is compared with.
  const decoy = hashNow('the password of nobody at all');

  return {
    hash: (password) => inTurn(() => hashNow(password)),
    verify: (stored, password) =>
      inTurn(async () => {
        // Longer ones were never accepted; they are cut, so that they take the same time to refuse.
        const bounded = [...password.slice(0, 2 * passwordLengthMax + 2)].slice(0, passwordLengthMax + 1).join('');
        const matches = await verify(stored ?? (await decoy), normalisePassword(bounded));
        return matches && stored !== null;
      }),
    isOutdated(stored) {
      const used = parseOptions(stored);
      return used.memoryCost !== cost.memoryKiB || used.timeCost !== cost.passes || used.parallelism !== cost.lanes;
    },
  };
}

function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let atWork = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (atWork >= atWorkMax) {
      if (waiting.length >= waitingMax) throw platformErrors.SERVICE_UNAVAILABLE({ service: 'sign-in service' });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      atWork++;
    }
    try {
      return await work();
    } finally {
      // The place passes to the next in the queue, if there is one.
      const next = waiting.shift();
      if (next === undefined) atWork--;
      else next();
    }
  };
}
