// Every query on sanctions lists: importing them, reading those in force, and the screening of known parties against a new one.
import { sqltag as sql } from '@prisma/client/runtime/client';
import { columnsOf, rowset } from '../../platform/database/rowset.ts';
import type { Client, Transaction } from './compliance.database.ts';
import type { ListedParty } from './sanctions.csv.ts';
import type { ListedName } from './sanctions.index.ts';

export const listFormats = ['CLAWPURSE_CSV', 'OFAC_CSV', 'OFAC_XML', 'EU_XML', 'UN_XML'] as const;
export type ListFormat = (typeof listFormats)[number];

export interface SanctionsListImport {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly format: ListFormat;
  /** SHA-256 of the imported bytes, in hexadecimal. */
  readonly hash: string;
  /** Parties, not names. */
  readonly entryCount: number;
  readonly importedBy: string;
  readonly importedAt: Date;
  readonly supersededAt: Date | null;
}

export interface SanctionsNameRow {
  readonly reference: string;
  readonly name: string;
  readonly normalisedName: string;
  readonly isWeak: boolean;
}

/** A job that screens all known parties against a list. */
export interface Rescreening {
  readonly id: string;
  readonly listId: string;
  readonly cursor: string;
  readonly parties: number;
  readonly hits: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** Rows in one statement: bounds its parameter, a JSON text. */
const rowsMax = 5_000;

/** The list in force under each name. */
export async function findListsInForce(client: Pick<Client, 'sanctionsList'>): Promise<SanctionsListImport[]> {
  const rows = await client.sanctionsList.findMany({ where: { supersededAt: null }, orderBy: { name: 'asc' } });
  return rows.map(toList);
}

/** All imports, newest first. */
export async function listImports(
  client: Pick<Client, 'sanctionsList'>,
  page: { after: { importedAt: Date; id: string } | null; limit: number },
): Promise<SanctionsListImport[]> {
  const { after, limit } = page;
  const rows = await client.sanctionsList.findMany({
    ...(after && {
      where: {
        importedAt: { lte: after.importedAt },
        OR: [{ importedAt: { lt: after.importedAt } }, { importedAt: after.importedAt, id: { lt: after.id } }],
      },
    }),
    orderBy: [{ importedAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(toList);
}

/** Any import of this list and version, in force or not. */
export async function findListVersion(
  client: Pick<Client, 'sanctionsList'>,
  name: string,
  version: string,
): Promise<SanctionsListImport | null> {
  const row = await client.sanctionsList.findUnique({ where: { name_version: { name, version } } });
  return row && toList(row);
}

/** All names of all lists in force, for the index. */
export async function readListedNames(client: Pick<Client, 'sanctionsName'>): Promise<ListedName[]> {
  const rows = await client.sanctionsName.findMany({
    where: { list: { supersededAt: null } },
    select: { reference: true, name: true, quality: true, list: { select: { name: true, version: true } } },
    orderBy: [{ listId: 'asc' }, { reference: 'asc' }],
  });
  return rows.map(({ reference, name, quality, list }) => ({
    list: list.name,
    listVersion: list.version,
    reference,
    name,
    isWeak: quality === 'WEAK',
  }));
}

export interface SanctionsEntry extends Omit<ListedParty, 'names'> {
  readonly list: string;
}

/** What the lists in force say of parties besides their names, by list and reference. */
export async function findEntries(
  client: Pick<Client, 'sanctionsEntry'>,
  keys: readonly { list: string; reference: string }[],
): Promise<SanctionsEntry[]> {
  if (keys.length === 0) return [];
  const rows = await client.sanctionsEntry.findMany({
    where: { OR: keys.map(({ list, reference }) => ({ reference, list: { name: list, supersededAt: null } })) },
    include: { list: { select: { name: true } } },
  });
  return rows.map(({ reference, type, countries, programmes, list }) => ({
    list: list.name,
    reference,
    type: type as ListedParty['type'],
    countries: JSON.parse(countries),
    programmes: JSON.parse(programmes),
  }));
}

/**
 * Records the import and supersedes the list's earlier version; false when another replica imported this version first.
 */
export async function insertList(
  tx: Transaction,
  list: SanctionsListImport,
  content: { readonly names: readonly SanctionsNameRow[]; readonly parties: readonly ListedParty[] },
): Promise<boolean> {
  const { client, provider } = tx;
  const { id, name, version, format, hash, entryCount, importedBy, importedAt } = list;
  const inserted = await client.$executeRaw`
    INSERT INTO sanctions_list (id, name, version, format, hash, entry_count, imported_by, imported_at)
    VALUES (${id}, ${name}, ${version}, ${format}, ${hash}, ${entryCount}, ${importedBy}, ${importedAt})
    ON CONFLICT (name, version) DO NOTHING`;
  if (inserted === 0) return false;
  await client.sanctionsList.updateMany({
    where: { name, supersededAt: null, id: { not: id } },
    data: { supersededAt: importedAt },
  });
  const names = content.names.map((row) => ({
    list_id: id,
    reference: row.reference,
    normalised_name: row.normalisedName,
    name: row.name,
    quality: row.isWeak ? 'WEAK' : 'STRONG',
  }));
  for (const rows of chunks(names)) {
    const values = rowset(provider, nameColumns, rows);
    await client.$executeRaw(
      sql`INSERT INTO sanctions_name (${columnsOf(nameColumns)}) SELECT ${columnsOf(nameColumns)} FROM ${values}`,
    );
  }
  const entries = content.parties.map(({ reference, type, countries, programmes }) => ({
    list_id: id,
    reference,
    type,
    countries: JSON.stringify(countries),
    programmes: JSON.stringify(programmes),
  }));
  for (const rows of chunks(entries)) {
    const values = rowset(provider, entryColumns, rows);
    await client.$executeRaw(
      sql`INSERT INTO sanctions_entry (${columnsOf(entryColumns)}) SELECT ${columnsOf(entryColumns)} FROM ${values}`,
    );
  }
  return true;
}

export async function insertRescreening({ client }: Transaction, job: { id: string; listId: string; at: Date }): Promise<void> {
  const { id, listId, at } = job;
  await client.rescreening.create({
    data: { id, listId, state: 'RUNNING', cursor: '', parties: 0, hits: 0, startedAt: at },
  });
}

/** Locks the oldest running job until the transaction ends; null when none is running. Replicas take turns. */
export async function lockRescreening({ client }: Transaction): Promise<Rescreening | null> {
  const [row] = await client.$queryRaw<{ id: string }[]>`
    UPDATE rescreening SET state = state WHERE id = (SELECT id FROM rescreening WHERE state = 'RUNNING' ORDER BY started_at, id LIMIT 1)
      AND state = 'RUNNING' RETURNING id`;
  if (row === undefined) return null;
  return client.rescreening.findUnique({ where: { id: row.id } });
}

export async function saveRescreening(
  { client }: Transaction,
  id: string,
  step: { cursor: string; parties: number; hits: number; finishedAt: Date | null },
): Promise<void> {
  const { finishedAt, ...progress } = step;
  await client.rescreening.update({
    where: { id },
    data: { ...progress, ...(finishedAt && { state: 'DONE', finishedAt }) },
  });
}

export async function countRunningRescreenings(client: Pick<Client, 'rescreening'>): Promise<number> {
  return client.rescreening.count({ where: { state: 'RUNNING' } });
}

export async function findRescreening(client: Pick<Client, 'rescreening'>, listId: string): Promise<Rescreening | null> {
  return client.rescreening.findUnique({ where: { listId } });
}

const nameColumns = { list_id: 'text', reference: 'text', normalised_name: 'text', name: 'text', quality: 'text' } as const;
const entryColumns = { list_id: 'text', reference: 'text', type: 'text', countries: 'text', programmes: 'text' } as const;

function chunks<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsMax) }, (_, at) => rows.slice(at * rowsMax, (at + 1) * rowsMax));
}

function toList(row: Awaited<ReturnType<Client['sanctionsList']['findMany']>>[number]): SanctionsListImport {
  return { ...row, format: row.format as ListFormat };
}
