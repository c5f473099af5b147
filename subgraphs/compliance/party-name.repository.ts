// The names to be screened, and the sanctions lists they are compared with. Every query on both.
import type { Client, Transaction } from './compliance.database.ts';
import type { SanctionsMatch } from './screening.rules.ts';

export interface PartyName {
  readonly id: string;
  readonly type: 'USER' | 'EXTERNAL_ACCOUNT';
  readonly name: string;
  readonly normalisedName: string;
  readonly updatedAt: Date;
}

export async function savePartyName({ client }: Transaction, party: PartyName): Promise<void> {
  const { id, ...rest } = party;
  await client.partyName.upsert({ where: { id }, create: party, update: rest });
}

/** Normalised names by id; parties that are not known yet are absent. */
export async function findNormalisedNames(
  client: Pick<Client, 'partyName'>,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await client.partyName.findMany({ where: { id: { in: [...ids] } }, select: { id: true, normalisedName: true } });
  return new Map(rows.map((row) => [row.id, row.normalisedName]));
}

/** Entries of the lists in force, by normalised name. */
export async function findSanctionsMatches(
  client: Pick<Client, 'sanctionsName'>,
  normalisedNames: readonly string[],
): Promise<Map<string, SanctionsMatch[]>> {
  const rows = await client.sanctionsName.findMany({
    where: { normalisedName: { in: [...normalisedNames] }, list: { supersededAt: null } },
    select: { normalisedName: true, reference: true, list: { select: { name: true, version: true } } },
    orderBy: [{ listId: 'asc' }, { reference: 'asc' }],
  });
  const matches = new Map<string, SanctionsMatch[]>();
  for (const { normalisedName, reference, list } of rows) {
    const match = { list: list.name, listVersion: list.version, reference };
    matches.set(normalisedName, [...(matches.get(normalisedName) ?? []), match]);
  }
  return matches;
}
