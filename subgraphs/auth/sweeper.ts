// Background work of the identity domain: removes what is over, in bounded batches, and keeps the signing keys. Every replica runs one.
import type { Logger } from 'pino';
import type { AuthClient, AuthDeps } from './auth.deps.ts';
import type { SigningKeyService } from './signing-key.service.ts';

export interface Sweeper {
  start(): void;
  /** Resolves when no sweep is running any more. */
  stop(): Promise<void>;
  /** One round. Gives how many rows it removed. */
  sweep(): Promise<number>;
}

export function createSweeper(
  deps: Pick<AuthDeps, 'database' | 'clock' | 'policy'> & { keys: Pick<SigningKeyService, 'maintain'>; log: Logger },
): Sweeper {
  const { database, clock, policy, keys, log } = deps;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;

  const ago = (ms: number) => new Date(clock.now().getTime() - ms);

  /** Each removes one batch and says how many rows that were. */
  const removals: readonly ((client: AuthClient, limit: number) => Promise<number>)[] = [
    async (client, limit) => {
      const over = { expiresAt: { lte: clock.now() } };
      const rows = await client.signInChallenge.findMany({ where: over, select: { id: true }, take: limit });
      return (await client.signInChallenge.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } })).count;
    },
    async (client, limit) => {
      const endedBefore = ago(policy.sweep.keepEndedSessionsMs);
      const over = { OR: [{ expiresAt: { lte: endedBefore } }, { revokedAt: { lte: endedBefore } }] };
      const rows = await client.session.findMany({ where: over, select: { id: true }, take: limit });
      return (await client.session.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } })).count;
    },
    async (client, limit) => {
      const over = { confirmedAt: null, createdAt: { lte: ago(policy.totpEnrolmentTtlMs) } };
      const rows = await client.totpCredential.findMany({ where: over, select: { userId: true }, take: limit });
      // Asked again: it may have been confirmed, or begun anew, since.
      return (await client.totpCredential.deleteMany({ where: { ...over, userId: { in: rows.map(({ userId }) => userId) } } }))
        .count;
    },
    async (client, limit) => {
      const { account, address, registration } = policy.throttle;
      const forgetAfterMs = Math.max(...[account, address, registration].map((one) => one.forgetAfterMs + one.lockMsMax));
      const over = { lastAttemptAt: { lte: ago(forgetAfterMs) } };
      const rows = await client.throttle.findMany({ where: over, select: { key: true }, take: limit });
      return (await client.throttle.deleteMany({ where: { ...over, key: { in: rows.map(({ key }) => key) } } })).count;
    },
  ];

  async function sweep(): Promise<number> {
    await keys.maintain();
    let removedCount = 0;
    for (const remove of removals) removedCount += await database.transaction((tx) => remove(tx.client, policy.sweep.batchSize));
    return removedCount;
  }

  async function sweepAndReport(): Promise<void> {
    try {
      const removedCount = await sweep();
      if (removedCount > 0) log.debug({ removedCount }, 'Removed what was over');
    } catch (error) {
      log.error({ err: error }, 'Sweeping failed; it will be tried again');
    }
  }

  return {
    sweep,
    start() {
      timer ??= setInterval(() => {
        // A slow sweep is not overtaken by the next one.
        running ??= sweepAndReport().finally(() => {
          running = null;
        });
      }, policy.sweep.everyMs).unref();
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await running;
    },
  };
}
