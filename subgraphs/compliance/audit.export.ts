// Writes the audit log out as lines for `audit.export.rules.ts`: in pages, so that its length does not matter.
import { checkpointLine, entryLine, headerLine } from './audit.export.rules.ts';
import { readEntries, readHead } from './audit.repository.ts';
import { canonicalEntry } from './audit.rules.ts';
import { listCheckpoints, readTiles } from './audit.tree.repository.ts';
import type { Client } from './compliance.database.ts';
import { type Hash, hashLeaf } from './merkle.rules.ts';
import { hashAt, hashesIn, tileWidth } from './merkle.tiles.ts';
import type { NoteSigner } from './note.rules.ts';

const pageSize = 1_000;

/** Everything that is in the log when it begins; what is appended meanwhile waits for the next export. */
export async function* exportAuditLog(
  client: Client,
  { name: origin, verifierKey }: Pick<NoteSigner, 'name' | 'verifierKey'>,
): AsyncGenerator<string> {
  const head = await readHead(client);
  yield headerLine({ origin, verifierKey });
  for (let last = 0; last < head.sequence; ) {
    const entries = await readEntries(client, { from: last + 1, to: head.sequence, limit: pageSize });
    const end = entries.at(-1)?.sequence;
    if (end === undefined) throw new Error(`Entry ${last + 1} of the audit log is missing: run \`clawpurse audit\`.`);
    const notes = await notesBetween(client, last, end);
    const leafHashes = await sealedLeaves(client, last, end);
    for (const entry of entries) {
      const canonical = canonicalEntry(entry);
      // The hash that was sealed, where there is one: a row that was touched since does not fit it.
      const leafHash = leafHashes(entry.sequence) ?? hashLeaf(canonical);
      yield entryLine(leafHash.toString('base64'), canonical);
      const note = notes.get(entry.sequence);
      if (note !== undefined) yield checkpointLine(note);
    }
    last = end;
  }
}

/** The signed notes over `above` to `upTo` records, by their size: at most one for each record of a page. */
async function notesBetween(client: Client, above: number, upTo: number): Promise<Map<number, string>> {
  const checkpoints = await listCheckpoints(client, { above, upTo, limit: pageSize });
  return new Map(checkpoints.map(({ size, note }) => [size, note]));
}

/** The sealed leaf hashes of rows `above` to `upTo`; none for rows that wait for their seal. */
async function sealedLeaves(client: Client, above: number, upTo: number): Promise<(sequence: number) => Hash | undefined> {
  const first = Math.floor(above / tileWidth);
  const count = Math.floor((upTo - 1) / tileWidth) - first + 1;
  const addresses = Array.from({ length: count }, (_, place) => ({ level: 0, index: first + place }));
  const tiles = new Map((await readTiles(client, addresses)).map((tile) => [tile.index, tile]));
  return (sequence) => {
    const tile = tiles.get(Math.floor((sequence - 1) / tileWidth));
    const place = (sequence - 1) % tileWidth;
    return tile !== undefined && place < hashesIn(tile) ? hashAt(tile, place) : undefined;
  };
}
