// Every query on the tree over the audit log and on its checkpoints. Rows are added, and the last tiles grow; triggers refuse the rest.
import type { Client, Transaction } from './compliance.database.ts';
import { type Tile, type TileAddress, tileKey } from './merkle.tiles.ts';

/** What the log has signed of its tree. */
export interface SignedCheckpoint {
  /** Leaves: entries 1 to `size` of the log. */
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly note: string;
  readonly verifierKey: string;
  readonly createdAt: Date;
}

/** Locks the tree until the transaction ends, so that two replicas never seal at once; gives its size. */
export async function lockTree({ client }: Transaction): Promise<number> {
  const [tree] = await client.$queryRaw<
    { size: bigint | number }[]
  >`UPDATE audit_tree SET size = size WHERE id = 1 RETURNING size`;
  if (tree === undefined) throw new Error('The audit log has no row for its tree.');
  return Number(tree.size);
}

export async function readTreeSize(client: Pick<Client, 'auditTree'>): Promise<number> {
  return Number((await client.auditTree.findUniqueOrThrow({ where: { id: 1 } })).size);
}

/** The tiles that are there, in no order. */
export async function readTiles(client: Pick<Client, 'auditTile'>, addresses: readonly TileAddress[]): Promise<Tile[]> {
  if (addresses.length === 0) return [];
  const byLevel = new Map<number, bigint[]>();
  for (const { level, index } of addresses) byLevel.set(level, [...(byLevel.get(level) ?? []), BigInt(index)]);
  const rows = await client.auditTile.findMany({
    where: { OR: [...byLevel].map(([level, indexes]) => ({ level, index: { in: indexes } })) },
  });
  return rows.map(({ level, index, hashes }) => ({ level, index: Number(index), hashes: Buffer.from(hashes) }));
}

/** Stores the tree after an append: tiles of `before` that grew, and new ones. */
export async function saveTree(
  { client }: Transaction,
  change: { readonly before: readonly Tile[]; readonly changed: readonly Tile[]; readonly size: number },
): Promise<void> {
  const present = new Set(change.before.map(tileKey));
  const rows = change.changed.map(({ level, index, hashes }) => ({
    level,
    index: BigInt(index),
    hashes: new Uint8Array(hashes),
  }));
  const isPresent = ({ level, index }: { level: number; index: bigint }) => present.has(tileKey({ level, index: Number(index) }));
  for (const { level, index, hashes } of rows.filter(isPresent)) {
    await client.auditTile.update({ where: { level_index: { level, index } }, data: { hashes } });
  }
  await client.auditTile.createMany({ data: rows.filter((row) => !isPresent(row)) });
  await client.auditTree.update({ where: { id: 1 }, data: { size: BigInt(change.size) } });
}

export async function insertCheckpoint({ client }: Transaction, checkpoint: SignedCheckpoint): Promise<void> {
  await client.auditCheckpoint.create({ data: { ...checkpoint, size: BigInt(checkpoint.size) } });
}

/** The last checkpoint, or the one of a size; null when there is none. */
export async function findCheckpoint(client: Pick<Client, 'auditCheckpoint'>, size?: number): Promise<SignedCheckpoint | null> {
  const row = await client.auditCheckpoint.findFirst({
    where: size === undefined ? {} : { size: BigInt(size) },
    orderBy: { size: 'desc' },
  });
  return row && toCheckpoint(row);
}

/** Checkpoints in one direction, beyond a size: the newest first, or the oldest. */
export async function listCheckpoints(
  client: Pick<Client, 'auditCheckpoint'>,
  query: { readonly below?: number | null; readonly above?: number; readonly upTo?: number; readonly limit: number },
): Promise<SignedCheckpoint[]> {
  const { below, above, upTo, limit } = query;
  const size = {
    ...(below != null && { lt: BigInt(below) }),
    ...(above !== undefined && { gt: BigInt(above) }),
    ...(upTo !== undefined && { lte: BigInt(upTo) }),
  };
  const rows = await client.auditCheckpoint.findMany({
    where: { size },
    orderBy: { size: above === undefined ? 'desc' : 'asc' },
    take: limit,
  });
  return rows.map(toCheckpoint);
}

function toCheckpoint(row: Omit<SignedCheckpoint, 'size'> & { size: bigint }): SignedCheckpoint {
  const { size, root, note, verifierKey, createdAt } = row;
  return { size: Number(size), root, note, verifierKey, createdAt };
}
