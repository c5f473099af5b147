// Reads of holds outside the ledger's batches, which alone write them.

import { unitsFromRow } from '../../platform/money/money.ts';
import type { HoldModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import type { BookHold, HoldStatus } from './ledger.book.ts';
import { type Client, earlierThan, type TimeKey } from './wallet.repository.ts';

export type Hold = Readonly<BookHold>;

export async function findHolds(client: Client, ids: readonly string[]): Promise<Map<string, Hold>> {
  const rows = await client.hold.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, holdFromRow(row)]));
}

/** A wallet's holds, newest first. */
export async function listHolds(
  client: Client,
  page: { walletId: string; status: HoldStatus | null; after: TimeKey | null; limit: number },
): Promise<Hold[]> {
  const rows = await client.hold.findMany({
    where: { walletId: page.walletId, ...(page.status === null ? {} : { status: page.status }), ...earlierThan(page.after) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit,
  });
  return rows.map(holdFromRow);
}

/** Ids of pending holds whose time is up, longest due first. */
export async function findDueHolds(client: Client, now: Date, limit: number): Promise<string[]> {
  const rows = await client.hold.findMany({
    where: { status: 'PENDING', expiresAt: { lte: now } },
    orderBy: [{ expiresAt: 'asc' }],
    select: { id: true },
    take: limit,
  });
  return rows.map(({ id }) => id);
}

export function holdFromRow(row: HoldModel): BookHold {
  return {
    ...row,
    units: unitsFromRow(row.units),
    capturedUnits: row.capturedUnits === null ? null : unitsFromRow(row.capturedUnits),
    status: row.status as HoldStatus,
  };
}
