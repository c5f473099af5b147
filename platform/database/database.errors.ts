// What can go wrong with a database as a whole, said so that an operator knows what to do; and which failures are worth another try.
import { type DomainError, defineErrors, isDomainError, platformErrors } from '../errors.ts';
import type { DatabaseProvider } from './database.ts';

export const databaseErrors = defineErrors({
  DATABASE_DAMAGED: {
    message: (d: { path: string; problem: string }) =>
      `The database file ${d.path} is damaged (${d.problem}). Restore it from a backup, or, to begin again without its data, move it away together with its -wal, -shm and .lock files.`,
  },
  DATABASE_MISSING: {
    message: (d: { path: string }) =>
      `The database file ${d.path} existed and is gone. Restore it from a backup, or, to begin again without its data, delete ${d.path}.lock.`,
  },
  DATABASE_UNREACHABLE: {
    message: (d: { target: string; problem: string }) =>
      `The database ${d.target} cannot be used: ${d.problem}. Check that it runs and that the URL, user and password are right.`,
    retryable: true,
  },
  DATABASE_NOT_MIGRATED: {
    message: (d: { domain: string; target: string; pending: string[] }) =>
      `The ${d.domain} database (${d.target}) lacks the migrations ${d.pending.join(', ')}. Run: npm run migrate -- ${d.domain}`,
  },
  DATABASE_TOO_NEW: {
    message: (d: { domain: string; target: string; unknown: string[] }) =>
      `The ${d.domain} database (${d.target}) has migrations that this version does not know: ${d.unknown.join(', ')}. Run the version that wrote it, or a newer one.`,
  },
  MIGRATION_EDITED: {
    message: (d: { domain: string; migration: string }) =>
      `The migration ${d.migration} of ${d.domain} was changed after it had been applied. Undo the change and write a new migration.`,
  },
  MIGRATION_FAILED: {
    message: (d: { domain: string; target: string; problem: string }) =>
      `A migration of the ${d.domain} database (${d.target}) failed and was undone: ${d.problem}`,
  },
});

/** What the adapters throw for a text with a NUL character. No `DomainError`, because Prisma takes an error with a code for its own. */
export class NulInTextError extends Error {
  constructor() {
    super('A text holds a NUL character.');
    this.name = 'NulInTextError';
  }
}

/** The driver's own code (SQLSTATE, or SQLite's result code) and Prisma's, wherever they hide in an error. */
interface ErrorCodes {
  readonly prisma: string | null;
  readonly kind: string | null;
  readonly driver: string | null;
}

function codesOf(error: unknown): ErrorCodes {
  const outer = asRecord(error);
  // Prisma wraps the adapter's error in `meta`; outside of queries the adapter's error comes bare, its payload in `cause`.
  const adapterError = asRecord(asRecord(outer?.meta)?.driverAdapterError) ?? outer;
  const payload = asRecord(adapterError?.cause);
  const code = outer?.code;
  const driver = payload?.originalCode ?? outer?.rawCode ?? payload?.code ?? code;
  return {
    prisma: typeof code === 'string' && /^P\d{4}$/.test(code) ? code : null,
    kind: typeof payload?.kind === 'string' ? payload.kind : null,
    driver: driver === undefined ? null : String(driver),
  };
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}

const sqlitePrimaryCodeMask = 0xff;
const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteDamaged = new Set([11, 26]);

function sqlitePrimaryCode(error: unknown): number | null {
  const code = Number(codesOf(error).driver);
  return Number.isInteger(code) ? code & sqlitePrimaryCodeMask : null;
}

/** True when Prisma was refused a row because one with its key is there. */
export function isUniqueViolation(error: unknown): boolean {
  return codesOf(error).prisma === 'P2002';
}

/** True when the transaction lost a race and did not happen: deadlock, serialisation failure, busy file. */
export function isTransientConflict(provider: DatabaseProvider, error: unknown): boolean {
  const { prisma, kind, driver } = codesOf(error);
  if (provider === 'sqlite') {
    const code = sqlitePrimaryCode(error);
    return code === sqliteBusy || code === sqliteLocked || kind === 'SocketTimeout';
  }
  return prisma === 'P2034' || kind === 'TransactionWriteConflict' || driver === '40001' || driver === '40P01';
}

/** The table whose unique constraint refused a row; null when the failure was another. */
export function violatedTable(error: unknown): string | null {
  const outer = asRecord(error);
  const adapterError = asRecord(asRecord(outer?.meta)?.driverAdapterError) ?? outer;
  const payload = asRecord(adapterError?.cause);
  if (outer?.code === '23505') return typeof outer.table === 'string' ? outer.table : null;
  if (payload?.kind !== 'UniqueConstraintViolation') return null;
  if (typeof payload.table === 'string') return payload.table;
  // SQLite names it in words: "UNIQUE constraint failed: account.id".
  return /UNIQUE constraint failed: (\w+)\./.exec(String(payload.originalMessage ?? ''))?.[1] ?? null;
}

const unreachablePrismaCodes = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2037',
]);
const unreachableKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
]);
// 08: connection exceptions; 53300: too many connections; 57P01 to 57P03: the server is shutting down or starting.
const unreachableDriverCode = /^(08...|53300|57P0[123]|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/;

/** True when the server did not answer or went away; whether the transaction was committed may be unknown. */
export function isUnreachable(error: unknown): boolean {
  const { prisma, kind, driver } = codesOf(error);
  if (prisma !== null && unreachablePrismaCodes.has(prisma)) return true;
  // Failures of raw queries all have one code of Prisma's; the adapter's word is more precise.
  if (kind !== null && unreachableKinds.has(kind)) return true;
  if (driver !== null && unreachableDriverCode.test(driver)) return true;
  const message = error instanceof Error ? error.message : '';
  return /Can't reach database server|Connection terminated|is not queryable|timeout exceeded when trying to connect|Unable to start a transaction in the given time/.test(
    message,
  );
}

/** True when SQLite found that the file is not, or no longer, a sound database. */
export function isDamaged(error: unknown): boolean {
  const code = sqlitePrimaryCode(error);
  return code !== null && sqliteDamaged.has(code);
}

/** What a caller gets when the database cannot serve: known failures pass, impossible input is the caller's, lost connections become retryable. */
export function toServiceError(error: unknown, giveUp = false): unknown {
  if (isDomainError(error)) return error;
  if (error instanceof NulInTextError)
    return platformErrors.BAD_USER_INPUT({ field: 'input', problem: 'contains a NUL character (U+0000)' }, error);
  if (giveUp || isUnreachable(error))
    return platformErrors.SERVICE_UNAVAILABLE({ service: 'database' }, error) satisfies DomainError;
  return error;
}
