// Holds everybody who is known against a list that has changed: a job in bounded steps, which any replica takes up where another stopped.
// What resembles a listed name opens a case.
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { insertCases } from './case.repository.ts';
import { caseAudit, caseOfHit } from './case.service.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { findVerdicts, listParties } from './party-name.repository.ts';
import { matchesOf } from './party-name.service.ts';
import { findCurrentRules } from './rule.repository.ts';
import { findListsInForce, lockRescreening, saveRescreening } from './sanctions.repository.ts';
import type { SanctionsWatch } from './sanctions.watch.ts';

/** Parties in one step: bounds the transaction, and how long other work of this process waits. */
const stepSize = 200;

export interface RescreeningService {
  /** One step of the oldest job; false when there is none. */
  step(): Promise<boolean>;
}

export function createRescreeningService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly watch: SanctionsWatch;
}): RescreeningService {
  const { database, outbox, clock, ids, watch } = deps;

  async function screenPage(tx: Transaction, job: { listId: string; cursor: string }) {
    const parties = await listParties(tx.client, { after: job.cursor, limit: stepSize });
    const list = (await findListsInForce(tx.client)).find(({ id }) => id === job.listId);
    const current = await findCurrentRules(tx.client);
    const rule = current.map((version) => version.rule).find(({ kind }) => kind === 'SANCTIONS');
    // A list that was superseded meanwhile has a job of its successor's behind it.
    if (list === undefined || rule?.kind !== 'SANCTIONS') return { parties, cases: [] };
    const index = await watch.current(tx.client);
    const verdicts = await findVerdicts(
      tx.client,
      parties.map(({ id }) => id),
    );
    const { reviewFromPercent } = rule.parameters;
    const hits = parties.flatMap((party) =>
      matchesOf(party, index, verdicts.get(party.id) ?? [])
        .filter((match) => match.list === list.name && match.verdict === null && match.percent >= reviewFromPercent)
        .map((match) => ({ party, match })),
    );
    const cases = hits.map(({ party, match }) => {
      const { reference, listVersion, percent, why } = match;
      const explanation = `The name resembles entry ${reference} of the list ${list.name}, version ${listVersion}, by ${percent} % (${why}).`;
      const alert = { ruleCode: rule.code, ruleVersion: rule.version, isShadow: false, explanation };
      const { id: partyId, normalisedName } = party;
      const key = { partyId, normalisedName, list: list.name, reference };
      return caseOfHit({ ...key, alert, reviewersNeeded: rule.reviewersMin }, { ids, at: clock.now() });
    });
    return { parties, cases: await insertCases(tx, cases) };
  }

  return {
    step: () =>
      database.transaction(async (tx) => {
        const job = await lockRescreening(tx);
        if (job === null) return false;
        const { parties, cases } = await screenPage(tx, job);
        const last = parties.at(-1);
        await saveRescreening(tx, job.id, {
          cursor: last?.id ?? job.cursor,
          parties: job.parties + parties.length,
          hits: job.hits + cases.length,
          finishedAt: parties.length < stepSize ? clock.now() : null,
        });
        const system = { userId: 'system', requestId: null };
        await outbox.append(
          tx,
          cases.map((one) => caseAudit('case.open', one, system)),
        );
        return true;
      }),
  };
}
