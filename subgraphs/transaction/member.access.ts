// Who may see which transactions by their roles in wallets, as they are now: a former member sees no more of what they once asked for.
// Questions that come at the same time, of any number of requests and subscribers, are one look.
import DataLoader from 'dataloader';
import { findRoles, type UserInWallet } from './member.repository.ts';
import type { WalletRole } from './member.rules.ts';
import type { TransactionDatabase } from './transaction.repository.ts';
import { isKnownToRecipient, type Participants, type Party, type TransactionState } from './transaction.rules.ts';

const questionsPerLookMax = 500;

export type Viewable = Participants & { readonly state: TransactionState };

export interface MemberAccess {
  /** The user's role in the wallet; null without one. */
  roleIn(userId: string, walletId: string): Promise<WalletRole | null>;
  /** True for members of the wallet that pays, and for who confirmed a deposit: they see every state. */
  isSender(userId: string, participants: Participants): Promise<boolean>;
  /** True for senders, and for members of the wallet that received, once the money is there. */
  isVisibleTo(userId: string, transaction: Viewable): Promise<boolean>;
  /** Whether the user may know which wallet or account an end is: it is theirs, or their side named it. */
  mayNameEnd(userId: string, participants: Participants, end: Party): Promise<boolean>;
}

export function createMemberAccess(database: TransactionDatabase): MemberAccess {
  // Remembers nothing: a role that was taken away is gone for the next question.
  const roles = new DataLoader((questions: readonly UserInWallet[]) => findRoles(database.client, questions), {
    cache: false,
    maxBatchSize: questionsPerLookMax,
  });

  const roleIn = (userId: string, walletId: string) => roles.load({ userId, walletId });

  async function isMemberOf(userId: string, { type, id }: Party): Promise<boolean> {
    return type === 'WALLET' && (await roleIn(userId, id)) !== null;
  }

  async function isSender(userId: string, { requestedBy, source }: Participants): Promise<boolean> {
    // An external account's owner is not the sender of a deposit: whoever confirms the money's arrival is.
    return source.type === 'WALLET' ? isMemberOf(userId, source) : userId === requestedBy;
  }

  async function isVisibleTo(userId: string, transaction: Viewable): Promise<boolean> {
    const [isOfSender, isOfRecipient] = await Promise.all([
      isSender(userId, transaction),
      isKnownToRecipient(transaction.state) && isMemberOf(userId, transaction.destination),
    ]);
    return isOfSender || isOfRecipient;
  }

  async function mayNameEnd(userId: string, participants: Participants, end: Party): Promise<boolean> {
    const [isOfSender, isOfEnd] = await Promise.all([
      isSender(userId, participants),
      end.type === 'WALLET' ? isMemberOf(userId, end) : userId === end.ownerId,
    ]);
    return isOfSender || isOfEnd;
  }

  return { roleIn, isSender, isVisibleTo, mayNameEnd };
}
