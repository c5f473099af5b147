// Runs transactions: one writer at a time per SQLite file, retries after lost races, actions after commit, an orderly end.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { platformErrors } from '../errors.ts';
import { isTransientConflict, toServiceError } from './database.errors.ts';
import type { Database, DatabaseTransaction } from './database.ts';
import { createMutex, type Mutex } from './mutex.ts';
import type { PrismaClientFace } from './open.ts';
import type { PostgresBatches } from './postgres-batches.ts';
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
  readonly runBatch: Database<Client>['batchTransaction'];
  /** Refuses new transactions and waits for those that run. */
  close(): Promise<void>;
}

export function createTransactionRunner<Client>(deps: {
  readonly target: DatabaseTarget;
  readonly writer: PrismaClientFace;
  /** Null where batches run as other transactions do. */
  readonly batches: PostgresBatches | null;
  readonly onActionError?: ((error: unknown) => void) | undefined;
}): TransactionRunner<Client> {
  const { target, writer, batches } = deps;
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
          return work({
            provider: target.provider,
            client: client as Client,
            onCommit: (action) => actions.push(action),
            later: async (statement) => {
              await statement;
            },
          });
        },
        { maxWait: retryBudgetMs, timeout: timeoutMs },
      ),
    );
    for (const action of actions) runAction(action, deps.onActionError);
    return result;
  }

  async function attemptBatch<T>(work: (tx: DatabaseTransaction) => Promise<T>, timeoutMs: number): Promise<T> {
    if (batches === null) return attempt(work as (tx: DatabaseTransaction<Client>) => Promise<T>, timeoutMs);
    const { result, actions } = await current.run(identity, () => batches.attempt(work, timeoutMs));
    for (const action of actions) runAction(action, deps.onActionError);
    return result;
  }

  async function attemptUntilDone<T>(attemptOnce: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + retryBudgetMs;
    for (let backoffMs = backoffFirstMs; ; backoffMs = Math.min(backoffMs * 2, backoffMaxMs)) {
      try {
        return await attemptOnce();
      } catch (error) {
        if (!isTransientConflict(target.provider, error)) throw toServiceError(error);
        if (isClosed || Date.now() > deadline) throw toServiceError(error, true);
      }
      await sleep(backoffMs * (0.5 + Math.random()));
    }
  }

  function start<T>(attemptOnce: () => Promise<T>): Promise<T> {
    if (isClosed) return Promise.reject(platformErrors.SERVICE_UNAVAILABLE({ service: 'database' }));
    if (current.getStore() === identity) {
      return Promise.reject(
        new Error('A transaction was started inside a transaction of the same database. Pass `tx` on instead.'),
      );
    }
    const task = queue
      ? queue.runExclusive(async () => {
          // libsql answers without leaving the thread: transactions in a row would keep sockets and timers waiting until the last.
          await setImmediate();
          return attemptUntilDone(attemptOnce);
        })
      : attemptUntilDone(attemptOnce);
    running.add(task);
    const forget = () => running.delete(task);
    task.then(forget, forget);
    return task;
  }

  return {
    run: (work, { timeoutMs = timeoutDefaultMs } = {}) => start(() => attempt(work, timeoutMs)),
    runBatch: (work, { timeoutMs = timeoutDefaultMs } = {}) => start(() => attemptBatch(work, timeoutMs)),
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
