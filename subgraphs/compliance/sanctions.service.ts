// Imports sanctions lists: all of a list or nothing, each import on record with its version and hash.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { projectRoot } from '../../platform/project-root.ts';
import { complianceAudit } from './audit.events.ts';
import type { Client } from './compliance.database.ts';
import { findListsInForce, findListVersion, insertList, type SanctionsListImport } from './sanctions.repository.ts';
import { normaliseName, parseSanctionsCsv } from './sanctions.rules.ts';

/** The list that ships with the product: made-up names, to show and test what a match does. Change the version with the file. */
const bundledList = {
  name: 'clawpurse-fictional',
  version: '2026-11-01',
  path: join(projectRoot, 'subgraphs', 'compliance', 'sanctions-list.csv'),
};

export interface SanctionsService {
  /** Imports the list that ships with the product, once; safe to call from several replicas at once. */
  importBundledList(): Promise<void>;
  /** @throws {SanctionsListProblem} nothing is imported. */
  importList(list: { name: string; version: string; csv: string; importedBy: string }): Promise<SanctionsListImport>;
  listsInForce(): Promise<SanctionsListImport[]>;
}

export function createSanctionsService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
}): SanctionsService {
  const { database, outbox, clock, ids } = deps;

  const importList: SanctionsService['importList'] = async ({ name, version, csv, importedBy }) => {
    const hash = createHash('sha256').update(csv, 'utf8').digest('hex');
    const known = await findListVersion(database.client, name, version);
    if (known !== null) return requireSame(known, hash);
    const parties = parseSanctionsCsv(csv);
    const list = { id: ids.next(), name, version, hash, entryCount: parties.length, importedBy, importedAt: clock.now() };
    const isImported = await database.transaction(async (tx) => {
      const isNew = await insertList(tx, list, namesOf(parties));
      if (isNew) await outbox.append(tx, [listImported(list)]);
      return isNew;
    });
    if (isImported) return list;
    const other = await findListVersion(database.client, name, version);
    if (other === null) throw new Error(`The list ${name}, version ${version}, is neither new nor known.`);
    return requireSame(other, hash);
  };

  return {
    importList,
    async importBundledList() {
      const csv = await readFile(bundledList.path, 'utf8');
      await importList({ name: bundledList.name, version: bundledList.version, csv, importedBy: 'system' });
    },
    listsInForce: () => findListsInForce(database.client),
  };
}

/** One version is one content: a match on record must stay explainable. */
function requireSame(known: SanctionsListImport, hash: string): SanctionsListImport {
  if (known.hash === hash) return known;
  throw new Error(
    `The list ${known.name}, version ${known.version}, was imported with other content. Give the new content a new version.`,
  );
}

function namesOf(parties: ReturnType<typeof parseSanctionsCsv>) {
  return parties.flatMap(({ reference, names }) => {
    // Aliases often differ only in what normalisation takes away.
    const byNormalised = new Map(names.toReversed().map((name) => [normaliseName(name), name]));
    return [...byNormalised].map(([normalisedName, name]) => ({ reference, name, normalisedName }));
  });
}

function listImported({ id, name, version, hash, entryCount, importedBy }: SanctionsListImport) {
  return complianceAudit({
    actorId: importedBy,
    action: 'sanctions_list.import',
    resourceType: 'SanctionsList',
    resourceId: id,
    outcome: 'SUCCEEDED',
    subjectUserId: null,
    details: { name, version, hash, entryCount },
    requestId: null,
  });
}
