// Every query that imports a sanctions list. How names are matched against the lists is in party-name.repository.ts.
import type { Client, Transaction } from './compliance.database.ts';

export interface SanctionsListImport {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the imported bytes, in hexadecimal. */
  readonly hash: string;
  /** Parties, not names. */
  readonly entryCount: number;
  readonly importedBy: string;
  readonly importedAt: Date;
}

export interface SanctionsNameRow {
  readonly reference: string;
  readonly name: string;
  readonly normalisedName: string;
}

/** The list in force under each name. */
export async function findListsInForce(client: Pick<Client, 'sanctionsList'>): Promise<SanctionsListImport[]> {
  return client.sanctionsList.findMany({ where: { supersededAt: null }, orderBy: { name: 'asc' } });
}

/** Any import of this list and version, in force or not. */
export async function findListVersion(
  client: Pick<Client, 'sanctionsList'>,
  name: string,
  version: string,
): Promise<SanctionsListImport | null> {
  return client.sanctionsList.findUnique({ where: { name_version: { name, version } } });
}

/**
 * Records the import and supersedes the list's earlier version; false when another replica imported this version first.
 */
export async function insertList(
  { client }: Transaction,
  list: SanctionsListImport,
  names: readonly SanctionsNameRow[],
): Promise<boolean> {
  const { id, name, version, hash, entryCount, importedBy, importedAt } = list;
  const inserted = await client.$executeRaw`
    INSERT INTO sanctions_list (id, name, version, hash, entry_count, imported_by, imported_at)
    VALUES (${id}, ${name}, ${version}, ${hash}, ${entryCount}, ${importedBy}, ${importedAt})
    ON CONFLICT (name, version) DO NOTHING`;
  if (inserted === 0) return false;
  await client.sanctionsList.updateMany({
    where: { name, supersededAt: null, id: { not: id } },
    data: { supersededAt: importedAt },
  });
  await client.sanctionsName.createMany({ data: names.map((row) => ({ ...row, listId: id })) });
  return true;
}
