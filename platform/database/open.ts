// Opens a domain's database: checks the file or the server, then gives a client for reads and transactions for writes.
import { statSync } from 'node:fs';
import { generatedClients } from '../../prisma/generated/clients.ts';
import type { Config } from '../config/config.ts';
import type { DomainName } from '../domains.ts';
import { isDomainError } from '../errors.ts';
import { createAdapterFactory } from './adapters.ts';
import { databaseErrors, isDamaged, isUnreachable, toServiceError } from './database.errors.ts';
import type { Database, SqlExecutor } from './database.ts';
import { pendingMigrations } from './migration-state.ts';
import { migrationStore } from './migration-store.ts';
import { type DatabaseTarget, databaseTarget, describeTarget } from './target.ts';
import { createTransactionRunner } from './transaction.ts';

/** Checking every page at start costs about a second per gigabyte; above this size `clawpurse doctor` does it instead. */
const fullCheckBytesMax = 32 * 1024 * 1024;

/** The part of a generated Prisma client that this module uses itself. */
export interface PrismaClientFace extends SqlExecutor {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $extends(extension: { query: { $allOperations(operation: QueryHook): Promise<unknown> } }): PrismaClientFace;
  $transaction<T>(work: (client: never) => Promise<T>, options: { maxWait: number; timeout: number }): Promise<T>;
}

interface QueryHook {
  readonly args: unknown;
  query(args: unknown): Promise<unknown>;
}

interface GeneratedClient {
  readonly PrismaClient: new (options: { adapter: unknown; errorFormat?: 'minimal' }) => PrismaClientFace;
}

export interface OpenDatabaseOptions {
  readonly domain: DomainName;
  readonly config: Pick<Config, 'database' | 'dataDir'>;
  /** Called with what an `onCommit` action throws: the transaction stands, so its caller must not see it. */
  readonly onActionError?: (error: unknown) => void;
}

/**
 * Opens the domain's database as the configuration says.
 *
 * @example
 * const database = await openDatabase<PrismaClient>({ domain: 'wallet', config });
 * @throws DATABASE_DAMAGED, DATABASE_MISSING, DATABASE_UNREACHABLE, DATABASE_NOT_MIGRATED, DATABASE_TOO_NEW
 */
export function openDatabase<Client = SqlExecutor>(options: OpenDatabaseOptions): Promise<Database<Client>> {
  return openTarget<Client>({
    domain: options.domain,
    target: databaseTarget(options.config, options.domain),
    onActionError: options.onActionError,
  });
}

/** As `openDatabase`, for a database that is named directly. */
export async function openTarget<Client = SqlExecutor>(options: {
  readonly domain: DomainName;
  readonly target: DatabaseTarget;
  readonly onActionError?: ((error: unknown) => void) | undefined;
}): Promise<Database<Client>> {
  const { domain, target } = options;
  await assertMigrated(domain, target);
  const { PrismaClient } = await loadGeneratedClient(domain, target.provider);
  const create = async (role: 'read' | 'write') => {
    const adapter = await createAdapterFactory(target, role, `clawpurse-${domain}`);
    return new PrismaClient({ adapter, errorFormat: 'minimal' });
  };
  const writer = await create('write');
  // SQLite's one connection for writes is busy during a transaction; reads have their own and never wait.
  const reader = target.provider === 'sqlite' ? await create('read') : writer;
  const clients = reader === writer ? [writer] : [writer, reader];

  try {
    await writer.$connect();
    if (target.provider === 'sqlite') await assertSound(writer, target.file);
    await reader.$connect();
  } catch (error) {
    await Promise.allSettled(clients.map((client) => client.$disconnect()));
    throw explainOpenFailure(error, target);
  }

  const batches = target.provider === 'sqlite' ? null : await openBatches(target, `clawpurse-${domain}`);
  const runner = createTransactionRunner<Client>({ target, writer, batches, onActionError: options.onActionError });
  return {
    provider: target.provider,
    client: withServiceErrors(reader) as unknown as Client,
    transaction: runner.run,
    batchTransaction: runner.runBatch,
    ping: async () => {
      await reader.$queryRawUnsafe('SELECT 1');
    },
    close: async () => {
      await runner.close();
      await Promise.all([batches?.close(), ...clients.map((client) => client.$disconnect())]);
    },
  };
}

async function openBatches(target: Extract<DatabaseTarget, { provider: 'postgresql' }>, applicationName: string) {
  const { createPostgresBatches } = await import('./postgres-batches.ts');
  return createPostgresBatches(target, applicationName);
}

/** A read that finds no server fails as a transaction does: retryable, and without the driver's words. */
function withServiceErrors(client: PrismaClientFace): PrismaClientFace {
  return client.$extends({
    query: {
      $allOperations: async ({ args, query }) => {
        try {
          return await query(args);
        } catch (error) {
          throw toServiceError(error);
        }
      },
    },
  });
}

async function loadGeneratedClient(domain: DomainName, provider: DatabaseTarget['provider']): Promise<GeneratedClient> {
  return (await generatedClients[domain][provider]()) as unknown as GeneratedClient;
}

async function assertMigrated(domain: DomainName, target: DatabaseTarget): Promise<void> {
  try {
    await (await migrationStore(target)).assertNotLost();
    const pending = await pendingMigrations(domain, target);
    if (pending.length > 0) throw databaseErrors.DATABASE_NOT_MIGRATED({ domain, target: describeTarget(target), pending });
  } catch (error) {
    throw explainOpenFailure(error, target);
  }
}

async function assertSound(client: SqlExecutor, file: string): Promise<void> {
  if (statSync(file).size > fullCheckBytesMax) return;
  const [row] = await client.$queryRawUnsafe<Record<string, string>[]>('PRAGMA quick_check(1)');
  const verdict = Object.values(row ?? {})[0];
  if (verdict !== 'ok') throw databaseErrors.DATABASE_DAMAGED({ path: file, problem: verdict ?? 'the check gave no answer' });
}

/** Turns what the drivers throw while a database is opened or migrated into what an operator can act on. */
export function explainOpenFailure(error: unknown, target: DatabaseTarget): unknown {
  if (isDomainError(error)) return error;
  const problem = error instanceof Error ? error.message : String(error);
  if (target.provider === 'sqlite' && isDamaged(error))
    return databaseErrors.DATABASE_DAMAGED({ path: target.file, problem }, error);
  if (target.provider === 'postgresql' && isUnreachable(error)) {
    return databaseErrors.DATABASE_UNREACHABLE({ target: describeTarget(target), problem: problem || 'no connection' }, error);
  }
  return error;
}
