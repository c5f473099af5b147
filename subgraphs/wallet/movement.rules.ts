// The checks that every movement of money passes, whoever asks for it. Pure.
import { describeMoney, moneyErrors, requireAsset, unitDigitsMax, unitsMax } from '../../platform/money/money.ts';
import { balanceOf, canPay, fitsCounter, isLiquidity, type LedgerAccount } from './account.rules.ts';
import { exchangeErrors } from './exchange.errors.ts';
import type { BookWallet, Leg } from './ledger.book.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { walletErrors } from './wallet.errors.ts';

/** @throws WALLET_FROZEN */
export function checkActive(wallet: BookWallet): void {
  if (wallet.status === 'FROZEN') throw walletErrors.WALLET_FROZEN({ walletId: wallet.id });
}

/** @throws UNKNOWN_ASSET, AMOUNT_NOT_POSITIVE, AMOUNT_TOO_LARGE */
export function checkAmount(units: bigint, asset: string): void {
  requireAsset(asset);
  if (units <= 0n) throw moneyErrors.AMOUNT_NOT_POSITIVE({ field: 'amount', amount: units.toString() });
  if (units > unitsMax) throw moneyErrors.AMOUNT_TOO_LARGE({ field: 'amount', digitsMax: unitDigitsMax });
}

/** @throws INSUFFICIENT_FUNDS, INSUFFICIENT_LIQUIDITY when it is the house that cannot pay: how much it has is not for everybody to know */
export function checkFunds(account: LedgerAccount, units: bigint): void {
  if (canPay(account, units)) return;
  const { asset } = account;
  if (isLiquidity(account.holder)) throw exchangeErrors.INSUFFICIENT_LIQUIDITY({ asset });
  throw ledgerErrors.INSUFFICIENT_FUNDS({
    walletId: account.holder.id,
    available: describeMoney({ units: balanceOf(account).available, asset }),
    required: describeMoney({ units, asset }),
  });
}

/** The account, when it may pay and receive. @throws ACCOUNT_FROZEN */
export function usable(account: LedgerAccount): LedgerAccount {
  if (account.status === 'FROZEN') throw walletErrors.ACCOUNT_FROZEN({ walletId: account.holder.id, asset: account.asset });
  return account;
}

/** @throws BALANCE_LIMIT_EXCEEDED when the legs together would make a counter outgrow its column. */
export function checkCounters(legs: readonly Leg[]): void {
  const growth = new Map<LedgerAccount, { debits: bigint; credits: bigint }>();
  const of = (account: LedgerAccount) => growth.get(account) ?? { debits: 0n, credits: 0n };
  for (const { debit, credit, units } of legs) {
    growth.set(debit, { ...of(debit), debits: of(debit).debits + units });
    growth.set(credit, { ...of(credit), credits: of(credit).credits + units });
  }
  for (const [account, { debits, credits }] of growth) {
    if (fitsCounter(account.debitsPosted, debits) && fitsCounter(account.creditsPosted, credits)) continue;
    throw ledgerErrors.BALANCE_LIMIT_EXCEEDED({ asset: account.asset, digitsMax: unitDigitsMax });
  }
}

/** @throws BALANCE_LIMIT_EXCEEDED when a counter would outgrow its column. */
export function checkTurnover(source: LedgerAccount, destination: LedgerAccount, units: bigint): void {
  if (fitsCounter(source.debitsPosted, units) && fitsCounter(destination.creditsPosted, units)) return;
  throw ledgerErrors.BALANCE_LIMIT_EXCEEDED({ asset: source.asset, digitsMax: unitDigitsMax });
}
