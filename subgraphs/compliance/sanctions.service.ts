// Imports sanctions lists: all of a list or nothing, each import on record with its version and hash. What changes is held against everybody
// who is known (rescreening.service.ts).
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { projectRoot } from '../../platform/project-root.ts';
import { complianceAudit } from './audit.events.ts';
import type { Client } from './compliance.database.ts';
import { listParties } from './party-name.repository.ts';
import type { Actor } from './rule.service.ts';
import { type ListedParty, parseOfacCsv, parseSanctionsCsv, SanctionsListProblem } from './sanctions.csv.ts';
import { sanctionsErrors } from './sanctions.errors.ts';
import type { NameHit } from './sanctions.index.ts';
import { normaliseName } from './sanctions.names.ts';
import {
  findEntries,
  findListsInForce,
  findListVersion,
  findRescreening,
  insertList,
  insertRescreening,
  type ListFormat,
  listImports,
  type Rescreening,
  type SanctionsEntry,
  type SanctionsListImport,
} from './sanctions.repository.ts';
import type { SanctionsWatch } from './sanctions.watch.ts';
import { parseSanctionsXml } from './sanctions.xml.ts';

/** The list that ships with the product: made-up names, to show and test what a match does. Change the version with the file. */
const bundledList = {
  name: 'clawpurse-fictional',
  version: '2026-11-01',
  path: join(projectRoot, 'subgraphs', 'compliance', 'sanctions-list.csv'),
};
/** A list that loses more than this part of its parties is more likely half a file. */
const shrinkShareMax = 0.2;
const importCursor = keysetCursor('sanctionsLists', { importedAt: 'date', id: 'string' });

export interface ListInput {
  readonly name: string;
  readonly format: ListFormat;
  /** Without it: the date of publication, as the file has it, or the beginning of its hash. */
  readonly version?: string | null | undefined;
  readonly content: string;
  /** OFAC_CSV: ALT.CSV and ADD.CSV. */
  readonly aliases?: string | null | undefined;
  readonly addresses?: string | null | undefined;
  readonly acceptsShrinking?: boolean | null | undefined;
}

export interface SanctionsSearchHit extends NameHit {
  readonly entry: SanctionsEntry | null;
}

export interface SanctionsService {
  /** Imports the list that ships with the product, once; safe to call from several replicas at once. */
  importBundledList(): Promise<void>;
  /** @throws SANCTIONS_LIST_UNREADABLE, SANCTIONS_LIST_VERSION_TAKEN, SANCTIONS_LIST_SHRINKS: nothing is imported. */
  importList(list: ListInput, actor: Actor): Promise<SanctionsListImport>;
  listsInForce(): Promise<SanctionsListImport[]>;
  /** All imports, newest first. @throws INVALID_CURSOR */
  imports(args: ConnectionArgs): Promise<Connection<SanctionsListImport>>;
  /** Whom a name resembles, with every word explained. */
  search(name: string, percentMin: number): Promise<SanctionsSearchHit[]>;
  /** How far everybody who was known is held against an import; null when nobody was. */
  rescreening(listId: string): Promise<Rescreening | null>;
}

export function createSanctionsService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly watch: SanctionsWatch;
}): SanctionsService {
  const { database, outbox, clock, ids, watch } = deps;

  const importList: SanctionsService['importList'] = async (input, actor) => {
    const { name, format } = input;
    const hash = hashOf(input);
    const { parties, publishedAt } = await parse(input);
    const version = input.version ?? publishedAt ?? hash.slice(0, 12);
    const known = await findListVersion(database.client, name, version);
    if (known !== null) return requireSame(known, hash);
    await refuseShrinking(input, parties.length);
    const origin = { importedBy: actor.userId, importedAt: clock.now(), supersededAt: null };
    const list: SanctionsListImport = { id: ids.next(), name, version, format, hash, entryCount: parties.length, ...origin };
    const isImported = await database.transaction(
      async (tx) => {
        if (!(await insertList(tx, list, { names: namesOf(parties), parties }))) return false;
        if ((await listParties(tx.client, { after: '', limit: 1 })).length > 0)
          await insertRescreening(tx, { id: ids.next(), listId: list.id, at: list.importedAt });
        await outbox.append(tx, [listImported(list, actor)]);
        return true;
      },
      { timeoutMs: importTimeoutMs },
    );
    if (isImported) return list;
    const other = await findListVersion(database.client, name, version);
    if (other === null) throw new Error(`The list ${name}, version ${version}, is neither new nor known.`);
    return requireSame(other, hash);
  };

  async function refuseShrinking({ name, acceptsShrinking }: ListInput, entryCount: number): Promise<void> {
    const before = (await findListsInForce(database.client)).find((list) => list.name === name);
    if (before === undefined || acceptsShrinking === true) return;
    if (entryCount < before.entryCount * (1 - shrinkShareMax))
      throw sanctionsErrors.SANCTIONS_LIST_SHRINKS({ name, entryCount, entryCountBefore: before.entryCount });
  }

  return {
    importList,
    async importBundledList() {
      const { name, version, path } = bundledList;
      const content = await readFile(path, 'utf8');
      await importList({ name, version, format: 'CLAWPURSE_CSV', content }, { userId: 'system', requestId: null });
    },
    listsInForce: () => findListsInForce(database.client),
    rescreening: (listId) => findRescreening(database.client, listId),
    async imports(args) {
      const rows = await listImports(database.client, { after: importCursor.decode(args.after), limit: rowLimit(args) });
      return toConnection(rows, args, importCursor.encode, (list) => list);
    },
    async search(name, percentMin) {
      const hits = (await watch.current(database.client)).find(name, percentMin);
      const entries = await findEntries(
        database.client,
        hits.map(({ listed }) => listed),
      );
      return hits.map((hit) => {
        const { list, reference } = hit.listed;
        return { ...hit, entry: entries.find((entry) => entry.list === list && entry.reference === reference) ?? null };
      });
    },
  };
}

/** A list of 20,000 parties takes seconds to write. */
const importTimeoutMs = 120_000;

function hashOf({ content, aliases, addresses }: ListInput): string {
  const hash = createHash('sha256').update(content, 'utf8');
  for (const file of [aliases, addresses]) if (file) hash.update(file, 'utf8');
  return hash.digest('hex');
}

/** @throws SANCTIONS_LIST_UNREADABLE */
async function parse(input: ListInput): Promise<{ parties: readonly ListedParty[]; publishedAt: string | null }> {
  const { name, format, content, aliases, addresses } = input;
  try {
    if (format === 'CLAWPURSE_CSV') return { parties: parseSanctionsCsv(content), publishedAt: null };
    if (format === 'OFAC_CSV')
      return { parties: parseOfacCsv({ sdn: content, alt: aliases ?? '', add: addresses ?? '' }), publishedAt: null };
    return await parseSanctionsXml(format, chunksOf(content));
  } catch (error) {
    if (!(error instanceof SanctionsListProblem)) throw error;
    throw sanctionsErrors.SANCTIONS_LIST_UNREADABLE({ name, problem: error.message }, error);
  }
}

/** In pieces, so that other work gets its turn while a large file is read. */
async function* chunksOf(text: string): AsyncGenerator<string> {
  const size = 256 * 1024;
  for (let at = 0; at < text.length; at += size) {
    yield text.slice(at, at + size);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** One version is one content: a match on record must stay explainable. */
function requireSame(known: SanctionsListImport, hash: string): SanctionsListImport {
  if (known.hash === hash) return known;
  throw sanctionsErrors.SANCTIONS_LIST_VERSION_TAKEN({ name: known.name, version: known.version });
}

function namesOf(parties: readonly ListedParty[]) {
  return parties.flatMap(({ reference, names }) => {
    // Aliases often differ only in what normalisation takes away: the first, and the strongest, stands for them.
    const byNormalised = new Map<string, { name: string; isWeak: boolean }>();
    for (const { name, isWeak } of names) {
      const normalised = normaliseName(name);
      const known = byNormalised.get(normalised);
      if (known === undefined || (known.isWeak && !isWeak)) byNormalised.set(normalised, { name, isWeak });
    }
    return [...byNormalised].map(([normalisedName, { name, isWeak }]) => ({ reference, name, normalisedName, isWeak }));
  });
}

function listImported({ id, name, version, format, hash, entryCount }: SanctionsListImport, actor: Actor) {
  return complianceAudit({
    actorId: actor.userId,
    action: 'sanctions_list.import',
    resourceType: 'SanctionsList',
    resourceId: id,
    outcome: 'SUCCEEDED',
    subjectUserId: null,
    details: { name, version, format, hash, entryCount },
    requestId: actor.requestId,
  });
}
