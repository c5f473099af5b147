// Holds the index over the lists in force, and rebuilds it when they have changed: on this replica or on another.
import type { Client } from './compliance.database.ts';
import { createSanctionsIndex, type SanctionsIndex } from './sanctions.index.ts';
import { findListsInForce, readListedNames } from './sanctions.repository.ts';

export interface SanctionsWatch {
  /** The index over what is in force for this client: inside a transaction, what that transaction sees. */
  current(client: Pick<Client, 'sanctionsList' | 'sanctionsName'>): Promise<SanctionsIndex>;
}

export function createSanctionsWatch(): SanctionsWatch {
  let held: { readonly lists: string; readonly index: Promise<SanctionsIndex> } | null = null;
  return {
    async current(client) {
      const lists = (await findListsInForce(client)).map(({ id }) => id).join();
      // Without the ids first, names of a list that is superseded meanwhile could be taken for the newer one's.
      if (held?.lists === lists) return held.index;
      // Whoever comes while it is being built waits for the same one; a failure is tried again.
      const index = readListedNames(client).then(createSanctionsIndex);
      const building = { lists, index };
      held = building;
      index.catch(() => {
        if (held === building) held = null;
      });
      return index;
    },
  };
}
