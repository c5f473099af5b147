// Decides the use of a quote against the book of a batch. Pure; every check comes before the first change.
import { liquidityHolder, roundingHolder, spreadHolder } from './account.rules.ts';
import { exchangeErrors } from './exchange.errors.ts';
import { exchangeAudited, exchangeCompleted } from './exchange.events.ts';
import type { ExchangeQuote } from './exchange.repository.ts';
import type { LedgerBook, Leg } from './ledger.book.ts';
import type { Exchange, RequestOrigin } from './ledger.commands.ts';
import { requireRole } from './member.rules.ts';
import { checkActive, checkCounters, checkFunds, usable } from './movement.rules.ts';
import { walletErrors } from './wallet.errors.ts';

/**
 * Exchanges at the quoted amounts, to the unit. What is sold counts as spent: else a limit on one asset would be got round by way of another.
 * @throws QUOTE_NOT_FOUND also for who was not given the quote, QUOTE_ALREADY_USED, QUOTE_EXPIRED, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT,
 *   WALLET_FROZEN, ACCOUNT_FROZEN, SPENDING_LIMIT_EXCEEDED, INSUFFICIENT_FUNDS, INSUFFICIENT_LIQUIDITY, BALANCE_LIMIT_EXCEEDED
 */
export function decideExchange({ quoteId, requestedBy }: Exchange, book: LedgerBook, origin: RequestOrigin): string {
  const quote = book.quote(quoteId);
  if (quote === undefined || quote.userId !== requestedBy) throw exchangeErrors.QUOTE_NOT_FOUND({ quoteId });
  if (book.isUsed(quoteId)) throw exchangeErrors.QUOTE_ALREADY_USED({ quoteId });
  if (quote.expiresAt <= book.now) throw exchangeErrors.QUOTE_EXPIRED({ quoteId, expiresAt: quote.expiresAt.toISOString() });
  const { walletId, sold } = quote;
  const wallet = book.wallet(walletId);
  if (wallet === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId });
  requireRole(wallet, requestedBy, 'SPENDER');
  checkActive(wallet);
  const legs = legsOf(quote, book);
  const spending = { walletId, asset: sold.asset, userId: requestedBy, units: sold.units };
  book.spending.check(spending);
  checkFunds(book.account({ type: 'WALLET', id: walletId }, sold.asset), sold.units);
  const house = book.account(liquidityHolder, quote.bought.asset);
  checkFunds(
    house,
    legs.reduce((sum, leg) => sum + (leg.debit === house ? leg.units : 0n), 0n),
  );
  checkCounters(legs);
  book.spending.count(spending, null);
  const cause = { type: 'EXCHANGE', id: quoteId } as const;
  const { id } = book.post({ kind: 'EXCHANGE', transactionId: null, holdId: null, quoteId, memo: null, cause, origin, legs });
  book.journal.events.push(exchangeCompleted(id, quote, wallet, origin), exchangeAudited(id, quote, wallet, origin));
  return id;
}

/**
 * The sold asset goes to the house's stock at the rate, to its earnings, and what rounding leaves over to an account of its own; the bought asset comes
 * out of the stock. Each leg is in one asset, so each asset sums to zero by itself. @throws ACCOUNT_FROZEN
 */
function legsOf({ walletId, side, sold, bought, spreadUnits, residueUnits }: ExchangeQuote, book: LedgerBook): Leg[] {
  const walletIn = (asset: string) => usable(book.account({ type: 'WALLET', id: walletId }, asset));
  const [from, to] = [walletIn(sold.asset), walletIn(bought.asset)];
  const house = book.account(liquidityHolder, bought.asset);
  const isOfSold = side === 'SELL';
  const legs: Leg[] = [
    {
      debit: from,
      credit: book.account(liquidityHolder, sold.asset),
      units: sold.units - spreadUnits - (isOfSold ? residueUnits : 0n),
    },
    { debit: from, credit: book.account(spreadHolder, sold.asset), units: spreadUnits },
    { debit: house, credit: to, units: bought.units },
    {
      debit: isOfSold ? from : house,
      credit: book.account(roundingHolder, isOfSold ? sold.asset : bought.asset),
      units: residueUnits,
    },
  ];
  return legs.filter(({ units }) => units > 0n);
}
