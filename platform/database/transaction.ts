// Runs transactions: one writer at a time per SQLite file, retries after lost races, actions after commit, an orderly end.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { platformErrors } from '../errors.ts';
import { isTransientConflict, toServiceError } from './database.errors.ts';
import type { Database, DatabaseTransaction } from './database.ts';
import { createMutex, type Mutex } from './mutex.ts';
import type { PrismaClientFace } from './open.ts';
import type { DatabaseTarget } from './target.ts';

const timeoutDefaultMs = 15_000;
/** How long a transaction is tried again before the caller is told to come back later. */
const retryBudgetMs = 10_000;
const backoffFirstMs = 2;
const backoffMaxMs = 100;

// Every opening of one file in this process shares its queue: SQLite would otherwise block the thread that holds the lock.
const fileQueues = new Map<string, Mutex>();
const current = new AsyncLocalStorage<object>();

export interface TransactionRunner<Client> {
  readonly run: Database<Client>['transaction'];
  /** Refuses new transactions and waits for those that run. */
  close(): Promise<void>;
}

export function createTransactionRunner<Client>(deps: {
  readonly target: DatabaseTarget;
  readonly writer: PrismaClientFace;
  readonly onActionError?: ((error: unknown) => void) | undefined;
}): TransactionRunner<Client> {
  const { target, writer } = deps;
  const queue = target.provider === 'sqlite' ? queueOf(target.file) : null;
  const running = new Set<Promise<unknown>>();
  const identity = {};
  let isClosed = false;

  async function attempt<T>(work: (tx: DatabaseTransaction<Client>) => Promise<T>, timeoutMs: number): Promise<T> {
    let actions: (() => void)[] = [];
    const result = await current.run(identity, () =>
      writer.$transaction(
        (client: never) => {
          actions = [];
          return work({ provider: target.provider, client: client as Client, onCommit: (action) => actions.push(action) });
        },
        { maxWait: retryBudgetMs, timeout: timeoutMs },
      ),
    );
    for (const action of actions) runAction(action, deps.onActionError);
    return result;
  }

  async function attemptUntilDone<T>(work: (tx: DatabaseTransaction<Client>) => Promise<T>, timeoutMs: number): Promise<T> {
    const deadline = Date.now() + retryBudgetMs;
    for (let backoffMs = backoffFirstMs; ; backoffMs = Math.min(backoffMs * 2, backoffMaxMs)) {
      try {
        return await attempt(work, timeoutMs);
      } catch (error) {
        if (!isTransientConflict(target.provider, error)) throw toServiceError(error);
        if (isClosed || Date.now() > deadline) throw toServiceError(error, true);
      }
      await sleep(backoffMs * (0.5 + Math.random()));
    }
  }

  return {
    run: (work, options = {}) => {
      if (isClosed) return Promise.reject(platformErrors.SERVICE_UNAVAILABLE({ service: 'database' }));
      if (current.getStore() === identity) {
        return Promise.reject(
          new Error('A transaction was started inside a transaction of the same database. Pass `tx` on instead.'),
        );
      }
      const timeoutMs = options.timeoutMs ?? timeoutDefaultMs;
      const task = queue
        ? queue.runExclusive(async () => {
            // libsql answers without leaving the thread: transactions in a row would keep sockets and timers waiting until the last.
            await setImmediate();
            return attemptUntilDone(work, timeoutMs);
          })
        : attemptUntilDone(work, timeoutMs);
      running.add(task);
      const forget = () => running.delete(task);
      task.then(forget, forget);
      return task;
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled(running);
    },
  };
}

function queueOf(file: string): Mutex {
  let queue = fileQueues.get(file);
  if (!queue) {
    queue = createMutex();
    fileQueues.set(file, queue);
  }
  return queue;
}

function runAction(action: () => void, onActionError: ((error: unknown) => void) | undefined): void {
  try {
    action();
  } catch (error) {
    if (onActionError) onActionError(error);
    else process.emitWarning(error instanceof Error ? error : String(error), 'OnCommitActionFailed');
  }
}
