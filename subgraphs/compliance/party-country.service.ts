// The countries of parties, as officers find them out; those that other domains know come with the names.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { complianceAudit } from './audit.events.ts';
import type { Client } from './compliance.database.ts';
import { savePartyCountry } from './party-name.repository.ts';
import type { Actor } from './rule.service.ts';
import { sanctionsErrors } from './sanctions.errors.ts';

export interface PartyCountry {
  readonly partyId: string;
  /** ISO 3166-1 alpha-2; null: not known any more. */
  readonly country: string | null;
}

export interface PartyCountryService {
  /** @throws PARTY_NOT_FOUND, BAD_USER_INPUT */
  record(input: PartyCountry, actor: Actor): Promise<PartyCountry>;
}

export function createPartyCountryService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
}): PartyCountryService {
  const { database, outbox, clock } = deps;
  return {
    record: ({ partyId, country }, actor) =>
      database.transaction(async (tx) => {
        if (country !== null && !/^[A-Z]{2}$/.test(country))
          throw platformErrors.BAD_USER_INPUT({ field: 'input.country', problem: 'must be an ISO 3166-1 alpha-2 code' });
        if (!(await savePartyCountry(tx, partyId, country, clock.now()))) throw sanctionsErrors.PARTY_NOT_FOUND({ partyId });
        const audit = complianceAudit({
          actorId: actor.userId,
          action: 'party.record_country',
          resourceType: 'Party',
          resourceId: partyId,
          outcome: 'SUCCEEDED',
          subjectUserId: null,
          details: { country },
          requestId: actor.requestId,
        });
        await outbox.append(tx, [audit]);
        return { partyId, country };
      }),
  };
}
