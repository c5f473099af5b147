// Decides taking a posted transaction back against the book of a batch. Pure; every check comes before the first change.
import type { LedgerAccount } from './account.rules.ts';
import type { LedgerBook, Leg } from './ledger.book.ts';
import type { RequestOrigin, ReverseTransaction } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { checkCounters, checkFunds } from './movement.rules.ts';

/**
 * Posts the exact mirror of a transaction's legs. Frozen wallets are no obstacle: it restores what was before.
 * @throws POSTING_NOT_FOUND, ALREADY_REVERSED, INSUFFICIENT_FUNDS when who received it has spent it, BALANCE_LIMIT_EXCEEDED
 */
export function decideReversal(command: ReverseTransaction, book: LedgerBook, origin: RequestOrigin): string {
  const { transactionId, reason } = command;
  const posting = book.postingOf(transactionId);
  if (posting === undefined) throw ledgerErrors.POSTING_NOT_FOUND({ transactionId });
  if (book.isReversed(posting.id)) throw ledgerErrors.ALREADY_REVERSED({ transactionId });
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
    cause: { type: 'TRANSACTION', id: transactionId },
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
