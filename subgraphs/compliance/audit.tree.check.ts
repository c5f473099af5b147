// Compares the audit log with the tree that it was sealed into, and the tree with what was signed of it: finds whoever rewrote the log,
// or the tree, with all hashes made to fit.
import { type AuditEntry, type ChainProblem, canonicalEntry } from './audit.rules.ts';
import { findCheckpoint, readTiles, readTreeSize } from './audit.tree.repository.ts';
import type { Client } from './compliance.database.ts';
import { type Hash, hashLeaf } from './merkle.rules.ts';
import { hashAt, hashesIn, hashRanges, hashTile, type Tile, tileKey, tilesFor, tileWidth } from './merkle.tiles.ts';
import { type NoteVerifier, parseCheckpoint } from './note.rules.ts';

export interface TreeCheck {
  /** The first of these entries that is not the one that was sealed; null when all are. */
  entries(entries: readonly AuditEntry[]): Promise<ChainProblem | null>;
  /** Whether the tree is the one that the last checkpoint signs. */
  root(): Promise<ChainProblem | null>;
}

/** A check against the tree as it is now. */
export async function createTreeCheck(client: Client, verifier: NoteVerifier): Promise<TreeCheck> {
  const size = await readTreeSize(client);

  async function entries(all: readonly AuditEntry[]): Promise<ChainProblem | null> {
    const sealed = all.filter(({ sequence }) => sequence <= size);
    const [first] = sealed;
    const last = sealed.at(-1);
    if (first === undefined || last === undefined) return null;
    const leaves = await readLevel(client, 0, first.sequence - 1, last.sequence);
    for (const entry of sealed) {
      const { sequence, eventId } = entry;
      const tile = leaves.get(Math.floor((sequence - 1) / tileWidth));
      const place = (sequence - 1) % tileWidth;
      if (tile === undefined || hashesIn(tile) <= place) return damaged(sequence, 'its place in the tree is empty');
      if (!hashLeaf(canonicalEntry(entry)).equals(hashAt(tile, place))) {
        const message = `Entry ${sequence} is not the one that was sealed into the tree.`;
        return { sequence, eventId, kind: 'NOT_AS_SEALED', message };
      }
    }
    return parents(first.sequence, last.sequence, [...leaves.values()]);
  }

  /** Every full tile must have its hash in the tile above, up to the top. */
  async function parents(from: number, to: number, tiles: readonly Tile[]): Promise<ChainProblem | null> {
    const full = tiles.filter((tile) => hashesIn(tile) === tileWidth);
    const level = (tiles[0]?.level ?? 0) + 1;
    if (full.length === 0) return null;
    const [start, end] = [Math.min(...full.map(({ index }) => index)), Math.max(...full.map(({ index }) => index)) + 1];
    const above = await readLevel(client, level, start, end);
    for (const tile of full) {
      const parent = above.get(Math.floor(tile.index / tileWidth));
      const place = tile.index % tileWidth;
      if (parent === undefined || hashesIn(parent) <= place || !hashTile(tile).equals(hashAt(parent, place))) {
        const first = Math.max(from, tile.index * tileWidth ** level + 1);
        return damaged(Math.min(first, to), `the tile ${tileKey(tile)} is not the one that the tree was built of`);
      }
    }
    return parents(from, to, [...above.values()]);
  }

  async function root(): Promise<ChainProblem | null> {
    if (size === 0) return null;
    const checkpoint = await findCheckpoint(client);
    if (checkpoint === null || checkpoint.size < size) return damaged(size, 'its end was never signed');
    const text = verifier.open(checkpoint.note);
    if (text === null)
      return damaged(
        checkpoint.size,
        `its last checkpoint is not signed by the key ${verifier.verifierKey} of this installation`,
      );
    const signed = parseCheckpoint(text);
    const whole = { start: 0, end: checkpoint.size };
    const tiles = await readTiles(client, tilesFor([whole]));
    const [actual] = hashRanges([whole], tiles) as [Hash];
    const isSigned = signed !== null && signed.size === checkpoint.size && signed.root.equals(actual);
    return isSigned ? null : damaged(checkpoint.size, 'its root is not the one that was signed');
  }

  return { entries, root };
}

/** The tiles of one level that hold the hashes `start` to `end`, the last one not included, by their index. */
async function readLevel(client: Client, level: number, start: number, end: number): Promise<Map<number, Tile>> {
  const first = Math.floor(start / tileWidth);
  const count = Math.floor((end - 1) / tileWidth) - first + 1;
  const addresses = Array.from({ length: count }, (_, place) => ({ level, index: first + place }));
  return new Map((await readTiles(client, addresses)).map((tile) => [tile.index, tile]));
}

function damaged(sequence: number, why: string): ChainProblem {
  return { sequence, eventId: null, kind: 'TREE_DAMAGED', message: `The tree over the audit log was tampered with: ${why}.` };
}
