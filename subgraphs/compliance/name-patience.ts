// Waits, within bounds, for names that are still on their way: a registration's event may arrive after the first transaction's.
import DataLoader from 'dataloader';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Client } from './compliance.database.ts';
import { findParties } from './party-name.repository.ts';
import { type Participants, partyIds } from './party-name.service.ts';

/** How long a transaction waits for a name before it is screened without it, which holds it for review. */
export const nameWaitMsMax = 10_000;
/** Events whose wait is remembered: those that another replica finished are forgotten here, oldest first. */
const waitingMax = 10_000;

export interface NamePatience {
  /**
   * Resolves when every party has a name, or when the wait is over.
   * @throws when a name is missing and may still come: the event is parked and delivered again, and blocks no other meanwhile.
   */
  expect(eventId: string, participants: Participants): Promise<void>;
  forget(eventId: string): void;
}

export function createNamePatience({
  database,
  clock,
}: {
  readonly database: Database<Client>;
  readonly clock: Clock;
}): NamePatience {
  // Counted from the first look, not from the request: after an outage both events are old, and in no order.
  const firstMissedAt = new Map<string, number>();
  // Requests that arrive together are looked up together.
  const known = new DataLoader(
    async (ids: readonly string[]) => {
      const names = await findParties(database.client, ids);
      return ids.map((id) => names.has(id));
    },
    { cache: false, maxBatchSize: 1_000 },
  );
  return {
    async expect(eventId, participants) {
      const ids = partyIds(participants);
      const isKnown = await known.loadMany(ids);
      const unknown = ids.filter((_id, index) => isKnown[index] !== true);
      if (unknown.length === 0) return;
      const now = clock.now().getTime();
      const since = firstMissedAt.get(eventId) ?? now;
      if (now - since >= nameWaitMsMax) return;
      firstMissedAt.set(eventId, since);
      const [oldest] = firstMissedAt.keys();
      if (firstMissedAt.size > waitingMax && oldest !== undefined) firstMissedAt.delete(oldest);
      throw new DomainError('NAME_ON_ITS_WAY', `The names of ${unknown.join(', ')} have not arrived yet.`, { retryable: true });
    },
    forget: (eventId) => firstMissedAt.delete(eventId),
  };
}
