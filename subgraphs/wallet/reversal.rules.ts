// Decides taking a posted transaction back against the book of a batch. Pure; every check comes before the first change.
import type { LedgerAccount } from './account.rules.ts';
import { exchangeErrors } from './exchange.errors.ts';
import { exchangeReversed } from './exchange.events.ts';
import type { BookPosting, LedgerBook, Leg } from './ledger.book.ts';
import type { RequestOrigin, ReverseExchange, ReverseTransaction } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import type { ChangeCause } from './ledger.events.ts';
import { roleIn } from './member.rules.ts';
import { checkCounters, checkFunds } from './movement.rules.ts';
import { walletErrors } from './wallet.errors.ts';

/**
 * Posts the exact mirror of a transaction's legs. Frozen wallets are no obstacle: it restores what was before.
 * @throws POSTING_NOT_FOUND, ALREADY_REVERSED, INSUFFICIENT_FUNDS when who received it has spent it, BALANCE_LIMIT_EXCEEDED
 */
export function decideReversal(command: ReverseTransaction, book: LedgerBook, origin: RequestOrigin): string {
  const { transactionId, reason } = command;
  const posting = book.postingOf({ type: 'TRANSACTION', id: transactionId });
  if (posting === undefined) throw ledgerErrors.POSTING_NOT_FOUND({ transactionId });
  if (book.isReversed(posting.id)) throw ledgerErrors.ALREADY_REVERSED({ transactionId });
  return mirror(posting, { reason, cause: { type: 'TRANSACTION', id: transactionId } }, book, origin);
}

/**
 * Posts the exact mirror of an exchange's legs, spread and residue included, at the rate that it was made at. Nobody takes their own back.
 * @throws EXCHANGE_NOT_FOUND, OWN_WALLET, EXCHANGE_ALREADY_REVERSED, INSUFFICIENT_FUNDS when what was bought is spent, INSUFFICIENT_LIQUIDITY, BALANCE_LIMIT_EXCEEDED
 */
export function decideExchangeReversal(command: ReverseExchange, book: LedgerBook, origin: RequestOrigin): string {
  const { exchangeId, reason, requestedBy } = command;
  const posting = book.postingOf({ type: 'EXCHANGE', id: exchangeId });
  const walletId = posting?.legs.find(({ debit }) => debit.type === 'WALLET')?.debit.id ?? '';
  const wallet = book.wallet(walletId);
  if (posting === undefined || wallet === undefined) throw exchangeErrors.EXCHANGE_NOT_FOUND({ exchangeId });
  if (roleIn(wallet, requestedBy) !== null) throw walletErrors.OWN_WALLET({ walletId });
  if (book.isReversed(posting.id)) throw exchangeErrors.EXCHANGE_ALREADY_REVERSED({ exchangeId });
  const id = mirror(posting, { reason, cause: { type: 'EXCHANGE', id: exchangeId } }, book, origin);
  book.journal.events.push(...exchangeReversed(exchangeId, { postingId: id, reason }, wallet, origin));
  return id;
}

function mirror(
  posting: BookPosting,
  { reason, cause }: { reason: string; cause: ChangeCause },
  book: LedgerBook,
  origin: RequestOrigin,
): string {
  const legs: Leg[] = posting.legs.map(({ debit, credit, asset, units }) => ({
    debit: book.account(credit, asset),
    credit: book.account(debit, asset),
    units,
  }));
  for (const [account, units] of netDebits(legs)) if (units > 0n) checkFunds(account, units);
  checkCounters(legs);
  return book.post({
    kind: 'REVERSAL',
    transactionId: null,
    holdId: null,
    reversalOf: posting.id,
    memo: reason,
    cause,
    origin,
    legs,
  }).id;
}

/** What the legs take from each account, all together. */
function netDebits(legs: readonly Leg[]): Map<LedgerAccount, bigint> {
  const net = new Map<LedgerAccount, bigint>();
  for (const { debit, credit, units } of legs) {
    net.set(debit, (net.get(debit) ?? 0n) + units);
    net.set(credit, (net.get(credit) ?? 0n) - units);
  }
  return net;
}
