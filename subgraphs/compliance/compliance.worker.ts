// The domain's background work besides sealing: steps of re-screening, and cases whose time is up. Every replica runs one; rows are locked
// where two would collide.
import type { Logger } from '../../platform/log.ts';
import type { RescreeningService } from './rescreening.service.ts';
import type { ReviewService } from './review.service.ts';

const everyMs = 1_000;
/** Steps of re-screening in one turn: other work gets its share of the database in between. */
const stepsMax = 10;

export interface ComplianceWorker {
  start(): void;
  stop(): Promise<void>;
}

export function createComplianceWorker(deps: {
  readonly rescreenings: RescreeningService;
  readonly reviews: Pick<ReviewService, 'expire'>;
  readonly log: Logger;
}): ComplianceWorker {
  const { rescreenings, reviews, log } = deps;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let isStopped = false;

  async function work(): Promise<void> {
    try {
      for (let step = 0; step < stepsMax && !isStopped; step += 1) {
        if (!(await rescreenings.step())) break;
      }
      const expired = await reviews.expire();
      if (expired > 0) log.info({ expired }, 'held transactions refused that nobody decided on');
    } catch (error) {
      log.warn({ err: error }, 'background work of compliance failed; trying again');
    }
  }

  return {
    start() {
      timer ??= setInterval(() => {
        running ??= work().finally(() => {
          running = null;
        });
      }, everyMs).unref();
    },
    async stop() {
      isStopped = true;
      if (timer !== null) clearInterval(timer);
      timer = null;
      await running;
    },
  };
}
