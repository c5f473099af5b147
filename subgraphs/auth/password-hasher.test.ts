import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../platform/config/config.ts';
import { authPolicy } from './auth.policy.ts';
import { createPasswordHasher } from './password-hasher.ts';

const cheap = { memoryKiB: 8, passes: 1, lanes: 1 };

describe('password hashing', () => {
  it('uses argon2id at the cost that OWASP recommends', async () => {
    const { passwordCost } = authPolicy(loadConfig({ NODE_ENV: 'test' }));
    expect(await createPasswordHasher(passwordCost).hash('tiny-otters-juggle')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('tells the right password from a wrong one', async () => {
    const hasher = createPasswordHasher(cheap);
    const stored = await hasher.hash('tiny-otters-juggle');
    expect(await hasher.verify(stored, 'tiny-otters-juggle')).toBe(true);
    expect(await hasher.verify(stored, 'tiny-otters-jugglf')).toBe(false);
    expect(await hasher.verify(stored, '')).toBe(false);
  });

  it('takes a password as the same one however its characters were composed', async () => {
    const hasher = createPasswordHasher(cheap);
    expect(await hasher.verify(await hasher.hash('café au lait noir'), 'cafe\u0301 au lait noir')).toBe(true);
  });

  it('refuses every password for an account that does not exist, even the decoy’s', async () => {
    const hasher = createPasswordHasher(cheap);
    expect(await hasher.verify(null, 'the password of nobody at all')).toBe(false);
  });

  it('does as much work for an account that does not exist', async () => {
    const hasher = createPasswordHasher({ memoryKiB: 8192, passes: 2, lanes: 1 });
    const stored = await hasher.hash('tiny-otters-juggle');
    const medianMs = async (hash: string | null) => {
      const times: number[] = [];
      for (let run = 0; run < 9; run++) {
        const startedMs = performance.now();
        await hasher.verify(hash, 'wrong-password-here');
        times.push(performance.now() - startedMs);
      }
      return times.toSorted((one, other) => one - other)[4] ?? 0;
    };
    const known = await medianMs(stored);
    const unknown = await medianMs(null);
    // Without the decoy the second would be a thousandth of the first.
    expect(unknown).toBeGreaterThan(known / 4);
  });

  it('knows a hash of another cost as outdated', async () => {
    const stored = await createPasswordHasher(cheap).hash('tiny-otters-juggle');
    expect(createPasswordHasher(cheap).isOutdated(stored)).toBe(false);
    expect(createPasswordHasher({ ...cheap, passes: 2 }).isOutdated(stored)).toBe(true);
  });

  it('refuses more work than it can do in time, and recovers', async () => {
    const hasher = createPasswordHasher(cheap);
    const results = await Promise.allSettled(Array.from({ length: 600 }, () => hasher.hash('tiny-otters-juggle')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(600 - 404);
    expect(refused[0]).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE', retryable: true } });
    await expect(hasher.hash('tiny-otters-juggle')).resolves.toMatch(/^\$argon2id/);
  });
});
