// What happens to the system while the bank works: processes die, servers die and come back, connections are cut, events come again.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Dice } from '../support/dice.ts';
import type { RunningTopology } from '../support/distributed.ts';
import type { Store } from './store.ts';

/** Times that each fault was made, by its name; `failed` are those that could not be made, for example because another still lasted. */
export type FaultCounts = Record<string, number>;

const services = ['wallet-1', 'transaction-1', 'compliance-1', 'auth-1', 'gateway-1', 'gateway-2'] as const;
/** So many events of a stream are brought again. */
const rewoundEvents = 200;
const pauseMsMin = 1_000;
const pauseMsSpread = 4_000;

type Fault = readonly [name: string, make: () => Promise<unknown>];

export async function inflict(on: {
  running: RunningTopology;
  store: Store;
  dice: Dice;
  deadline: number;
  say: (line: string) => void;
}): Promise<FaultCounts> {
  const { running, store, dice, deadline, say } = on;
  const redis = new Redis(running.redisUrl, { maxRetriesPerRequest: 3, lazyConnect: true });
  redis.on('error', () => undefined);
  const faults: readonly Fault[] = [
    ...services.map((name): Fault => [`kill ${name}`, () => running.crashService(name)]),
    ['kill PostgreSQL', () => running.crashPostgres()],
    ['kill Redis', () => running.crashRedis()],
    ['flush Redis', () => redis.flushall()],
    ['drop connections', () => store.dropConnections()],
    ['redeliver events', () => rewind(redis)],
  ];
  const counts: FaultCounts = Object.fromEntries([...faults.map(([name]) => [name, 0]), ['failed', 0]]);
  try {
    // Each once in a shuffled order before any comes again, so that a short run has them all.
    for (let queue = shuffled(faults, dice); Date.now() < deadline; queue = queue.length === 0 ? shuffled(faults, dice) : queue) {
      await sleep(Math.min(pauseMsMin + dice(pauseMsSpread), Math.max(deadline - Date.now(), 0)));
      const [name, make] = queue.shift() as Fault;
      if (Date.now() >= deadline) break;
      say(name);
      await make().then(
        () => count(counts, name),
        (error: unknown) => {
          say(`${name} could not be done: ${error instanceof Error ? error.message : error}`);
          count(counts, 'failed');
        },
      );
    }
  } finally {
    redis.disconnect();
  }
  return counts;
}

function count(counts: FaultCounts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function shuffled(faults: readonly Fault[], dice: Dice): Fault[] {
  const left = [...faults];
  return faults.map(() => left.splice(dice(left.length), 1)[0] as Fault);
}

/** Sets every consumer of every stream back, so that it is given again what it has had. */
async function rewind(redis: Redis): Promise<void> {
  for (const key of await redis.keys('*')) {
    if ((await redis.type(key)) !== 'stream') continue;
    for (const group of (await redis.xinfo('GROUPS', key)) as string[][]) {
      const delivered = Number.parseInt(group[group.indexOf('last-delivered-id') + 1] ?? '0', 10);
      const name = group[group.indexOf('name') + 1] ?? '';
      await redis.xgroup('SETID', key, name, `${Math.max(delivered - rewoundEvents, 0)}-0`);
    }
  }
}
