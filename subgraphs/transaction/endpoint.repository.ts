// Reads and writes of payment endpoints: wallets and external accounts, as far as this domain needs to know them.
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { EndpointChange, EndpointStatus } from './endpoint.events.ts';
import { findMembers } from './member.repository.ts';
import type { WalletRole } from './member.rules.ts';
import { isPossibleId, type PartyType } from './transaction.rules.ts';

/** Where money can come from or go to. */
export interface Endpoint {
  readonly id: string;
  readonly type: PartyType;
  readonly ownerId: string;
  readonly status: EndpointStatus;
  /** The one asset of an external account; null for wallets. */
  readonly asset: string | null;
  /** Who may use a wallet besides its owner of record. */
  readonly members: ReadonlyMap<string, WalletRole>;
}

/** The user's role at the endpoint; null without one. */
export function roleAt({ ownerId, members }: Endpoint, userId: string): WalletRole | null {
  return ownerId === userId ? 'OWNER' : (members.get(userId) ?? null);
}

type Client = Pick<PrismaClient, 'paymentEndpoint' | 'walletMember'>;

/** Keeps what an event told. Safe to repeat. */
export async function saveEndpoint(
  client: Client,
  { id, type, ownerId, status, asset }: EndpointChange,
  at: Date,
): Promise<void> {
  const known = await client.paymentEndpoint.findUnique({ where: { id } });
  if (known === null) {
    await client.paymentEndpoint.create({
      data: { id, type, ownerId, status: status === 'ACTIVE_IF_NEW' ? 'ACTIVE' : status, asset, updatedAt: at },
    });
  } else if (status !== 'ACTIVE_IF_NEW') {
    await client.paymentEndpoint.update({ where: { id }, data: { status, updatedAt: at } });
  }
}

export async function findEndpoints(client: Client, ids: readonly string[]): Promise<Map<string, Endpoint>> {
  const possible = ids.filter(isPossibleId);
  const [rows, members] = await Promise.all([
    client.paymentEndpoint.findMany({ where: { id: { in: possible } } }),
    findMembers(client, possible),
  ]);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        type: row.type as PartyType,
        ownerId: row.ownerId,
        status: row.status as EndpointStatus,
        asset: row.asset,
        members: members.get(row.id) ?? new Map(),
      },
    ]),
  );
}
