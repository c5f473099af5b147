// Use cases around single accounts: what staff decide about them, and what their balances were at any moment.
import type { AuditRecord } from '../../platform/events/event.ts';
import { type MoneyText, parseUnits, requireAsset } from '../../platform/money/money.ts';
import { type Account, findAccountsOfWallets, lockAccount, postedUnitsAt, updateAccount } from './account.repository.ts';
import { accountChanged, audited } from './ledger.events.ts';
import { findRoles } from './member.repository.ts';
import { walletErrors } from './wallet.errors.ts';
import { findWallets, type Wallet } from './wallet.repository.ts';
import { readFreezeReason } from './wallet.rules.ts';
import type { Actor, WalletDeps } from './wallet.service.ts';

export type TimeAxis = 'RECORDED' | 'EFFECTIVE';

export interface BalanceAt {
  readonly asset: string;
  readonly posted: bigint;
}

interface AccountName {
  readonly walletId: string;
  readonly asset: string;
}

export type AccountService = ReturnType<typeof createAccountService>;

export function createAccountService({ database, outbox, clock }: Omit<WalletDeps, 'ids'>) {
  /** Changes the account under its lock; the event and the audit record are written with it, unless nothing changed. */
  function change(
    actor: Actor,
    { walletId, asset }: AccountName,
    decide: (
      account: Account,
      wallet: Wallet & { readonly isOwn: boolean },
    ) => { change: Parameters<typeof updateAccount>[2]; action: string; details: AuditRecord['details'] } | null,
  ): Promise<Account> {
    requireAsset(asset);
    return database.transaction(async (tx) => {
      const wallet = (await findWallets(tx.client, [walletId])).get(walletId);
      if (wallet === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      const account = await lockAccount(tx, { walletId, asset });
      if (account === null) throw walletErrors.ACCOUNT_NOT_FOUND({ walletId, asset });
      // Nobody decides about a wallet that they are a member of.
      const isOwn = (await findRoles(tx.client, actor.userId, [wallet])).has(walletId);
      const decision = decide(account, { ...wallet, isOwn });
      if (decision === null) return account;
      const changed = await updateAccount(tx.client, account.id, decision.change);
      await outbox.append(tx, [
        accountChanged(changed, wallet.ownerId),
        audited({
          actorId: actor.userId,
          action: decision.action,
          resourceType: 'Account',
          resourceId: account.id,
          outcome: 'SUCCEEDED',
          subjectUserId: wallet.ownerId,
          details: { walletId, asset, ...decision.details },
          requestId: actor.requestId,
        }),
      ]);
      return changed;
    });
  }

  function setFrozen(actor: Actor, input: AccountName & { reason: string }, isFrozen: boolean): Promise<Account> {
    const reason = readFreezeReason(input.reason);
    const status = isFrozen ? 'FROZEN' : 'ACTIVE';
    return change(actor, input, (account, wallet) => {
      if (account.status === status) return null;
      if (!isFrozen && wallet.isOwn) throw walletErrors.OWN_WALLET({ walletId: wallet.id });
      return { change: { status }, action: isFrozen ? 'account.freeze' : 'account.unfreeze', details: { reason } };
    });
  }

  return {
    /** Freezing a frozen account changes nothing. @throws INVALID_FREEZE_REASON, UNKNOWN_ASSET, WALLET_NOT_FOUND, ACCOUNT_NOT_FOUND */
    freeze: (actor: Actor, input: AccountName & { reason: string }) => setFrozen(actor, input, true),

    /** Nobody unfreezes their own. @throws as `freeze`, OWN_WALLET */
    unfreeze: (actor: Actor, input: AccountName & { reason: string }) => setFrozen(actor, input, false),

    /** Nobody grants their own; no limit goes below what has been drawn. @throws money errors, WALLET_NOT_FOUND, ACCOUNT_NOT_FOUND, OWN_WALLET, OVERDRAFT_IN_USE */
    grantOverdraft(actor: Actor, { walletId, limit }: { walletId: string; limit: MoneyText }): Promise<Account> {
      const asset = requireAsset(limit.asset, 'input.limit');
      const units = parseUnits(limit.amount, asset, 'input.limit');
      return change(actor, { walletId, asset: asset.code }, (account, wallet) => {
        if (wallet.isOwn) throw walletErrors.OWN_WALLET({ walletId });
        if (account.overdraft === units) return null;
        if (account.balance.available + units < 0n) throw walletErrors.OVERDRAFT_IN_USE({ walletId, asset: asset.code });
        return { change: { overdraft: units }, action: 'account.grant_overdraft', details: { units: units.toString() } };
      });
    },

    /** What the wallet held at a moment that has passed: the same answer each time, by record. @throws BALANCE_TIME_IN_FUTURE */
    async balancesAt(walletId: string, at: Date, by: TimeAxis): Promise<BalanceAt[]> {
      if (at > clock.now()) throw walletErrors.BALANCE_TIME_IN_FUTURE({ at: at.toISOString() });
      const accounts = await findAccountsOfWallets(database.client, [walletId]);
      return Promise.all(
        accounts.map(async ({ id, asset }) => ({ asset, posted: await postedUnitsAt(database.client, id, at, by) })),
      );
    },
  };
}
