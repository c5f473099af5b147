// The part of the ledger that one batch works on, in memory: loaded under lock, changed by decisions, then written in one go.
// The only code that moves a counter. No I/O; ids and time come in.
import type { Ids } from '../../platform/clock.ts';
import { type AccountHolder, accountKey, balanceOf, holdsHolder, type LedgerAccount, openAccount } from './account.rules.ts';
import type { ExchangeQuote } from './exchange.repository.ts';
import type { RequestOrigin } from './ledger.commands.ts';
import { balanceChanged, type ChangeCause } from './ledger.events.ts';
import { createJournal, type EntryRow, type PostingRow, type StoredAnswer } from './ledger.journal.ts';
import { savepoint } from './ledger.savepoint.ts';
import { createSpendingBook, type SpendingCharge, type SpendingLimit } from './limit.rules.ts';
import type { WalletRole } from './member.rules.ts';
import { thresholdCrossed } from './monitor.events.ts';
import { type BalanceMonitor, createMonitorBook } from './monitor.rules.ts';

export type WalletStatus = 'ACTIVE' | 'FROZEN';
export type HoldStatus = 'PENDING' | 'CAPTURED' | 'VOIDED' | 'EXPIRED';
export type PostingKind = 'TRANSFER' | 'DEPOSIT' | 'WITHDRAWAL' | 'HOLD_CAPTURE' | 'REVERSAL' | 'EXCHANGE' | 'MANUAL';
export type Direction = 'DEBIT' | 'CREDIT';

export interface BookWallet {
  readonly id: string;
  readonly ownerId: string;
  readonly status: WalletStatus;
  /** Who else may use it. */
  readonly members?: ReadonlyMap<string, WalletRole> | undefined;
}

export interface BookExternalAccount {
  readonly id: string;
  readonly ownerId: string;
  readonly asset: string;
  readonly isRemoved: boolean;
}

export interface BookHold {
  readonly id: string;
  readonly accountId: string;
  readonly walletId: string;
  readonly asset: string;
  readonly units: bigint;
  readonly memo: string | null;
  readonly placedBy: string;
  /** The transaction whose money it keeps. */
  readonly transactionId: string | null;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  status: HoldStatus;
  capturedUnits: bigint | null;
  destinationWalletId: string | null;
  resolvedAt: Date | null;
}

/** What a posting carries out. */
export interface Carried {
  readonly type: 'TRANSACTION' | 'EXCHANGE';
  readonly id: string;
}

/** A posting of a transaction or an exchange, as far as its reversal needs it. */
export interface BookPosting {
  readonly id: string;
  readonly carriesOut: Carried;
  readonly isReversed: boolean;
  readonly legs: readonly {
    readonly debit: AccountHolder;
    readonly credit: AccountHolder;
    readonly asset: string;
    readonly units: bigint;
  }[];
}

/** What the repository found, before the first decision. */
export interface LoadedBook {
  readonly wallets: readonly BookWallet[];
  readonly externalAccounts: readonly BookExternalAccount[];
  readonly accounts: readonly LedgerAccount[];
  readonly holds: readonly BookHold[];
  readonly answers: readonly StoredAnswer[];
  readonly postings?: readonly BookPosting[];
  readonly limits?: readonly SpendingLimit[];
  readonly charges?: readonly SpendingCharge[];
  readonly monitors?: readonly BalanceMonitor[];
  readonly quotes?: readonly ExchangeQuote[];
  /** Ids of those of the quotes that have been used. */
  readonly usedQuotes?: ReadonlySet<string>;
  /** Those who ask in person and are suspended. */
  readonly suspended?: ReadonlySet<string>;
}

/** A movement from one account to another; both in the same asset. */
export interface Leg {
  readonly debit: LedgerAccount;
  readonly credit: LedgerAccount;
  readonly units: bigint;
}

export interface NewPosting {
  readonly kind: PostingKind;
  readonly transactionId: string | null;
  readonly holdId: string | null;
  readonly reversalOf?: string;
  readonly quoteId?: string;
  readonly memo: string | null;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly effectiveAt?: Date | undefined;
  readonly cause: ChangeCause;
  readonly origin: RequestOrigin;
  readonly legs: readonly Leg[];
}

export type LedgerBook = ReturnType<typeof createLedgerBook>;

export function createLedgerBook(loaded: LoadedBook, options: { ids: Ids; now: Date }) {
  const { ids, now } = options;
  const wallets = new Map(loaded.wallets.map((wallet) => [wallet.id, wallet]));
  const externalAccounts = new Map(loaded.externalAccounts.map((account) => [account.id, account]));
  const accounts = new Map(loaded.accounts.map((account) => [accountKey(account.holder, account.asset), account]));
  const holds = new Map(loaded.holds.map((hold) => [hold.id, hold]));
  const carriedKey = ({ type, id }: Carried) => `${type} ${id}`;
  const posted = new Map(loaded.postings?.map((posting) => [carriedKey(posting.carriesOut), posting]));
  const reversed = new Set(loaded.postings?.filter(({ isReversed }) => isReversed).map(({ id }) => id));
  const quotes = new Map(loaded.quotes?.map((quote) => [quote.id, quote]));
  const usedQuotes = new Set(loaded.usedQuotes);
  const answers = new Map(loaded.answers.map((answer) => [answer.key, answer]));
  const journal = createJournal();
  const spending = createSpendingBook(loaded, { now, journal });
  const { monitors, observe } = createMonitorBook(loaded, { ids, journal });

  /** The holder's account, opened in memory on first use; it is written only if something touches it. */
  function account(holder: AccountHolder, asset: string): LedgerAccount {
    const key = accountKey(holder, asset);
    let found = accounts.get(key);
    if (found === undefined) {
      found = openAccount(ids.next(), holder, asset, now);
      accounts.set(key, found);
    }
    return found;
  }

  /** The batch's time, or the last time of an account where another replica's clock was ahead. */
  function timeFor(touched: readonly LedgerAccount[]): Date {
    return new Date(Math.max(now.getTime(), ...touched.map(({ updatedAt }) => updatedAt.getTime())));
  }

  function touch(touched: LedgerAccount, at: Date): void {
    touched.updatedAt = at;
    journal.touchedAccounts.add(touched);
  }

  function addEntry(posting: PostingRow, leg: number, on: LedgerAccount, direction: Direction, units: bigint): EntryRow {
    if (direction === 'DEBIT') on.debitsPosted += units;
    else on.creditsPosted += units;
    on.version += 1;
    touch(on, posting.createdAt);
    const entry: EntryRow = {
      id: ids.next(),
      postingId: posting.id,
      leg,
      accountId: on.id,
      walletId: on.holder.type === 'WALLET' ? on.holder.id : null,
      direction,
      units,
      version: on.version,
      balanceAfter: balanceOf(on).posted,
      effectiveAt: posting.effectiveAt,
      createdAt: posting.createdAt,
    };
    journal.entries.push(entry);
    return entry;
  }

  /** Records a posting with two entries a leg. Whether it may happen has been decided before. */
  function post({ legs, cause, origin, ...posting }: NewPosting): PostingRow {
    const createdAt = timeFor(legs.flatMap(({ debit, credit }) => [debit, credit]));
    const { kind, transactionId, holdId, memo, effectiveAt, metadata } = posting;
    const row: PostingRow = {
      id: ids.next(),
      kind,
      transactionId,
      holdId,
      reversalOf: posting.reversalOf ?? null,
      quoteId: posting.quoteId ?? null,
      memo,
      metadata: metadata === undefined ? null : JSON.stringify(metadata),
      effectiveAt: effectiveAt !== undefined && effectiveAt < createdAt ? effectiveAt : null,
      createdAt,
    };
    if (row.reversalOf !== null) reversed.add(row.reversalOf);
    if (row.quoteId !== null) usedQuotes.add(row.quoteId);
    journal.postings.push(row);
    const changes = new Map<LedgerAccount, { units: bigint; entryId: string }>();
    legs.forEach(({ debit, credit, units }, leg) => {
      if (units <= 0n || debit === credit || debit.asset !== credit.asset)
        throw new Error('A leg moves a positive amount of one asset between two accounts.');
      for (const [on, direction] of [
        [debit, 'DEBIT'],
        [credit, 'CREDIT'],
      ] as const) {
        const { id } = addEntry(row, leg, on, direction, units);
        const before = changes.get(on)?.units ?? 0n;
        changes.set(on, { units: before + (direction === 'DEBIT' ? -units : units), entryId: id });
      }
    });
    for (const [on, change] of changes)
      announce(on, { entryId: change.entryId, changeUnits: change.units, cause, origin, at: row.createdAt });
    return row;
  }

  /** Sets money aside: a pending debit on the wallet's account, a pending credit on the asset's holds account. */
  function reserve(hold: BookHold, origin: RequestOrigin): void {
    holds.set(hold.id, hold);
    journal.placedHolds.add(hold);
    movePending(hold, hold.units, hold.createdAt);
    announceHold(hold, origin, hold.createdAt);
  }

  /** Resolves a hold and gives back what it kept; a capture posts after this. */
  function release(hold: BookHold, status: Exclude<HoldStatus, 'PENDING'>, origin: RequestOrigin): Date {
    if (hold.status !== 'PENDING') throw new Error(`The hold ${hold.id} is ${hold.status} and cannot be resolved again.`);
    const at = timeFor([walletAccountOf(hold), account(holdsHolder, hold.asset)]);
    movePending(hold, -hold.units, at);
    hold.status = status;
    hold.resolvedAt = at;
    spending.giveBack(hold.id, hold.units - (hold.capturedUnits ?? 0n));
    // A hold that is placed and resolved in the same batch is inserted as resolved.
    if (!journal.placedHolds.has(hold)) journal.resolvedHolds.add(hold);
    if (status !== 'CAPTURED') announceHold(hold, origin, at);
    return at;
  }

  function walletAccountOf(hold: BookHold): LedgerAccount {
    return account({ type: 'WALLET', id: hold.walletId }, hold.asset);
  }

  function movePending(hold: BookHold, units: bigint, at: Date): void {
    const source = walletAccountOf(hold);
    const counterpart = account(holdsHolder, hold.asset);
    source.debitsPending += units;
    counterpart.creditsPending += units;
    touch(source, at);
    touch(counterpart, at);
  }

  function announceHold(hold: BookHold, origin: RequestOrigin, at: Date): void {
    announce(walletAccountOf(hold), { entryId: null, changeUnits: 0n, cause: { type: 'HOLD', id: hold.id }, origin, at });
  }

  function announce(on: LedgerAccount, change: Omit<Parameters<typeof balanceChanged>[0], 'wallet' | 'account'>): void {
    if (on.holder.type !== 'WALLET') return;
    const wallet = wallets.get(on.holder.id);
    if (wallet === undefined) throw new Error(`The wallet ${on.holder.id} was not loaded with its account.`);
    journal.events.push(balanceChanged({ wallet, account: on, ...change }));
    for (const alert of observe(on, wallet, change)) journal.events.push(thresholdCrossed(alert, change.origin));
  }

  return {
    now,
    journal,
    nextId: () => ids.next(),
    wallet: (id: string) => wallets.get(id),
    externalAccount: (id: string) => externalAccounts.get(id),
    hold: (id: string) => holds.get(id),
    answer: (key: string) => answers.get(key),
    isSuspended: (userId: string) => loaded.suspended?.has(userId) ?? false,
    postingOf: (carried: Carried) => posted.get(carriedKey(carried)),
    isReversed: (postingId: string) => reversed.has(postingId),
    quote: (id: string) => quotes.get(id),
    isUsed: (quoteId: string) => usedQuotes.has(quoteId),
    savepoint: () => savepoint({ journal, accounts, holds, answers, reversed, usedQuotes, limits: spending.limits, monitors }),
    remember(answer: StoredAnswer): void {
      answers.set(answer.key, answer);
      journal.answers.push(answer);
    },
    spending,
    account,
    timeFor,
    post,
    reserve,
    release,
  };
}
