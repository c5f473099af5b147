// Decides postings that an operator makes by hand against the book of a batch. Pure; of each posting, every check comes before the first change.
import { type DomainError, isDomainError, type JsonObject } from '../../platform/errors.ts';
import { describeMoney } from '../../platform/money/money.ts';
import type { AccountHolder, LedgerAccount } from './account.rules.ts';
import { externalAccountErrors } from './external-account.errors.ts';
import type { LedgerBook, Leg } from './ledger.book.ts';
import type { ManualLeg, ManualPosting, PostManually, RequestOrigin } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { audited } from './ledger.events.ts';
import { manualPostingErrors } from './manual-posting.errors.ts';
import { roleIn } from './member.rules.ts';
import { checkActive, checkAmount, checkCounters, checkFunds, usable } from './movement.rules.ts';
import { walletErrors } from './wallet.errors.ts';

/** How far back money may count from. */
export const effectiveDaysMax = 366;
const dayMs = 86_400_000;

/** What has become of one posting of a batch. */
export type ManualOutcome =
  | { readonly status: 'POSTED'; readonly postingId: string }
  | { readonly status: 'REFUSED'; readonly code: string; readonly message: string; readonly details: JsonObject }
  /** Nothing stands in its way, but it is linked with one that was refused. */
  | { readonly status: 'NOT_POSTED' };

/** The answer to a request, kept: a repeat is told the same. */
export interface ManualBatch {
  readonly id: string;
  readonly requestedBy: string;
  readonly isLinked: boolean;
  readonly outcomes: readonly ManualOutcome[];
  readonly createdAt: Date;
}

/** Decides one after the other; they see each other's effects. Linked ones are posted all or none. Never refuses as a whole. */
export function decideManually(command: PostManually, book: LedgerBook, origin: RequestOrigin): ManualBatch {
  const { requestedBy, isLinked, postings } = command;
  const id = book.nextId();
  const undo = isLinked ? book.savepoint() : null;
  const outcomes: ManualOutcome[] = [];
  for (const posting of postings) {
    try {
      outcomes.push({ status: 'POSTED', postingId: post(posting, { batchId: id, requestedBy }, book, origin) });
    } catch (error) {
      if (!isDomainError(error)) throw error;
      outcomes.push(refused(error));
      if (undo === null) continue;
      undo();
      break;
    }
  }
  const failed = isLinked ? outcomes.findIndex(({ status }) => status === 'REFUSED') : -1;
  const told = failed < 0 ? outcomes : postings.map((_, index) => (index === failed ? outcomes[index] : null) ?? notPosted);
  const batch: ManualBatch = { id, requestedBy, isLinked, outcomes: told, createdAt: book.now };
  book.journal.manualBatches.push(batch);
  book.journal.events.push(batchAudited(batch, origin));
  return batch;
}

const notPosted = { status: 'NOT_POSTED' } as const;

function refused({ code, message, details }: DomainError): ManualOutcome {
  return { status: 'REFUSED', code, message, details };
}

/**
 * @throws money errors, EFFECTIVE_TIME_IN_FUTURE, EFFECTIVE_TIME_TOO_EARLY, WALLET_NOT_FOUND, OWN_WALLET, WALLET_FROZEN, ACCOUNT_FROZEN,
 *   EXTERNAL_ACCOUNT_NOT_FOUND, EXTERNAL_ACCOUNT_ASSET_MISMATCH, OWN_EXTERNAL_ACCOUNT, MONEY_LEAVES_BY_WITHDRAWAL, TRANSFER_TO_SELF, INSUFFICIENT_FUNDS,
 *   INSUFFICIENT_LIQUIDITY, BALANCE_LIMIT_EXCEEDED
 */
function post(
  { legs, memo, metadata, effectiveAt }: ManualPosting,
  { batchId, requestedBy }: { batchId: string; requestedBy: string },
  book: LedgerBook,
  origin: RequestOrigin,
): string {
  checkEffective(effectiveAt, book.now);
  const resolved = legs.map((leg) => resolve(leg, requestedBy, book));
  checkFundsInOrder(resolved);
  checkCounters(resolved);
  const cause = { type: 'MANUAL', id: batchId } as const;
  const { id } = book.post({
    kind: 'MANUAL',
    transactionId: null,
    holdId: null,
    memo,
    metadata,
    effectiveAt,
    cause,
    origin,
    legs: resolved,
  });
  book.journal.events.push(...postingAudited(id, { legs, memo, effectiveAt, batchId }, book, origin));
  return id;
}

function checkEffective(effectiveAt: Date | undefined, now: Date): void {
  if (effectiveAt === undefined) return;
  if (effectiveAt > now) throw ledgerErrors.EFFECTIVE_TIME_IN_FUTURE({ effectiveAt: effectiveAt.toISOString() });
  if (now.getTime() - effectiveAt.getTime() > effectiveDaysMax * dayMs)
    throw manualPostingErrors.EFFECTIVE_TIME_TOO_EARLY({ effectiveAt: effectiveAt.toISOString(), daysMax: effectiveDaysMax });
}

function resolve({ debit, credit, asset, units }: ManualLeg, requestedBy: string, book: LedgerBook): Leg {
  checkAmount(units, asset);
  if (credit.type === 'EXTERNAL_ACCOUNT') {
    if (debit.type === 'WALLET') throw manualPostingErrors.MONEY_LEAVES_BY_WITHDRAWAL({ walletId: debit.id });
    if (book.externalAccount(credit.id)?.ownerId === requestedBy)
      throw manualPostingErrors.OWN_EXTERNAL_ACCOUNT({ externalAccountId: credit.id });
  }
  const leg = { debit: accountOf(debit, asset, requestedBy, book), credit: accountOf(credit, asset, requestedBy, book), units };
  if (leg.debit === leg.credit) throw ledgerErrors.TRANSFER_TO_SELF({ walletId: debit.id });
  return leg;
}

/** Whoever may move other people's money by hand must not be one of them. */
function accountOf(holder: AccountHolder, asset: string, requestedBy: string, book: LedgerBook): LedgerAccount {
  const { type, id } = holder;
  if (type === 'WALLET') {
    const wallet = book.wallet(id);
    if (wallet === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId: id });
    if (roleIn(wallet, requestedBy) !== null) throw walletErrors.OWN_WALLET({ walletId: id });
    checkActive(wallet);
  }
  if (type === 'EXTERNAL_ACCOUNT') {
    const found = book.externalAccount(id);
    if (found === undefined || found.isRemoved) throw externalAccountErrors.EXTERNAL_ACCOUNT_NOT_FOUND({ externalAccountId: id });
    if (found.asset !== asset)
      throw externalAccountErrors.EXTERNAL_ACCOUNT_ASSET_MISMATCH({ externalAccountId: id, asset, expected: found.asset });
  }
  return usable(book.account(holder, asset));
}

/** Legs happen in their order: what one brings may be spent by the next, and no balance in between is below what it may be. */
function checkFundsInOrder(legs: readonly Leg[]): void {
  const gained = new Map<LedgerAccount, bigint>();
  for (const { debit, credit, units } of legs) {
    const gain = gained.get(debit) ?? 0n;
    if (units > gain) checkFunds(debit, units - gain);
    gained.set(debit, gain - units);
    gained.set(credit, (gained.get(credit) ?? 0n) + units);
  }
}

/** One record for each owner whose wallet it touches, so that it is in the trail of each; one of nobody when it touches none. */
function postingAudited(
  postingId: string,
  { legs, memo, effectiveAt, batchId }: Pick<ManualPosting, 'legs' | 'memo' | 'effectiveAt'> & { batchId: string },
  book: LedgerBook,
  origin: RequestOrigin,
) {
  const walletIds = legs
    .flatMap(({ debit, credit }) => [debit, credit].filter(({ type }) => type === 'WALLET'))
    .map(({ id }) => id);
  const owners = new Set(walletIds.map((id) => book.wallet(id)?.ownerId ?? null));
  const name = ({ type, id }: AccountHolder) => `${type}:${id}`;
  const details = {
    batchId,
    memo,
    effectiveAt: effectiveAt?.toISOString() ?? null,
    legs: legs.map(({ debit, credit, ...money }) => ({ from: name(debit), to: name(credit), amount: describeMoney(money) })),
  };
  return [...(owners.size === 0 ? [null] : owners)].map((subjectUserId) =>
    audited(
      {
        actorId: origin.actorId,
        action: 'ledger.post',
        resourceType: 'Posting',
        resourceId: postingId,
        outcome: 'SUCCEEDED',
        subjectUserId,
        details,
        requestId: origin.requestId,
      },
      origin,
    ),
  );
}

function batchAudited({ id, isLinked, outcomes }: ManualBatch, origin: RequestOrigin) {
  const posted = outcomes.filter(({ status }) => status === 'POSTED').length;
  const codes = outcomes.flatMap((outcome) => (outcome.status === 'REFUSED' ? [outcome.code] : []));
  return audited(
    {
      actorId: origin.actorId,
      action: 'ledger.post_batch',
      resourceType: 'PostingBatch',
      resourceId: id,
      outcome: posted > 0 ? 'SUCCEEDED' : 'REFUSED',
      subjectUserId: null,
      details: { isLinked, posted, refused: codes },
      requestId: origin.requestId,
    },
    origin,
  );
}
