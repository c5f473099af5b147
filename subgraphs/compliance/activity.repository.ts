// Earlier movements, as the rules about behaviour look at them: a bounded number for each user, whatever their history. Every such query.
import { join, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import { type Activity, historySizeMax } from './behaviour.rules.ts';
import type { Transaction } from './compliance.database.ts';
import type { Endpoint } from './screening.repository.ts';

/** Who pays whom. */
export interface Payment {
  readonly requestedBy: string;
  readonly destination: Endpoint;
}

interface ActivityRow {
  user_id: string;
  asset: string;
  units: Parameters<typeof unitsFromRow>[0];
  requested_at: Date | string;
  decision: string;
}

/** The latest outgoing movements of each requester, the last first. */
export function readHistories(tx: Transaction, userIds: readonly string[]): Promise<Map<string, Activity[]>> {
  return readLatest(
    tx,
    userIds,
    (userId) => sql`SELECT requested_by AS user_id, asset, units, requested_at, decision FROM screening
    WHERE requested_by = ${userId} AND kind <> 'DEPOSIT' ORDER BY requested_at DESC LIMIT ${historySizeMax}`,
  );
}

/** What each owner received lately, from others or from outside, the last first. */
export function readIncoming(tx: Transaction, userIds: readonly string[]): Promise<Map<string, Activity[]>> {
  return readLatest(
    tx,
    userIds,
    (userId) => sql`SELECT destination_owner_id AS user_id, asset, units, requested_at, decision FROM screening
    WHERE destination_owner_id = ${userId} AND requested_by <> destination_owner_id AND kind <> 'WITHDRAWAL' ORDER BY requested_at DESC LIMIT ${historySizeMax}`,
  );
}

/** Those of the payments whose recipient the requester has paid before, by `paymentKey`. */
export async function readKnownPayees({ client, provider }: Transaction, payments: readonly Payment[]): Promise<Set<string>> {
  const columns = { requested_by: 'text', owner_id: 'text', account_id: 'text' } as const;
  const rows = payments.map((payment) => ({ requested_by: payment.requestedBy, ...payeeOf(payment) }));
  // A wallet stands for its owner; an external account is a payee of its own.
  const known = await client.$queryRaw<{ requested_by: string; owner_id: string; account_id: string | null }[]>(sql`
    SELECT DISTINCT r.requested_by, r.owner_id, r.account_id FROM ${rowset(provider, columns, rows)}
    WHERE EXISTS (SELECT 1 FROM screening s WHERE s.requested_by = r.requested_by AND s.destination_owner_id = r.owner_id
      AND s.decision = 'CLEARED' AND s.kind <> 'DEPOSIT' AND (r.account_id IS NULL OR s.destination_id = r.account_id))`);
  return new Set(known.map(({ requested_by, owner_id, account_id }) => [requested_by, owner_id, account_id].join('|')));
}

export function paymentKey(payment: Payment): string {
  const { owner_id, account_id } = payeeOf(payment);
  return [payment.requestedBy, owner_id, account_id].join('|');
}

function payeeOf({ destination }: Payment): { owner_id: string; account_id: string | null } {
  return { owner_id: destination.ownerId, account_id: destination.type === 'WALLET' ? null : destination.id };
}

/** One statement for all users, each with an index scan that ends after a bounded number of rows. */
async function readLatest(
  { client }: Transaction,
  userIds: readonly string[],
  select: (userId: string) => Sql,
): Promise<Map<string, Activity[]>> {
  const unique = [...new Set(userIds)];
  if (unique.length === 0) return new Map();
  const parts = unique.map(
    (userId) => sql`SELECT user_id, asset, units, requested_at, decision FROM (${select(userId)}) AS latest`,
  );
  const rows = await client.$queryRaw<ActivityRow[]>(sql`${join(parts, ' UNION ALL ')}`);
  const byUser = new Map<string, Activity[]>();
  for (const { user_id, asset, units, requested_at, decision } of rows) {
    const activity = { asset, units: unitsFromRow(units), at: new Date(requested_at), isRejected: decision === 'REJECTED' };
    byUser.set(user_id, [...(byUser.get(user_id) ?? []), activity]);
  }
  for (const list of byUser.values()) list.sort((a, b) => b.at.getTime() - a.at.getTime());
  return byUser;
}
