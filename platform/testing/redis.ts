// Redis for tests: REDIS_URL, else a `redis-server` on the PATH, else the tests that need it are skipped and say how to get it.
import { describe, inject } from 'vitest';

export const howToGetRedis =
  'needs Redis: set REDIS_URL, or install redis-server (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis)';

/** The URL of this test run's Redis; null when there is none. Tests share it: keys and streams need a prefix of their own. */
export function testRedisUrl(): string | null {
  return inject('testServices').redisUrl;
}

/** A suite that needs Redis. Without one it is reported as skipped, with how to get it. */
export function describeWithRedis(name: string, suite: (redisUrl: string) => void): void {
  const url = testRedisUrl();
  if (url === null) {
    describe.skip(`${name} (${howToGetRedis})`, () => suite('redis://none'));
    return;
  }
  describe(name, () => suite(url));
}
