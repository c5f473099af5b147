import { describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import type { Config } from '../../platform/config/config.ts';
import { silentLogger } from '../../platform/log.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/auth/postgresql/client.ts';
import type { AuthClient } from './auth.deps.ts';
import { authPolicy } from './auth.policy.ts';
import { createSweeper } from './sweeper.ts';

const config: Pick<Config, 'auth'> = {
  auth: {
    issuer: 'i',
    audience: 'a',
    jwksUrl: null,
    accessTokenTtlSeconds: 600,
    refreshTokenTtlSeconds: 3600,
    keyEncryptionKey: new Uint8Array(32),
  },
};
const policy = authPolicy(config);
const day = 24 * 3_600_000;
const now = systemClock.now();
const ago = (ms: number) => new Date(now.getTime() - ms);
const noKeys = { maintain: async () => undefined };

async function aUserRow(client: AuthClient, id: string): Promise<void> {
  const at = ago(100 * day);
  const row = {
    id,
    email: `${id}@example.org`,
    displayName: id,
    passwordHash: 'x',
    status: 'ACTIVE',
    createdAt: at,
    passwordChangedAt: at,
  };
  await client.user.create({ data: row });
}

function aSessionRow(id: string, life: { expiresAt: Date; revokedAt: Date | null }) {
  const at = ago(90 * day);
  return { id, userId: 'u', methods: 'pwd', refreshSalt: 's', rotatedAt: at, createdAt: at, lastUsedAt: at, ...life };
}

describeEachDatabase('the sweeper', (open) => {
  const sweeperOf = (database: Awaited<ReturnType<typeof open<PrismaClient>>>, batchSize = 500) =>
    createSweeper({
      database,
      clock: { now: () => now },
      policy: { ...policy, sweep: { ...policy.sweep, batchSize, everyMs: 5 } },
      keys: noKeys,
      log: silentLogger(),
    });

  it('removes what is over, and nothing else', async () => {
    const database = await open<PrismaClient>('auth');
    await database.transaction(async ({ client }) => {
      for (const id of ['u', 'v']) await aUserRow(client, id);
      await client.session.createMany({
        data: [
          aSessionRow('live', { expiresAt: ago(-day), revokedAt: null }),
          aSessionRow('ended lately', { expiresAt: ago(29 * day), revokedAt: null }),
          aSessionRow('expired long ago', { expiresAt: ago(31 * day), revokedAt: null }),
          aSessionRow('revoked long ago', { expiresAt: ago(-day), revokedAt: ago(31 * day) }),
        ],
      });
      const challenge = (id: string, expiresAt: Date) => ({ id, tokenHash: id, userId: 'u', createdAt: ago(day), expiresAt });
      await client.signInChallenge.createMany({ data: [challenge('open', ago(-1000)), challenge('over', ago(1000))] });
      await client.totpCredential.createMany({
        data: [
          { userId: 'u', sealedSecret: 'x', createdAt: ago(day), confirmedAt: ago(day) },
          { userId: 'v', sealedSecret: 'x', createdAt: ago(day) },
        ],
      });
      const throttle = (key: string, lastAttemptAt: Date) => ({ key, failures: 3, lastAttemptAt });
      await client.throttle.createMany({ data: [throttle('fresh', ago(1000)), throttle('forgotten', ago(day))] });
    });

    expect(await sweeperOf(database).sweep()).toBe(5);
    const { client } = database;
    const names = <Row>(rows: Row[], key: keyof Row) => rows.map((row) => row[key]).toSorted();
    expect(names(await client.session.findMany(), 'id')).toEqual(['ended lately', 'live']);
    expect(names(await client.signInChallenge.findMany(), 'id')).toEqual(['open']);
    expect(names(await client.totpCredential.findMany(), 'userId')).toEqual(['u']);
    expect(names(await client.throttle.findMany(), 'key')).toEqual(['fresh']);
    expect(await sweeperOf(database).sweep()).toBe(0);
  });

  it('works in bounded batches', async () => {
    const database = await open<PrismaClient>('auth');
    await database.transaction(async ({ client }) => {
      const keys = Array.from({ length: 25 }, (_, index) => `key ${index}`);
      await client.throttle.createMany({ data: keys.map((key) => ({ key, failures: 1, lastAttemptAt: ago(day) })) });
    });
    const sweeper = sweeperOf(database, 10);
    expect([await sweeper.sweep(), await sweeper.sweep(), await sweeper.sweep(), await sweeper.sweep()]).toEqual([10, 10, 5, 0]);
  });

  it('runs in the background until it is stopped, and survives a failure', async () => {
    const database = await open<PrismaClient>('auth');
    let rounds = 0;
    let reached: () => void = () => {};
    const thirdRound = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const keys = {
      async maintain() {
        rounds++;
        if (rounds === 3) reached();
        if (rounds === 1) throw new Error('the database was away');
      },
    };
    const sweeper = createSweeper({
      database,
      clock: systemClock,
      policy: { ...policy, sweep: { ...policy.sweep, everyMs: 2 } },
      keys,
      log: silentLogger(),
    });
    sweeper.start();
    await thirdRound;
    await sweeper.stop();
    const atStop = rounds;
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toBe(atStop);
  });
});

describe('the policy of identity', () => {
  it('follows the configured lifetimes', () => {
    expect(policy).toMatchObject({ accessTokenTtlMs: 600_000, refreshTokenTtlMs: 3_600_000 });
  });
});
