// `clawpurse seed`: starts the subgraphs without a gateway until the demonstration data and everything that follows from them are written.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../platform/config/config.ts';
import { createLogger } from '../platform/log.ts';
import { createShutdown } from '../platform/server/shutdown.ts';
import type { RunningSubgraph } from '../platform/server/subgraph-service.ts';
import { startSubgraphs } from './embedded.ts';
import { CommandError } from './failure.ts';
import { createProgress } from './progress.ts';

const pollMs = 250;
/** The opening deposits pass through three domains; when nothing has moved for this long, they have arrived. */
const quietMs = 2_000;
const limitMs = 60_000;

export async function seed(config: Config): Promise<void> {
  const log = createLogger(config, 'clawpurse');
  const shutdown = createShutdown({ log, limitMs });
  const progress = createProgress();
  try {
    const { subgraphs } = await startSubgraphs(config, log, shutdown, progress);
    await progress.step('Wait for the events to settle', () => untilQuiet(subgraphs));
  } finally {
    await shutdown.run('the data are written');
  }
}

async function untilQuiet(subgraphs: readonly RunningSubgraph[]): Promise<void> {
  const deadline = Date.now() + limitMs;
  let quietSince = Date.now();
  let last = '';
  while (Date.now() - quietSince < quietMs) {
    if (Date.now() > deadline)
      throw new CommandError(
        `The demonstration data were not complete after ${limitMs / 1000} s. Run it again: it goes on where it was.`,
      );
    await sleep(pollMs);
    const states = await Promise.all(subgraphs.map(({ events }) => events.status()));
    const now = states.map(({ lastPosition, parked }) => `${lastPosition}/${parked}`).join(' ');
    const isDelivered = states.every(({ lastPosition, publishedTo }) => publishedTo === null || publishedTo >= lastPosition);
    if (now !== last || !isDelivered) quietSince = Date.now();
    last = now;
  }
}
