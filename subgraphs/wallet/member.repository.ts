// Reads and writes of members and invitations. Rows to domain objects, nothing else.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { isAnyOf } from '../../platform/database/rowset.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { SharedWallet, WalletRole } from './member.rules.ts';
import { findWallets, lockAccountsOf, type Wallet } from './wallet.repository.ts';

type Client = Pick<
  PrismaClient,
  'wallet' | 'walletMember' | 'walletInvitation' | 'externalAccount' | 'account' | 'hold' | '$queryRaw' | '$executeRaw'
>;

export interface Member {
  readonly walletId: string;
  readonly userId: string;
  readonly role: WalletRole;
  readonly createdAt: Date;
}

export type InvitationState = 'PENDING' | 'ACCEPTED' | 'DECLINED' | 'REVOKED';

export interface Invitation {
  readonly id: string;
  readonly walletId: string;
  readonly userId: string;
  readonly role: WalletRole;
  readonly invitedBy: string;
  readonly state: InvitationState;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly resolvedAt: Date | null;
}

/** The roles of everybody but the owners of record, by wallet. Read by the ledger's batches behind their locks. */
export async function readMembers(
  tx: DatabaseTransaction,
  walletIds: readonly string[],
): Promise<Map<string, Map<string, WalletRole>>> {
  if (walletIds.length === 0) return new Map();
  const rows = await tx.client.$queryRaw<{ wallet_id: string; user_id: string; role: WalletRole }[]>(
    sql`SELECT m.wallet_id, m.user_id, m.role FROM wallet_member m WHERE ${isAnyOf(tx.provider, 'm.wallet_id', walletIds)}`,
  );
  const members = new Map<string, Map<string, WalletRole>>();
  for (const row of rows) {
    const ofWallet = members.get(row.wallet_id) ?? new Map<string, WalletRole>();
    members.set(row.wallet_id, ofWallet.set(row.user_id, row.role));
  }
  return members;
}

/** The user's role in each of the wallets where they have one. */
export async function findRoles(
  client: Pick<PrismaClient, 'walletMember'>,
  userId: string,
  wallets: readonly Pick<SharedWallet, 'id' | 'ownerId'>[],
): Promise<Map<string, WalletRole>> {
  const roles = new Map<string, WalletRole>();
  const others: string[] = [];
  for (const { id, ownerId } of wallets) {
    if (ownerId === userId) roles.set(id, 'OWNER');
    else others.push(id);
  }
  if (others.length === 0) return roles;
  const rows = await client.walletMember.findMany({ where: { userId, walletId: { in: [...new Set(others)] } } });
  for (const row of rows) roles.set(row.walletId, row.role as WalletRole);
  return roles;
}

/** Members of these wallets besides their owners of record, longest first. */
export async function findMembers(client: Pick<PrismaClient, 'walletMember'>, walletIds: readonly string[]): Promise<Member[]> {
  const rows = await client.walletMember.findMany({
    where: { walletId: { in: [...new Set(walletIds)] } },
    orderBy: [{ createdAt: 'asc' }, { userId: 'asc' }],
  });
  return rows.map((row) => ({ ...row, role: row.role as WalletRole }));
}

/**
 * The wallet with its members, under locks that keep other changes of them away, and the ledger's batches, which ask who may spend behind the
 * locks of the wallet's accounts: whatever a batch decides, it decides before this transaction or after its commit.
 */
export async function lockWalletWithMembers(
  tx: DatabaseTransaction<Client>,
  walletId: string,
): Promise<(Wallet & SharedWallet) | null> {
  await lockAccountsOf(tx, walletId);
  if (tx.provider === 'postgresql') await tx.client.$queryRaw`SELECT id FROM wallet WHERE id = ${walletId} FOR UPDATE`;
  const wallet = (await findWallets(tx.client, [walletId])).get(walletId);
  if (wallet === undefined) return null;
  const members = await findMembers(tx.client, [walletId]);
  return { ...wallet, members: new Map(members.map(({ userId, role }) => [userId, role])) };
}

export async function insertMember(client: Client, member: Member): Promise<void> {
  await client.walletMember.create({ data: { ...member, updatedAt: member.createdAt } });
}

export async function updateMember(
  client: Client,
  { walletId, userId, role }: Omit<Member, 'createdAt'>,
  now: Date,
): Promise<void> {
  await client.walletMember.update({ where: { walletId_userId: { walletId, userId } }, data: { role, updatedAt: now } });
}

export async function deleteMember(client: Client, { walletId, userId }: Pick<Member, 'walletId' | 'userId'>): Promise<void> {
  await client.walletMember.delete({ where: { walletId_userId: { walletId, userId } } });
}

export async function updateOwner(client: Client, walletId: string, ownerId: string, now: Date): Promise<void> {
  await client.wallet.update({ where: { id: walletId }, data: { ownerId, updatedAt: now } });
}

export async function insertInvitation(client: Client, invitation: Invitation): Promise<void> {
  await client.walletInvitation.create({ data: invitation });
}

export async function findInvitation(client: Client, id: string): Promise<Invitation | null> {
  const row = await client.walletInvitation.findUnique({ where: { id } });
  return row === null ? null : invitationFromRow(row);
}

/** Invitations that are not answered yet, expired ones included, oldest first. */
export async function findPendingInvitations(
  client: Pick<PrismaClient, 'walletInvitation'>,
  where: { readonly userId: string } | { readonly walletId: string },
  limit: number,
): Promise<Invitation[]> {
  const rows = await client.walletInvitation.findMany({
    where: { ...where, state: 'PENDING' },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: limit,
  });
  return rows.map(invitationFromRow);
}

export async function resolveInvitation(client: Client, id: string, state: InvitationState, now: Date): Promise<void> {
  await client.walletInvitation.update({ where: { id, state: 'PENDING' }, data: { state, resolvedAt: now } });
}

function invitationFromRow(row: Omit<Invitation, 'role' | 'state'> & { role: string; state: string }): Invitation {
  return { ...row, role: row.role as WalletRole, state: row.state as InvitationState };
}
