// The Merkle tree of RFC 6962, section 2.1: hashes, roots, proofs and their verification. No I/O; a hash is 32 bytes.
import { createHash } from 'node:crypto';

export type Hash = Buffer;

const leafPrefix = Buffer.of(0x00);
const nodePrefix = Buffer.of(0x01);

/** The root of a tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Hash = createHash('sha256').digest();

export function hashLeaf(data: string | Uint8Array): Hash {
  return createHash('sha256').update(leafPrefix).update(data).digest();
}

export function hashNode(left: Uint8Array, right: Uint8Array): Hash {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** Leaves `start` to `end`, the last one not included. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** A complete subtree: leaves `index * 2^level` to `(index + 1) * 2^level`. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** The subtrees whose hashes lead from a leaf to the root, the lowest first (RFC 6962, section 2.1.1). */
export function inclusionPath(index: number, size: number): LeafRange[] {
  if (index < 0 || index >= size) throw new RangeError(`There is no leaf ${index} in a tree of ${size}.`);
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/** The subtrees that prove a tree to be the beginning of a larger one (RFC 6962, section 2.1.2). */
export function consistencyPath(from: number, to: number): LeafRange[] {
  if (from < 0 || from > to) throw new RangeError(`A tree of ${from} cannot grow to ${to}.`);
  if (from === 0 || from === to) return [];
  const path: LeafRange[] = [];
  let [start, end] = [0, to];
  // True while the smaller tree is a whole subtree of the larger: its root is known to who asks.
  let isKnown = true;
  while (end !== from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
      isKnown = false;
    }
  }
  if (!isKnown) path.push({ start, end });
  return path.reverse();
}

/** The complete subtrees that a range consists of, from left to right. The range is one that a path or a root is made of. */
export function nodesOf({ start, end }: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = start; at < end; ) {
    const width = 2 ** Math.floor(Math.log2(end - at));
    nodes.push({ level: Math.log2(width), index: at / width });
    at += width;
  }
  return nodes;
}

/** The hash of a range from the hashes of its complete subtrees. */
export function hashRange(range: LeafRange, hashOf: (node: TreeNode) => Hash): Hash {
  const hashes = nodesOf(range).map(hashOf);
  if (hashes.length === 0) return emptyRoot;
  return hashes.reduceRight((right, left) => hashNode(left, right));
}

/** True when the leaf stands at the index of the tree with this root. */
export function verifyInclusion(claim: {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  const { leafHash, index, size, proof, root } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  const path = inclusionPath(index, size);
  if (path.length !== proof.length) return false;
  let hash: Uint8Array = leafHash;
  for (const [place, { start }] of path.entries()) {
    const sibling = proof[place] as Uint8Array;
    hash = start > index ? hashNode(hash, sibling) : hashNode(sibling, hash);
  }
  return isSame(hash, root);
}

/** True when the tree with the first root is the beginning of the tree with the second. */
export function verifyConsistency(claim: {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { from, to, fromRoot, toRoot, proof } = claim;
  if (!isCount(from) || !isCount(to) || from > to) return false;
  const path = consistencyPath(from, to);
  if (path.length !== proof.length) return false;
  if (from === to) return isSame(fromRoot, toRoot);
  if (from === 0) return isSame(fromRoot, emptyRoot);
  const hashes = proof.map((hash, place) => ({ ...(path[place] as LeafRange), hash }));
  // Without a seed in the proof, the smaller root itself is the subtree that everything is built on.
  const seed = path[0]?.end === from ? hashes.shift() : undefined;
  let older: Uint8Array = seed?.hash ?? fromRoot;
  let newer: Uint8Array = older;
  for (const { start, hash } of hashes) {
    if (start >= from) newer = hashNode(newer, hash);
    else {
      older = hashNode(hash, older);
      newer = hashNode(hash, newer);
    }
  }
  return isSame(older, fromRoot) && isSame(newer, toRoot);
}

/** Computes roots while leaves come by, keeping one hash per level. */
export interface GrowingTree {
  readonly size: number;
  append(leafHash: Hash): void;
  root(): Hash;
}

export function createGrowingTree(): GrowingTree {
  // The complete subtrees so far, the largest first: one for each bit of the size.
  const peaks: Hash[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(leafHash) {
      let hash = leafHash;
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) hash = hashNode(peaks.pop() as Hash, hash);
      peaks.push(hash);
      size += 1;
    },
    root: () => (peaks.length === 0 ? emptyRoot : peaks.reduceRight((right, left) => hashNode(left, right))),
  };
}

/** The largest power of two below a count: where RFC 6962 divides a tree. */
function splitOf(count: number): number {
  const width = 2 ** Math.floor(Math.log2(count));
  return width === count ? width / 2 : width;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}
