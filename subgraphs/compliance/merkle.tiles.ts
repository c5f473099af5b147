// The tree as it is stored: tiles of 256 hashes (C2SP tlog-tiles). An append writes one tile per 256 leaves and the right edge;
// a proof reads two tiles per level of tiles. No I/O.
import { type Hash, hashNode, hashRange, type LeafRange, nodesOf, type TreeNode } from './merkle.rules.ts';

/** Levels of the tree within one tile. */
const tileHeight = 8;
export const tileWidth = 2 ** tileHeight;
const hashBytes = 32;

/** Hashes `index * 256` and following of the tree's level `level * 8`, one behind the other. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
}

export type TileAddress = Pick<Tile, 'level' | 'index'>;
export const tileKey = ({ level, index }: TileAddress): string => `${level}/${index}`;

export function hashesIn(tile: Pick<Tile, 'hashes'>): number {
  return tile.hashes.byteLength / hashBytes;
}

export function hashAt(tile: Pick<Tile, 'hashes'>, place: number): Hash {
  return tile.hashes.subarray(place * hashBytes, (place + 1) * hashBytes);
}

/** The tiles at the right edge of a tree that are not full yet: what an append goes on with. */
export function openTiles(size: number): TileAddress[] {
  const tiles: TileAddress[] = [];
  for (let [level, count] = [0, size]; count > 0; level += 1, count = Math.floor(count / tileWidth)) {
    if (count % tileWidth !== 0) tiles.push({ level, index: Math.floor(count / tileWidth) });
  }
  return tiles;
}

/** The tiles that appended leaves change or add. `open` are the tiles that `openTiles(size)` names. */
export function appendToTiles(open: readonly Tile[], size: number, leafHashes: readonly Hash[]): Tile[] {
  const changed = new Map(open.map((tile) => [tileKey(tile), tile]));
  const before = new Map(changed);
  let [level, start, hashes] = [0, size, leafHashes];
  while (hashes.length > 0) {
    const completed: Hash[] = [];
    for (let at = 0; at < hashes.length; ) {
      const index = Math.floor((start + at) / tileWidth);
      const key = tileKey({ level, index });
      const present = changed.get(key)?.hashes ?? Buffer.alloc(0);
      if (present.byteLength / hashBytes !== (start + at) % tileWidth)
        throw new Error(`The tile ${key} has ${present.byteLength / hashBytes} hashes, and the tree says otherwise.`);
      const added = hashes.slice(at, at + tileWidth - present.byteLength / hashBytes);
      const tile = { level, index, hashes: Buffer.concat([present, ...added]) };
      changed.set(key, tile);
      if (hashesIn(tile) === tileWidth) completed.push(hashTile(tile));
      at += added.length;
    }
    [level, start, hashes] = [level + 1, Math.floor(start / tileWidth), completed];
  }
  return [...changed.values()].filter((tile) => before.get(tileKey(tile)) !== tile);
}

/** The hash of a full tile: the one that it has in the level above. */
export function hashTile(tile: Tile): Hash {
  return foldHashes(tile, 0, tileWidth);
}

/** The tiles that are needed to hash these ranges. */
export function tilesFor(ranges: readonly LeafRange[]): TileAddress[] {
  const tiles = new Map<string, TileAddress>();
  for (const node of ranges.flatMap(nodesOf)) {
    const { tile } = placeOf(node);
    tiles.set(tileKey(tile), tile);
  }
  return [...tiles.values()];
}

/** Hashes ranges from their tiles. @throws when a tile is missing or too short: the stored tree is damaged. */
export function hashRanges(ranges: readonly LeafRange[], tiles: readonly Tile[]): Hash[] {
  const byKey = new Map(tiles.map((tile) => [tileKey(tile), tile]));
  const hashOf = (node: TreeNode): Hash => {
    const { tile: address, first, count } = placeOf(node);
    const tile = byKey.get(tileKey(address));
    if (tile === undefined || hashesIn(tile) < first + count)
      throw new Error(`The tile ${tileKey(address)} of the audit tree is missing or incomplete.`);
    return foldHashes(tile, first, count);
  };
  return ranges.map((range) => hashRange(range, hashOf));
}

/** Where a complete subtree lies: in which tile, and which of its hashes it covers. */
function placeOf({ level, index }: TreeNode): { tile: TileAddress; first: number; count: number } {
  const tileLevel = Math.floor(level / tileHeight);
  const count = 2 ** (level % tileHeight);
  const first = index * count;
  return { tile: { level: tileLevel, index: Math.floor(first / tileWidth) }, first: first % tileWidth, count };
}

function foldHashes(tile: Tile, first: number, count: number): Hash {
  let hashes = Array.from({ length: count }, (_, place) => hashAt(tile, first + place));
  while (hashes.length > 1) {
    hashes = Array.from({ length: hashes.length / 2 }, (_, place) =>
      hashNode(hashes[2 * place] as Hash, hashes[2 * place + 1] as Hash),
    );
  }
  return hashes[0] as Hash;
}
