// Reads and writes of payment endpoints: wallets and external accounts, as far as this domain needs to know them.
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { EndpointChange, EndpointStatus } from './endpoint.events.ts';
import { isPossibleId, type PartyType } from './transaction.rules.ts';

/** Where money can come from or go to. */
export interface Endpoint {
  readonly id: string;
  readonly type: PartyType;
  readonly ownerId: string;
  readonly status: EndpointStatus;
  /** The one asset of an external account; null for wallets. */
  readonly asset: string | null;
}

type Client = Pick<PrismaClient, 'paymentEndpoint'>;

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
  const rows = await client.paymentEndpoint.findMany({ where: { id: { in: ids.filter(isPossibleId) } } });
  return new Map(
    rows.map((row) => [
      row.id,
      { id: row.id, type: row.type as PartyType, ownerId: row.ownerId, status: row.status as EndpointStatus, asset: row.asset },
    ]),
  );
}
