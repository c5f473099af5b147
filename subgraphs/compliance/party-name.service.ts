// Keeps the names to be screened in step with the domains that own them, and looks parties up.
import type { Clock } from '../../platform/clock.ts';
import type { EventConsumer } from '../../platform/events/event.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { findParties, findVerdicts, type PartyName, type SanctionsVerdict, savePartyName } from './party-name.repository.ts';
import type { NameHit, SanctionsIndex } from './sanctions.index.ts';
import { normaliseName } from './sanctions.names.ts';
import { consumedTypes, readExternalAccountNamed, readUserNamed } from './screening.events.ts';
import type { PartyRole, SanctionsMatch, ScreenedParty } from './screening.rules.ts';

interface Endpoint {
  readonly type: string;
  readonly id: string;
  readonly ownerId: string;
}

/** The people and accounts behind a transaction. */
export interface Participants {
  readonly requestedBy: string;
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** Finds the names of parties and what the sanctions lists say of them. */
export interface PartyLookup {
  parties(participants: Participants): ScreenedParty[];
}

/** Resemblances below this are not even recorded: no rule may look at less. */
const recordedPercentMin = 80;
/** Resemblances that are recorded of one party: the best ones. */
const matchesMax = 5;

export function createPartyNameConsumers({ clock }: { readonly clock: Clock }): EventConsumer[] {
  const save = (tx: unknown, party: Omit<PartyName, 'normalisedName'>) =>
    savePartyName(tx as Transaction, { ...party, normalisedName: normaliseName(party.name) }, clock.now());
  return [
    {
      types: consumedTypes.userNamed,
      handler: {
        mode: 'transaction',
        async handle(event, tx) {
          const { userId, displayName, country = null } = readUserNamed(event);
          await save(tx, { id: userId, type: 'USER', name: displayName, ownerId: userId, country });
        },
      },
    },
    {
      types: consumedTypes.externalAccountNamed,
      handler: {
        mode: 'transaction',
        async handle(event, tx) {
          const { externalAccountId, holderName, ownerId = null, country = null } = readExternalAccountNamed(event);
          await save(tx, { id: externalAccountId, type: 'EXTERNAL_ACCOUNT', name: holderName, ownerId, country });
        },
      },
    },
  ];
}

/** Everybody whose name is to be screened. */
export function partyIds(participants: Participants): string[] {
  return [...rolesByParty(participants).keys()];
}

/** Two queries for all the parties of all the transactions of a batch; the lists are in memory. */
export async function lookUpParties(
  client: Pick<Client, 'partyName' | 'sanctionsVerdict'>,
  index: SanctionsIndex,
  transactions: readonly Participants[],
): Promise<PartyLookup> {
  const ids = [...new Set(transactions.flatMap(partyIds))];
  const known = await findParties(client, ids);
  const verdicts = await findVerdicts(client, ids);
  const matches = new Map([...known.values()].map((party) => [party.id, matchesOf(party, index, verdicts.get(party.id) ?? [])]));
  return {
    parties: (participants) =>
      [...rolesByParty(participants)].map(([id, roles]) => {
        const { normalisedName = null, country = null } = known.get(id) ?? {};
        return { id, roles, normalisedName, country, matches: matches.get(id) ?? [] };
      }),
  };
}

/** What the lists say of a name, with what people have decided about it before. */
export function matchesOf(
  { name, normalisedName }: Pick<PartyName, 'name' | 'normalisedName'>,
  index: SanctionsIndex,
  verdicts: readonly SanctionsVerdict[],
): SanctionsMatch[] {
  return index.find(name, recordedPercentMin, matchesMax).map((hit) => {
    const { list, listVersion, reference } = hit.listed;
    const decided = verdicts.find(
      (one) => one.listName === list && one.reference === reference && one.normalisedName === normalisedName,
    );
    return { list, listVersion, reference, percent: hit.percent, verdict: decided?.verdict ?? null, why: describeHit(hit) };
  });
}

/** How the words go together, without the words: reviewers look the names up, and the record keeps none. */
export function describeHit({ words }: Pick<NameHit, 'words'>): string {
  const count = (likeness: string | null) => words.filter((word) => word.likeness === likeness).length;
  const parts = [
    [count('SAME'), 'the same'],
    [count('ALIKE'), 'alike'],
    [count('SOUNDS_ALIKE'), 'sounding alike'],
    [count(null), 'not found'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return `of ${words.length} ${words.length === 1 ? 'word' : 'words'} ${said.join(', ')}`;
}

/** Everybody with a name, once each: whoever asked, both owners, and the holders of external accounts. */
function rolesByParty({ requestedBy, source, destination }: Participants): Map<string, PartyRole[]> {
  const roles = new Map<string, PartyRole[]>();
  const add = (id: string, role: PartyRole) => roles.set(id, [...(roles.get(id) ?? []), role]);
  add(requestedBy, 'REQUESTER');
  add(source.ownerId, 'SOURCE_OWNER');
  if (source.type === 'EXTERNAL_ACCOUNT') add(source.id, 'SOURCE_HOLDER');
  add(destination.ownerId, 'DESTINATION_OWNER');
  if (destination.type === 'EXTERNAL_ACCOUNT') add(destination.id, 'DESTINATION_HOLDER');
  return roles;
}
