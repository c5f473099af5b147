// Expires holds whose time is up. Any number of replicas may sweep: a hold resolves once, whoever asks.
import type { Logger } from 'pino';
import type { Database } from '../../platform/database/database.ts';
import type { ReadTime } from '../../platform/database/time.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { findDueHolds } from './hold.repository.ts';
import { systemActor } from './ledger.commands.ts';
import type { LedgerWriter } from './ledger.writer.ts';

const intervalMsDefault = 1_000;
const holdsPerSweepMax = 500;

export interface HoldSweeper {
  /** Expires what is due now; gives how many holds it expired itself. */
  sweep(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

export function createHoldSweeper(deps: {
  database: Database<PrismaClient>;
  writer: LedgerWriter;
  time: ReadTime;
  log: Logger;
  intervalMs?: number;
  /** What else the passing of time brings about, after each sweep. */
  chores?: readonly (() => Promise<unknown>)[];
}): HoldSweeper {
  const { database, writer, time, log, intervalMs = intervalMsDefault, chores = [] } = deps;
  let timer: NodeJS.Timeout | null = null;
  let sweeping: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function sweep(): Promise<number> {
    const due = await findDueHolds(database.client, await time(database), holdsPerSweepMax);
    const answers = await Promise.all(
      due.map((holdId) =>
        writer.submit({
          key: null,
          idempotencyKey: holdId,
          command: { type: 'EXPIRE_HOLD', holdId },
          origin: { actorId: systemActor, requestId: null },
        }),
      ),
    );
    return answers.filter(({ status }) => status === 'ACCEPTED').length;
  }

  async function runChores(): Promise<void> {
    for (const run of chores)
      await run().catch((error: unknown) => log.warn({ err: error }, 'a chore of the sweep failed; trying again'));
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      sweeping = sweep()
        .then(
          (expired) => expired > 0 && log.info({ expired }, 'holds expired'),
          (error: unknown) => log.warn({ err: error }, 'expiring holds failed; trying again'),
        )
        .then(runChores)
        .then(schedule);
    }, intervalMs);
    timer.unref();
  }

  return {
    sweep,
    start: schedule,
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await sweeping;
    },
  };
}
