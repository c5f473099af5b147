// Deciding without a database: what a book says before, between and after decisions.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ids } from '../../platform/clock.ts';
import { unitsMax } from '../../platform/money/money.ts';
import { balanceOf, type HolderType, type LedgerAccount, openAccount } from './account.rules.ts';
import { createLedgerBook, type LedgerBook } from './ledger.book.ts';
import { fingerprintOf, type LedgerCommand, type PostTransaction, transactionKey } from './ledger.commands.ts';
import { outcomeOf } from './ledger.fixtures.ts';
import { decide } from './ledger.rules.ts';

const now = new Date('2026-11-01T12:00:00.000Z');
const origin = { actorId: 'system', requestId: null };

function countingIds(): Ids {
  let last = 0;
  return { next: () => `id-${++last}` };
}

function aBook(opening = 1_000n, change: Partial<LedgerAccount> = {}): LedgerBook {
  const account = {
    ...openAccount('a-usd', { type: 'WALLET', id: 'a' }, 'USD', now),
    isNew: false,
    creditsPosted: opening,
    version: 1,
    ...change,
  };
  return createLedgerBook(
    {
      wallets: [
        { id: 'a', ownerId: 'alice', status: 'ACTIVE' },
        { id: 'b', ownerId: 'bob', status: 'ACTIVE' },
        { id: 'f', ownerId: 'frank', status: 'FROZEN' },
      ],
      externalAccounts: [{ id: 'x', ownerId: 'alice', asset: 'USD', isRemoved: false }],
      accounts: [account],
      holds: [],
      answers: [],
    },
    { ids: countingIds(), now },
  );
}

function aTransfer(change: Partial<PostTransaction> = {}): PostTransaction {
  return {
    type: 'POST_TRANSACTION',
    transactionId: 't',
    kind: 'TRANSFER',
    requestedBy: 'alice',
    source: { type: 'WALLET', id: 'a' },
    destination: { type: 'WALLET', id: 'b' },
    asset: 'USD',
    units: 10n,
    memo: null,
    ...change,
  };
}

function decided(command: LedgerCommand, book: LedgerBook, key: string | null = 'key'): string {
  return outcomeOf(decide({ key, idempotencyKey: 'key', command, origin }, fingerprintOf(command), book));
}

function balances(book: LedgerBook) {
  return ['a', 'b'].map((id) => balanceOf(book.account({ type: 'WALLET' as HolderType, id }, 'USD')));
}

describe('deciding', () => {
  it('sees what earlier requests of the batch have done', () => {
    const book = aBook(15n);
    expect(decided(aTransfer({ transactionId: 't1' }), book, transactionKey('t1'))).toBe('ACCEPTED');
    expect(decided(aTransfer({ transactionId: 't2' }), book, transactionKey('t2'))).toBe('INSUFFICIENT_FUNDS');
    const back = aTransfer({
      transactionId: 't3',
      requestedBy: 'bob',
      source: { type: 'WALLET', id: 'b' },
      destination: { type: 'WALLET', id: 'a' },
    });
    expect(decided(back, book, transactionKey('t3'))).toBe('ACCEPTED');
    expect(balances(book).map(({ posted }) => posted)).toEqual([15n, 0n]);
    expect(
      book.journal.entries.map(({ accountId, version, balanceAfter }) => [accountId === 'a-usd', version, balanceAfter]),
    ).toEqual([
      [true, 2, 5n],
      [false, 1, 10n],
      [false, 2, 0n],
      [true, 3, 15n],
    ]);
  });

  it('leaves nothing of a refused request but its answer and its events', () => {
    const party = fc.record({
      type: fc.constantFrom('WALLET', 'EXTERNAL_ACCOUNT'),
      id: fc.constantFrom('a', 'b', 'f', 'x', 'missing'),
    });
    const command = fc.record({
      type: fc.constant('POST_TRANSACTION'),
      transactionId: fc.uuid(),
      kind: fc.constantFrom('TRANSFER', 'DEPOSIT', 'WITHDRAWAL'),
      requestedBy: fc.constantFrom('alice', 'bob', 'mallory'),
      source: party,
      destination: party,
      asset: fc.constantFrom('USD', 'ETH', 'DOGE'),
      units: fc.bigInt(-2n, unitsMax + 2n),
      memo: fc.constant(null),
    }) as fc.Arbitrary<PostTransaction>;
    fc.assert(
      fc.property(command, (one) => {
        const book = aBook();
        const outcome = decided(one, book);
        const { touchedAccounts, postings, entries } = book.journal;
        const legs = outcome === 'ACCEPTED' ? 1 : 0;
        expect([touchedAccounts.size, postings.length, entries.length]).toEqual([2 * legs, legs, 2 * legs]);
        const sum = [...touchedAccounts].reduce((total, account) => total + balanceOf(account).posted, 0n);
        const opening = [...touchedAccounts].some(({ id }) => id === 'a-usd') ? 1_000n : 0n;
        expect(sum).toBe(opening);
        for (const account of touchedAccounts) {
          if (account.holder.type === 'WALLET') expect(balanceOf(account).available).toBeGreaterThanOrEqual(0n);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('lets a counter fill its column and not outgrow it', () => {
    const full = aBook(unitsMax, { debitsPosted: unitsMax - 10n });
    expect(decided(aTransfer({ units: 10n }), full)).toBe('ACCEPTED');
    const [source, destination] = [{ type: 'EXTERNAL_ACCOUNT', id: 'x' } as const, { type: 'WALLET', id: 'a' } as const];
    const deposit = aTransfer({ kind: 'DEPOSIT', source, destination, units: 1n });
    expect(decided(deposit, aBook(unitsMax - 1n))).toBe('ACCEPTED');
    expect(decided(deposit, aBook(unitsMax))).toBe('BALANCE_LIMIT_EXCEEDED');
  });

  it('remembers refusals of transactions and not of holds', () => {
    const book = aBook(5n);
    decided(aTransfer(), book, 'k1');
    decided(
      { type: 'PLACE_HOLD', walletId: 'a', asset: 'USD', units: 6n, memo: null, expiresAt: null, placedBy: 'op' },
      book,
      'k2',
    );
    expect(book.journal.answers.map(({ key, outcome }) => [key, outcome])).toEqual([['k1', 'REFUSED']]);
  });

  it('tells one change per account of a posting with several legs', () => {
    const book = aBook();
    const [a, b] = (['a', 'b'] as const).map((id) => book.account({ type: 'WALLET', id }, 'USD')) as [
      LedgerAccount,
      LedgerAccount,
    ];
    const legs = [
      { debit: a, credit: b, units: 30n },
      { debit: b, credit: a, units: 5n },
    ];
    book.post({
      kind: 'TRANSFER',
      transactionId: 't',
      holdId: null,
      memo: null,
      cause: { type: 'TRANSACTION', id: 't' },
      origin,
      legs,
    });
    expect(book.journal.entries.map(({ leg }) => leg)).toEqual([0, 0, 1, 1]);
    expect(book.journal.events.map(({ data }) => [data.walletId, data.changeUnits, data.posted])).toEqual([
      ['a', '-25', '975'],
      ['b', '25', '25'],
    ]);
  });

  it('refuses legs that are no movement, as a fault of the program', () => {
    const book = aBook();
    const a = book.account({ type: 'WALLET', id: 'a' }, 'USD');
    const inEther = book.account({ type: 'WALLET', id: 'b' }, 'ETH');
    const post = (leg: { debit: LedgerAccount; credit: LedgerAccount; units: bigint }) => () =>
      book.post({
        kind: 'TRANSFER',
        transactionId: 't',
        holdId: null,
        memo: null,
        cause: { type: 'TRANSACTION', id: 't' },
        origin,
        legs: [leg],
      });
    expect(post({ debit: a, credit: a, units: 1n })).toThrow('A leg moves');
    expect(post({ debit: a, credit: inEther, units: 1n })).toThrow('A leg moves');
    expect(post({ debit: a, credit: book.account({ type: 'WALLET', id: 'b' }, 'USD'), units: 0n })).toThrow('A leg moves');
  });

  it('knows a request by its content, in whatever order it was written', () => {
    const command = aTransfer();
    const { memo, ...others } = command;
    expect(fingerprintOf({ memo, ...others })).toBe(fingerprintOf(command));
    expect(fingerprintOf(aTransfer({ units: 11n }))).not.toBe(fingerprintOf(command));
  });
});
