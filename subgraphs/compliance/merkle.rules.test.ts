import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyPath,
  createGrowingTree,
  emptyRoot,
  type Hash,
  hashLeaf,
  hashNode,
  inclusionPath,
  type LeafRange,
  verifyConsistency,
  verifyInclusion,
} from './merkle.rules.ts';
import { appendToTiles, hashRanges, openTiles, type Tile, tileKey, tilesFor } from './merkle.tiles.ts';

/** The leaves, roots and proofs that the implementations of Certificate Transparency share. */
const reference = {
  leaves: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ),
  roots: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
  inclusion: [
    [
      0,
      8,
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
    [
      5,
      8,
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  consistency: [
    [
      6,
      8,
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
    [
      2,
      5,
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
} as const;

/** The definition of the RFC, word for word: slow, and easy to believe. */
function rootOf(hashes: readonly Hash[]): Hash {
  if (hashes.length <= 1) return hashes[0] ?? emptyRoot;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return hashNode(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

/** A tree that is kept in tiles and grows by batches. */
function tiledTree(hashes: readonly Hash[], batchSize: number) {
  const stored = new Map<string, Tile>();
  const load = (keys: readonly { level: number; index: number }[]) => keys.flatMap((key) => stored.get(tileKey(key)) ?? []);
  for (let size = 0; size < hashes.length; size += batchSize) {
    for (const tile of appendToTiles(load(openTiles(size)), size, hashes.slice(size, size + batchSize)))
      stored.set(tileKey(tile), tile);
  }
  return {
    tiles: stored.size,
    hash: (...ranges: LeafRange[]) => hashRanges(ranges, load(tilesFor(ranges))),
    read: (...ranges: LeafRange[]) => tilesFor(ranges).length,
  };
}

const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));
const leafHashes = Array.from({ length: 700 }, (_, index) => hashLeaf(`leaf ${index}`));

describe('the Merkle tree', () => {
  it('has the roots and proofs of the reference', () => {
    const hashes = reference.leaves.map(hashLeaf);
    const growing = createGrowingTree();
    for (const [size, root] of reference.roots.entries()) {
      expect(growing.root().toString('hex')).toBe(root);
      expect(rootOf(hashes.slice(0, size)).toString('hex')).toBe(root);
      if (size < hashes.length) growing.append(hashes[size] as Hash);
    }
    const tree = tiledTree(hashes, 3);
    for (const [index, size, ...proof] of reference.inclusion) {
      expect(hex(tree.hash(...inclusionPath(index, size)))).toEqual(proof);
    }
    for (const [from, to, ...proof] of reference.consistency) {
      expect(hex(tree.hash(...consistencyPath(from, to)))).toEqual(proof);
    }
  });

  it('proves every leaf and every earlier tree, whatever its size and however it grew', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: leafHashes.length }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        fc.nat(),
        (total, batchSize, one, other) => {
          const tree = tiledTree(leafHashes.slice(0, total), batchSize);
          const size = 1 + (one % total);
          const [index, from] = [other % size, other % (size + 1)];
          const [root, fromRoot] = tree.hash({ start: 0, end: size }, { start: 0, end: from }) as [Hash, Hash];
          expect(root).toEqual(rootOf(leafHashes.slice(0, size)));
          const proof = tree.hash(...inclusionPath(index, size));
          const inclusion = { leafHash: leafHashes[index] as Hash, index, size, proof, root };
          expect(verifyInclusion(inclusion)).toBe(true);
          expect(verifyInclusion({ ...inclusion, leafHash: hashLeaf('another') })).toBe(false);
          expect(verifyInclusion({ ...inclusion, index: (index + 1) % size })).toBe(size === 1);
          expect(verifyInclusion({ ...inclusion, proof: [...proof, root] })).toBe(false);
          const path = tree.hash(...consistencyPath(from, size));
          const growth = { from, to: size, fromRoot, toRoot: root, proof: path };
          expect(verifyConsistency(growth)).toBe(true);
          expect(verifyConsistency({ ...growth, fromRoot: hashLeaf('another') })).toBe(false);
          if (from > 0) expect(verifyConsistency({ ...growth, toRoot: hashLeaf('another') })).toBe(false);
          for (const place of [0, path.length - 1].filter((at) => at in path)) {
            expect(verifyConsistency({ ...growth, proof: path.with(place, hashLeaf('forged')) })).toBe(false);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is kept in one tile per 256 leaves, and proven from two tiles per level', () => {
    const tree = tiledTree(leafHashes, 64);
    expect(tree.tiles).toBe(4);
    for (const size of [1, 255, 256, 257, 512, 700]) {
      expect(tree.read(...inclusionPath(0, size))).toBeLessThanOrEqual(4);
      expect(tree.read(...consistencyPath(Math.ceil(size / 2), size))).toBeLessThanOrEqual(4);
    }
    expect(tilesFor(inclusionPath(123_456_789, 1_000_000_000)).length).toBeLessThanOrEqual(8);
  });

  it('knows nothing of leaves that are not there', () => {
    expect(() => inclusionPath(5, 5)).toThrow('no leaf 5');
    expect(() => consistencyPath(6, 5)).toThrow('cannot grow');
    const root = emptyRoot;
    expect(verifyInclusion({ leafHash: root, index: -1, size: 1, proof: [], root })).toBe(false);
    expect(verifyConsistency({ from: 2, to: 1, fromRoot: root, toRoot: root, proof: [] })).toBe(false);
    expect(() => appendToTiles([], 3, [hashLeaf('x')])).toThrow('the tree says otherwise');
    expect(() => hashRanges([{ start: 0, end: 1 }], [])).toThrow('missing or incomplete');
  });
});
