// Keeps the names to be screened in step with the domains that own them, and looks parties up.
import type { Clock } from '../../platform/clock.ts';
import type { EventConsumer } from '../../platform/events/event.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { findNormalisedNames, findSanctionsMatches, savePartyName } from './party-name.repository.ts';
import { normaliseName } from './sanctions.rules.ts';
import { consumedTypes, readExternalAccountNamed, readUserNamed } from './screening.events.ts';
import type { PartyRole, ScreenedParty } from './screening.rules.ts';

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

export function createPartyNameConsumers({ clock }: { readonly clock: Clock }): EventConsumer[] {
  const save = (tx: unknown, id: string, type: 'USER' | 'EXTERNAL_ACCOUNT', name: string) =>
    savePartyName(tx as Transaction, { id, type, name, normalisedName: normaliseName(name), updatedAt: clock.now() });
  return [
    {
      types: consumedTypes.userNamed,
      handler: {
        mode: 'transaction',
        async handle(event, tx) {
          const { userId, displayName } = readUserNamed(event);
          await save(tx, userId, 'USER', displayName);
        },
      },
    },
    {
      types: consumedTypes.externalAccountNamed,
      handler: {
        mode: 'transaction',
        async handle(event, tx) {
          const { externalAccountId, holderName } = readExternalAccountNamed(event);
          await save(tx, externalAccountId, 'EXTERNAL_ACCOUNT', holderName);
        },
      },
    },
  ];
}

/** Everybody whose name is to be screened. */
export function partyIds(participants: Participants): string[] {
  return [...rolesByParty(participants).keys()];
}

/** Two queries for all the parties of all the transactions of a batch. */
export async function lookUpParties(
  client: Pick<Client, 'partyName' | 'sanctionsName'>,
  transactions: readonly Participants[],
): Promise<PartyLookup> {
  const ids = new Set(transactions.flatMap(partyIds));
  const names = await findNormalisedNames(client, [...ids]);
  const matches = await findSanctionsMatches(
    client,
    [...new Set(names.values())].filter((name) => name !== ''),
  );
  return {
    parties: (participants) =>
      [...rolesByParty(participants)].map(([id, roles]) => {
        const normalisedName = names.get(id) ?? null;
        return { id, roles, normalisedName, matches: matches.get(normalisedName ?? '') ?? [] };
      }),
  };
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
