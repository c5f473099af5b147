// The names and countries of parties, and what people have decided about their likeness to listed ones. Every query on both.
import type { Client, Transaction } from './compliance.database.ts';

export interface PartyName {
  readonly id: string;
  readonly type: 'USER' | 'EXTERNAL_ACCOUNT';
  readonly name: string;
  readonly normalisedName: string;
  /** Who a user is, or whom an external account belongs to; null where it was not told. */
  readonly ownerId: string | null;
  /** ISO 3166-1 alpha-2; null: nobody has told. */
  readonly country: string | null;
}

export interface SanctionsVerdict {
  readonly partyId: string;
  readonly listName: string;
  readonly reference: string;
  readonly verdict: 'TRUE_MATCH' | 'FALSE_POSITIVE';
  /** The party's name then: another name is another question. */
  readonly normalisedName: string;
  readonly caseId: string;
  readonly decidedAt: Date;
}

/** Keeps a name. A country that is known stays when the news does not tell one. */
export async function savePartyName({ client }: Transaction, party: PartyName, updatedAt: Date): Promise<void> {
  const { id, country, ...rest } = party;
  const update = { ...rest, updatedAt, ...(country !== null && { country }) };
  await client.partyName.upsert({ where: { id }, create: { ...party, updatedAt }, update });
}

/** Records a country; false when the party is not known. */
export async function savePartyCountry({ client }: Transaction, id: string, country: string | null, at: Date): Promise<boolean> {
  const { count } = await client.partyName.updateMany({ where: { id }, data: { country, updatedAt: at } });
  return count === 1;
}

/** Parties by id; those that are not known yet are absent. */
export async function findParties(client: Pick<Client, 'partyName'>, ids: readonly string[]): Promise<Map<string, PartyName>> {
  const rows = await client.partyName.findMany({ where: { id: { in: [...ids] } } });
  return new Map(rows.map((row) => [row.id, toPartyName(row)]));
}

/** A page of all parties, in the order of their ids. */
export async function listParties(
  client: Pick<Client, 'partyName'>,
  page: { after: string; limit: number },
): Promise<PartyName[]> {
  const rows = await client.partyName.findMany({ where: { id: { gt: page.after } }, orderBy: { id: 'asc' }, take: page.limit });
  return rows.map(toPartyName);
}

export async function findVerdicts(
  client: Pick<Client, 'sanctionsVerdict'>,
  partyIds: readonly string[],
): Promise<Map<string, SanctionsVerdict[]>> {
  const rows = await client.sanctionsVerdict.findMany({ where: { partyId: { in: [...partyIds] } } });
  const byParty = new Map<string, SanctionsVerdict[]>();
  for (const row of rows) {
    const verdict = { ...row, verdict: row.verdict as SanctionsVerdict['verdict'] };
    byParty.set(row.partyId, [...(byParty.get(row.partyId) ?? []), verdict]);
  }
  return byParty;
}

/** Keeps a verdict; the last one counts. */
export async function saveVerdict({ client }: Transaction, verdict: SanctionsVerdict): Promise<void> {
  const { partyId, listName, reference } = verdict;
  const where = { partyId_listName_reference: { partyId, listName, reference } };
  await client.sanctionsVerdict.upsert({ where, create: verdict, update: verdict });
}

function toPartyName({
  id,
  type,
  name,
  normalisedName,
  ownerId,
  country,
}: Awaited<ReturnType<Client['partyName']['findMany']>>[number]) {
  return { id, type: type as PartyName['type'], name, normalisedName, ownerId, country };
}
