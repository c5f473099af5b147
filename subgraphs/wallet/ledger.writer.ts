// The single writer of the ledger: groups requests into batches and gives each its own answer.
// Safe with any number of replicas, because every lock is the database's.
import type { Logger } from 'pino';
import type { Ids } from '../../platform/clock.ts';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { createGroupCommit, type Settled } from '../../platform/database/group-commit.ts';
import type { ReadTime } from '../../platform/database/time.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { claimInbox } from '../../platform/events/inbox.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { isLostRace, saveJournal } from './journal.repository.ts';
import { createLedgerBook } from './ledger.book.ts';
import { fingerprintOf, type LedgerAnswer, type LedgerRequest } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { loadBook } from './ledger.repository.ts';
import { decide } from './ledger.rules.ts';

export interface LedgerWriterDeps {
  readonly database: Database<PrismaClient>;
  readonly outbox: Outbox;
  /** What time it is for the batch: holds expire and money counts by it. */
  readonly time: ReadTime;
  readonly ids: Ids;
  readonly log: Logger;
}

export interface LedgerLimits {
  /** Requests in one database transaction. */
  readonly batchSizeMax: number;
  /** Requests that may wait; more are refused with LEDGER_BUSY. */
  readonly queueSizeMax: number;
  readonly batchTimeoutMs: number;
  /** Batches at once, on different accounts: while one is written, the next is decided. SQLite has one writer. */
  readonly lanesMax: number;
}

const limitsDefault: LedgerLimits = { batchSizeMax: 500, queueSizeMax: 10_000, batchTimeoutMs: 15_000, lanesMax: 2 };
/** How often a batch is redone because another replica was faster. Each time at least one other batch has committed. */
const racesMax = 10;
/** Failures while looking for the request that spoils a batch: enough to find three in 500. */
const isolationFailuresMax = 32;

export interface LedgerWriter {
  /** @throws LEDGER_BUSY, LEDGER_STOPPED, SERVICE_UNAVAILABLE: retryable; with the same key the effect happens once. */
  submit(request: LedgerRequest): Promise<LedgerAnswer>;
  /** Requests that wait for a batch. */
  waiting(): number;
  /** Answers what was taken and takes no more. */
  stop(): Promise<void>;
}

export function createLedgerWriter(deps: LedgerWriterDeps, limits: LedgerLimits = limitsDefault): LedgerWriter {
  const { database, outbox, time, ids, log } = deps;

  /** One attempt in one transaction; `database.batchTransaction` repeats it from fresh reads after a deadlock. */
  async function attempt(tx: DatabaseTransaction, requests: readonly LedgerRequest[]): Promise<LedgerAnswer[]> {
    const isFirstDelivery = await takeClaims(tx, requests);
    // The time is read behind the locks, so that it does not go back on an account.
    const loading = Promise.all([loadBook(tx, requests), time(tx)]);
    // While the database works.
    const fingerprints = requests.map(({ key, command }) => (key === null ? '' : fingerprintOf(command)));
    const [loaded, now] = await loading;
    const book = createLedgerBook(loaded, { ids, now });
    const answers = requests.map(
      (request, index): LedgerAnswer =>
        isFirstDelivery(request) ? decide(request, fingerprints[index] ?? '', book) : { status: 'ALREADY_CONSUMED' },
    );
    await saveJournal(tx, book.journal, book.now);
    if (book.journal.events.length > 0) await outbox.append(tx, book.journal.events);
    return answers;
  }

  async function writeBatch(requests: readonly LedgerRequest[]): Promise<LedgerAnswer[]> {
    for (let races = 0; ; races += 1) {
      try {
        return await database.batchTransaction((tx) => attempt(tx, requests), { timeoutMs: limits.batchTimeoutMs });
      } catch (error) {
        if (!isLostRace(error) || races >= racesMax) throw error;
        log.debug({ races, requests: requests.length }, 'another writer was first; redoing the batch');
      }
    }
  }

  /** Halves a batch that failed, so that the request that spoils it fails alone. */
  async function writeIsolating(
    requests: readonly LedgerRequest[],
    failures: { count: number },
  ): Promise<Settled<LedgerAnswer>[]> {
    try {
      return (await writeBatch(requests)).map((answer) => ({ answer }));
    } catch (error) {
      failures.count += 1;
      log.warn({ err: error, requests: requests.length }, 'a ledger batch failed');
      if (requests.length === 1) return [{ error }];
      if (failures.count > isolationFailuresMax || !(await isReachable())) {
        return requests.map(() => ({ error: platformErrors.SERVICE_UNAVAILABLE({ service: 'ledger' }, error) }));
      }
      const middle = Math.ceil(requests.length / 2);
      return [
        ...(await writeIsolating(requests.slice(0, middle), failures)),
        ...(await writeIsolating(requests.slice(middle), failures)),
      ];
    }
  }

  async function isReachable(): Promise<boolean> {
    return database.ping().then(
      () => true,
      () => false,
    );
  }

  const commits = createGroupCommit<LedgerRequest, LedgerAnswer>({
    write: (requests) => writeIsolating(requests, { count: 0 }),
    batchSizeMax: limits.batchSizeMax,
    ...(database.provider === 'postgresql' ? { lanes: { count: limits.lanesMax, keysOf: keysOfRequest } } : {}),
    queue: { sizeMax: limits.queueSizeMax, fullError: () => ledgerErrors.LEDGER_BUSY({ queueSizeMax: limits.queueSizeMax }) },
    closedError: () => ledgerErrors.LEDGER_STOPPED({}),
  });
  return { submit: commits.submit, waiting: commits.waiting, stop: commits.close };
}

/** Claims the events behind the requests and tells which requests are the first to bring theirs. */
async function takeClaims(
  tx: DatabaseTransaction,
  requests: readonly LedgerRequest[],
): Promise<(request: LedgerRequest) => boolean> {
  const firstWith = new Map<string, LedgerRequest>();
  for (const request of requests) {
    if (request.claim !== undefined && !firstWith.has(request.claim.eventId)) firstWith.set(request.claim.eventId, request);
  }
  const claims = [...firstWith.values()].flatMap(({ claim }) => (claim === undefined ? [] : [claim]));
  const taken = claims.length === 0 ? new Set<string>() : await claimInbox(tx, claims);
  return (request) =>
    request.claim === undefined || (taken.has(request.claim.eventId) && firstWith.get(request.claim.eventId) === request);
}

/** The holders whose accounts a request surely touches; null when only the database knows. Batches that share none never wait for each other's locks. */
function keysOfRequest({ command }: LedgerRequest): readonly string[] | null {
  if (command.type !== 'POST_TRANSACTION' || command.holdId !== undefined) return null;
  return [command.source.id, command.destination.id, ...(command.fees ?? []).map(({ account }) => account)];
}
