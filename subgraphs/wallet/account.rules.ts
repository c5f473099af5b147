// Arithmetic of ledger accounts: what a balance is, and what an account may bear. Pure; no I/O, no clock.
import { unitsMax } from '../../platform/money/money.ts';

export type AccountStatus = 'ACTIVE' | 'FROZEN';
export type HolderType = 'WALLET' | 'EXTERNAL_ACCOUNT' | 'SYSTEM';

/** Whose account it is. */
export interface AccountHolder {
  readonly type: HolderType;
  /** Wallet or external account id, or the purpose of a system account. */
  readonly id: string;
}

/** The counterpart of every hold's pending debit, so that pending debits equal pending credits per asset. */
export const holdsHolder: AccountHolder = { type: 'SYSTEM', id: 'holds' };

/** What the house exchanges from and into. Customers are paid out of it, so it never goes below zero: the house sells what it has. */
export const liquidityHolder: AccountHolder = { type: 'SYSTEM', id: 'fx' };
/** What the house earns on exchanges beyond the rate. */
export const spreadHolder: AccountHolder = { type: 'SYSTEM', id: 'fx-spread' };
/** Where the units go that are left over when the other amount is a whole number of units. */
export const roundingHolder: AccountHolder = { type: 'SYSTEM', id: 'fx-rounding' };

/** One account per holder and asset. Its counters change only inside a batch that holds the account's lock. */
export interface LedgerAccount {
  readonly id: string;
  readonly holder: AccountHolder;
  readonly asset: string;
  debitsPosted: bigint;
  creditsPosted: bigint;
  debitsPending: bigint;
  creditsPending: bigint;
  /** How far below zero it may go. */
  readonly overdraft: bigint;
  readonly status: AccountStatus;
  /** Number of entries so far. */
  version: number;
  /** Time of the last change; never goes back, whatever the clocks of the replicas say. */
  updatedAt: Date;
  /** True until the batch that opens it has been written. */
  readonly isNew: boolean;
}

/** An account before its first use. */
export function openAccount(id: string, holder: AccountHolder, asset: string, now: Date): LedgerAccount {
  return {
    id,
    holder,
    asset,
    debitsPosted: 0n,
    creditsPosted: 0n,
    debitsPending: 0n,
    creditsPending: 0n,
    overdraft: 0n,
    status: 'ACTIVE',
    version: 0,
    updatedAt: now,
    isNew: true,
  };
}

/** Identifies an account before it has an id. */
export function accountKey(holder: AccountHolder, asset: string): string {
  return `${holder.type}:${holder.id}:${asset}`;
}

export interface Balance {
  /** Credits minus debits. Negative only for accounts that mirror the outside. */
  readonly posted: bigint;
  /** Set aside by holds. */
  readonly held: bigint;
  /** What may be spent: posted minus held. */
  readonly available: bigint;
}

export function balanceOf(account: Pick<LedgerAccount, 'debitsPosted' | 'creditsPosted' | 'debitsPending'>): Balance {
  const posted = account.creditsPosted - account.debitsPosted;
  return { posted, held: account.debitsPending, available: posted - account.debitsPending };
}

/** Wallets never go below what they have been granted, nor does what is exchanged from; external accounts mirror the outside, where the money came from. */
export function mayOverdraw({ holder }: Pick<LedgerAccount, 'holder'>): boolean {
  return holder.type !== 'WALLET' && !isLiquidity(holder);
}

export function isLiquidity({ type, id }: AccountHolder): boolean {
  return type === liquidityHolder.type && id === liquidityHolder.id;
}

/** True when the account can pay `units` out of what is available and what it has been granted beyond. */
export function canPay(account: LedgerAccount, units: bigint): boolean {
  return mayOverdraw(account) || balanceOf(account).available + account.overdraft >= units;
}

/** True when the counter still fits the column after growing by `units`. */
export function fitsCounter(counter: bigint, units: bigint): boolean {
  return counter + units <= unitsMax;
}
