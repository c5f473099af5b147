// Reads and writes of wallets' members, as far as the wallet domain has told of them.
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { MemberChange } from './member.events.ts';
import type { WalletRole } from './member.rules.ts';
import { isPossibleId } from './transaction.rules.ts';

type Client = Pick<PrismaClient, 'paymentEndpoint' | 'walletMember'>;

/** Keeps what an event told, unless a later one has been kept before. Safe to repeat. */
export async function saveMemberChange(client: Client, change: MemberChange, at: Date): Promise<void> {
  const { walletId, ownerId, roles } = change;
  const position = BigInt(change.position);
  for (const { userId, role } of roles) {
    const known = await client.walletMember.findUnique({ where: { walletId_userId: { walletId, userId } } });
    if (known === null) await client.walletMember.create({ data: { walletId, userId, role, position } });
    else
      await client.walletMember.updateMany({ where: { walletId, userId, position: { lt: position } }, data: { role, position } });
  }
  if (ownerId !== null) await client.paymentEndpoint.update({ where: { id: walletId }, data: { ownerId, updatedAt: at } });
}

/** The roles in these wallets of everybody but the owners of record, by wallet. */
export async function findMembers(
  client: Pick<PrismaClient, 'walletMember'>,
  walletIds: readonly string[],
): Promise<Map<string, Map<string, WalletRole>>> {
  const rows = await client.walletMember.findMany({ where: { walletId: { in: [...walletIds] }, role: { not: null } } });
  const members = new Map<string, Map<string, WalletRole>>();
  for (const { walletId, userId, role } of rows) {
    const ofWallet = members.get(walletId) ?? new Map<string, WalletRole>();
    members.set(walletId, ofWallet.set(userId, role as WalletRole));
  }
  return members;
}

export interface UserInWallet {
  readonly userId: string;
  readonly walletId: string;
}

/** One role for each question, null for who has none. */
export async function findRoles(client: Client, questions: readonly UserInWallet[]): Promise<(WalletRole | null)[]> {
  const walletIds = [...new Set(questions.map(({ walletId }) => walletId))].filter(isPossibleId);
  const userIds = [...new Set(questions.map(({ userId }) => userId))].filter(isPossibleId);
  const [wallets, members] = await Promise.all([
    client.paymentEndpoint.findMany({ where: { id: { in: walletIds }, type: 'WALLET' }, select: { id: true, ownerId: true } }),
    client.walletMember.findMany({ where: { walletId: { in: walletIds }, userId: { in: userIds }, role: { not: null } } }),
  ]);
  const owners = new Map(wallets.map(({ id, ownerId }) => [id, ownerId]));
  const keyOf = ({ walletId, userId }: UserInWallet) => `${walletId} ${userId}`;
  const roles = new Map(members.map((member) => [keyOf(member), member.role as WalletRole]));
  return questions.map((question) =>
    owners.get(question.walletId) === question.userId ? 'OWNER' : (roles.get(keyOf(question)) ?? null),
  );
}
