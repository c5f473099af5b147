// Domain objects as the graph shows them.
import { requireAsset } from '../../platform/money/money.ts';
import { toAssetType, toMoneyType } from '../../platform/money/money.types.ts';
import type { Account } from './account.repository.ts';
import { AccountStatusEnum, type AccountType, type BalanceType } from './account.types.ts';
import type { Entry } from './entry.repository.ts';
import { DirectionEnum, type EntryType, PostingKindEnum } from './entry.types.ts';
import type { ExchangeQuote, PostedExchange } from './exchange.repository.ts';
import { type ExchangeQuoteType, type ExchangeType, FixedSideEnum } from './exchange.types.ts';
import type { ExternalAccount } from './external-account.repository.ts';
import type { ExternalAccountType } from './external-account.types.ts';
import type { Hold } from './hold.repository.ts';
import { HoldStatusEnum, type HoldType } from './hold.types.ts';
import type { PublishedRate } from './rate.repository.ts';
import { residueAsset } from './rate.rules.ts';
import type { ExchangeRateType } from './rate.types.ts';
import { WalletStatusEnum, type WalletType } from './wallet.entity.types.ts';
import type { BalanceChange } from './wallet.feed.ts';
import type { Wallet } from './wallet.repository.ts';
import { BalanceCauseKindEnum, type WalletBalanceUpdate } from './wallet.types.ts';

export function toWalletType({ id, name, status, createdAt, ownerId, frozenReason }: Wallet): WalletType {
  return { id, name, status: WalletStatusEnum[status], createdAt, ownerId, reason: frozenReason };
}

export function toBalanceType({ asset, balance }: Account): BalanceType {
  const money = (units: bigint) => toMoneyType({ units, asset });
  return {
    asset: toAssetType(requireAsset(asset)),
    posted: money(balance.posted),
    held: money(balance.held),
    available: money(balance.available),
  };
}

export function toAccountType(account: Account): AccountType {
  const { id, asset, createdAt, updatedAt } = account;
  return {
    id,
    asset: toAssetType(requireAsset(asset)),
    balance: toBalanceType(account),
    status: AccountStatusEnum[account.status],
    overdraftLimit: toMoneyType({ units: account.overdraft, asset }),
    openedAt: createdAt,
    updatedAt,
  };
}

export function toEntryType(entry: Entry): EntryType {
  const { id, asset, memo, createdAt, accountId, exchangeId } = entry;
  return {
    id,
    kind: PostingKindEnum[entry.kind],
    direction: DirectionEnum[entry.direction],
    amount: toMoneyType({ units: entry.units, asset }),
    balanceAfter: toMoneyType({ units: entry.balanceAfter, asset }),
    transaction: entry.transactionId === null ? null : { id: entry.transactionId },
    memo,
    createdAt,
    accountId,
    exchangeId,
  };
}

export function toHoldType(hold: Hold): HoldType {
  const { id, asset, memo, expiresAt, createdAt, resolvedAt, walletId, destinationWalletId } = hold;
  return {
    id,
    status: HoldStatusEnum[hold.status],
    amount: toMoneyType({ units: hold.units, asset }),
    captured: hold.capturedUnits === null ? null : toMoneyType({ units: hold.capturedUnits, asset }),
    memo,
    expiresAt,
    createdAt,
    resolvedAt,
    walletId,
    destinationWalletId,
  };
}

export function toExchangeRateType(rate: PublishedRate): ExchangeRateType {
  return {
    base: toAssetType(requireAsset(rate.base)),
    quote: toAssetType(requireAsset(rate.quote)),
    rate: rate.rate,
    spreadBasisPoints: rate.spreadBasisPoints,
    version: rate.version,
    validUntil: rate.validUntil,
    createdAt: rate.createdAt,
  };
}

export function toExchangeQuoteType(quote: ExchangeQuote): ExchangeQuoteType {
  const { id, walletId, createdAt, expiresAt } = quote;
  return { ...toTermsType(quote), id, walletId, createdAt, expiresAt };
}

export function toExchangeType({ quote, createdAt, reversedAt }: PostedExchange): ExchangeType {
  return { ...toTermsType(quote), id: quote.id, walletId: quote.walletId, createdAt, reversedAt };
}

function toTermsType({ sold, bought, side, base, quote, rate, rateVersion, spreadBasisPoints, ...terms }: ExchangeQuote) {
  return {
    sold: toMoneyType(sold),
    bought: toMoneyType(bought),
    fixed: FixedSideEnum[side],
    base: toAssetType(requireAsset(base)),
    quote: toAssetType(requireAsset(quote)),
    rate,
    rateVersion,
    spreadBasisPoints,
    spread: toMoneyType({ units: terms.spreadUnits, asset: sold.asset }),
    residue: toMoneyType({ units: terms.residueUnits, asset: residueAsset({ side, sold, bought }) }),
  };
}

export function toExternalAccountType({ asset, ...account }: ExternalAccount): ExternalAccountType {
  return { ...account, asset: toAssetType(requireAsset(asset)) };
}

export function toBalanceUpdate(change: BalanceChange): WalletBalanceUpdate {
  const money = (units: bigint) => toMoneyType({ units, asset: change.asset });
  return {
    cursor: change.cursor,
    asset: toAssetType(requireAsset(change.asset)),
    posted: money(change.posted),
    held: money(change.held),
    available: money(change.available),
    change: money(change.change),
    occurredAt: change.occurredAt,
    walletId: change.walletId,
    causeKind: BalanceCauseKindEnum[change.cause.type],
    causeId: change.cause.id,
  };
}
