// Decides what fills the house's stock of an asset against the book of a batch. Pure; every check comes before the first change.
import { liquidityHolder } from './account.rules.ts';
import { externalAccountErrors } from './external-account.errors.ts';
import type { LedgerBook } from './ledger.book.ts';
import type { FundLiquidity, RequestOrigin } from './ledger.commands.ts';
import { audited } from './ledger.events.ts';
import { checkAmount, checkCounters } from './movement.rules.ts';

/** Money comes from an external account of whoever confirms that it has arrived. @throws money errors, EXTERNAL_ACCOUNT_NOT_FOUND, EXTERNAL_ACCOUNT_ASSET_MISMATCH, BALANCE_LIMIT_EXCEEDED */
export function decideFunding(command: FundLiquidity, book: LedgerBook, origin: RequestOrigin): string {
  const { externalAccountId, asset, units, requestedBy } = command;
  checkAmount(units, asset);
  const source = book.externalAccount(externalAccountId);
  if (source === undefined || source.isRemoved || source.ownerId !== requestedBy)
    throw externalAccountErrors.EXTERNAL_ACCOUNT_NOT_FOUND({ externalAccountId });
  if (source.asset !== asset)
    throw externalAccountErrors.EXTERNAL_ACCOUNT_ASSET_MISMATCH({ externalAccountId, asset, expected: source.asset });
  const legs = [
    {
      debit: book.account({ type: 'EXTERNAL_ACCOUNT', id: externalAccountId }, asset),
      credit: book.account(liquidityHolder, asset),
      units,
    },
  ];
  checkCounters(legs);
  // Nobody's wallet changes, so that nobody is told of a cause.
  const cause = { type: 'EXCHANGE', id: externalAccountId } as const;
  const { id } = book.post({ kind: 'DEPOSIT', transactionId: null, holdId: null, memo: null, cause, origin, legs });
  book.journal.events.push(
    audited(
      {
        actorId: origin.actorId,
        action: 'liquidity.fund',
        resourceType: 'Liquidity',
        resourceId: asset,
        outcome: 'SUCCEEDED',
        subjectUserId: null,
        details: { asset, units: units.toString(), externalAccountId, postingId: id },
        requestId: origin.requestId,
      },
      origin,
    ),
  );
  return id;
}
