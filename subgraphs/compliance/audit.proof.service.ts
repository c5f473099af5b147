// Checkpoints of the audit log and the proofs that follow from its tree: a few reads each, however long the log is.
import type { Database } from '../../platform/database/database.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { auditErrors } from './audit.errors.ts';
import { findCheckpoint, listCheckpoints, readTiles, readTreeSize, type SignedCheckpoint } from './audit.tree.repository.ts';
import type { Client } from './compliance.database.ts';
import { consistencyPath, type Hash, inclusionPath, type LeafRange } from './merkle.rules.ts';
import { hashRanges, tilesFor } from './merkle.tiles.ts';

const checkpointCursor = keysetCursor('auditCheckpoints', { size: 'number' });

/** That an entry is a leaf of a tree; every hash in base64. */
export interface InclusionProof {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly leafHash: string;
  readonly root: string;
  readonly hashes: readonly string[];
}

/** That a tree is the beginning of a larger one. */
export interface ConsistencyProof {
  readonly fromSize: number;
  readonly toSize: number;
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly hashes: readonly string[];
}

export interface ProofService {
  /** The last checkpoint, or the one of a size. */
  checkpoint(size?: number): Promise<SignedCheckpoint | null>;
  /** Newest first. @throws INVALID_CURSOR */
  checkpoints(args: ConnectionArgs): Promise<Connection<SignedCheckpoint>>;
  /** Null while the entry waits for its seal. @throws AUDIT_TREE_SIZE_INVALID */
  inclusion(sequence: number, treeSize: number | null): Promise<InclusionProof | null>;
  /** @throws AUDIT_TREE_SIZE_INVALID */
  consistency(fromSize: number, toSize: number | null): Promise<ConsistencyProof>;
}

export function createProofService({ database }: { readonly database: Database<Client> }): ProofService {
  const { client } = database;

  async function hashed(...ranges: readonly LeafRange[]): Promise<string[]> {
    const tiles = await readTiles(client, tilesFor(ranges));
    return hashRanges(ranges, tiles).map((hash: Hash) => hash.toString('base64'));
  }

  return {
    checkpoint: (size) => findCheckpoint(client, size),

    async checkpoints(args) {
      const below = checkpointCursor.decode(args.after)?.size ?? null;
      const rows = await listCheckpoints(client, { below, limit: rowLimit(args) });
      return toConnection(rows, args, checkpointCursor.encode, (checkpoint) => checkpoint);
    },

    async inclusion(sequence, wantedSize) {
      const sealed = await readTreeSize(client);
      const treeSize = wantedSize ?? sealed;
      if (wantedSize === null && sequence > sealed) return null;
      if (treeSize > sealed || treeSize < sequence)
        throw auditErrors.AUDIT_TREE_SIZE_INVALID({ size: treeSize, sizeMin: sequence, sizeMax: sealed });
      const leafIndex = sequence - 1;
      const [root = '', leafHash = '', ...hashes] = await hashed(
        { start: 0, end: treeSize },
        { start: leafIndex, end: sequence },
        ...inclusionPath(leafIndex, treeSize),
      );
      return { leafIndex, treeSize, leafHash, root, hashes };
    },

    async consistency(fromSize, wantedSize) {
      const sealed = await readTreeSize(client);
      const toSize = wantedSize ?? sealed;
      for (const size of [toSize, fromSize]) {
        if (size < 0 || size > sealed || size > toSize)
          throw auditErrors.AUDIT_TREE_SIZE_INVALID({ size, sizeMin: 0, sizeMax: Math.min(sealed, toSize) });
      }
      const [fromRoot = '', toRoot = '', ...hashes] = await hashed(
        { start: 0, end: fromSize },
        { start: 0, end: toSize },
        ...consistencyPath(fromSize, toSize),
      );
      return { fromSize, toSize, fromRoot, toRoot, hashes };
    },
  };
}
