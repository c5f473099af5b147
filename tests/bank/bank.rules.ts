// What may not be seen of a bank whose accounts only pay each other: the four errors that Jepsen's bank workload counts, and what a payment
// owes to the one who asked for it.

/** Jepsen's four, of every reading at any time. */
export interface ReadErrors {
  /** An account that nobody opened. */
  unexpectedKey: number;
  /** An account without a balance, or one that is missing. */
  nilBalance: number;
  /** Readings whose balances do not add up to what was paid in. */
  wrongTotal: number;
  /** An account with less than nothing, what is set aside counted as gone. */
  negativeValue: number;
}

/** Of the whole history, when everything has come to its end. */
export interface HistoryErrors {
  /** Acknowledged payments that are nowhere, or are said to be completed and moved nothing. */
  lost: number;
  /** Keys that made more than one payment, or payments that moved money more than once, or without being completed. */
  duplicated: number;
  /** Requests that were refused for good and left a payment all the same. */
  refusedButMade: number;
  /** Payments that come to no end. */
  unfinished: number;
  /** Accounts whose balance is not what was paid in, received and sent. */
  wrongBalance: number;
}

export const noReadErrors = (): ReadErrors => ({ unexpectedKey: 0, nilBalance: 0, wrongTotal: 0, negativeValue: 0 });

/** What one reading of the ledger shows of an account, in smallest units. */
export interface AccountReading {
  readonly holderId: string;
  readonly posted: string | null;
  readonly available: string | null;
}

/** Adds what is wrong with one reading to the counts. */
export function judgeReading(
  reading: readonly AccountReading[],
  bank: { ids: readonly string[]; total: bigint },
  errors: ReadErrors,
): void {
  const known = new Set(bank.ids);
  const seen = new Set<string>();
  let total = 0n;
  for (const { holderId, posted, available } of reading) {
    if (!known.has(holderId)) errors.unexpectedKey += 1;
    seen.add(holderId);
    if (posted === null || available === null) {
      errors.nilBalance += 1;
      continue;
    }
    if (BigInt(posted) < 0n || BigInt(available) < 0n) errors.negativeValue += 1;
    total += BigInt(posted);
  }
  errors.nilBalance += bank.ids.filter((id) => !seen.has(id)).length;
  if (total !== bank.total) errors.wrongTotal += 1;
}

/** One request, under one key, that was answered with a payment's id. */
export interface Acknowledged {
  readonly key: string;
  /** One, however often it was asked for. */
  readonly ids: ReadonlySet<string>;
}

export interface StoredPayment {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly units: bigint;
  /** Entries of wallets that the ledger has of it: a debit and a credit when it was carried out once. */
  readonly entries: number;
}

export interface History {
  readonly acknowledged: readonly Acknowledged[];
  /** Keys of requests that were refused for good. */
  readonly refusedKeys: readonly string[];
  readonly payments: readonly StoredPayment[];
  readonly opening: ReadonlyMap<string, bigint>;
  /** Posted balances at the end. */
  readonly closing: ReadonlyMap<string, bigint>;
}

const ended = new Set(['COMPLETED', 'FAILED', 'REJECTED', 'EXPIRED']);
const entriesOfOnePosting = 2;

export function judgeHistory(history: History): HistoryErrors {
  const { payments, refusedKeys } = history;
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const isLost = ({ ids }: Acknowledged) =>
    [...ids].some((id) => {
      const payment = byId.get(id);
      return payment === undefined || (payment.state === 'COMPLETED' && payment.entries < entriesOfOnePosting);
    });
  const perKey = new Map<string, number>();
  for (const { key } of payments) perKey.set(key, (perKey.get(key) ?? 0) + 1);
  const movedTooMuch = ({ state, entries }: StoredPayment) => entries > (state === 'COMPLETED' ? entriesOfOnePosting : 0);
  const twiceAnswered = history.acknowledged.filter(({ ids }) => ids.size > 1).length;
  const twiceMade = [...perKey.values()].filter((count) => count > 1).length;
  return {
    lost: history.acknowledged.filter(isLost).length,
    duplicated: twiceAnswered + twiceMade + payments.filter(movedTooMuch).length,
    refusedButMade: refusedKeys.filter((key) => perKey.has(key)).length,
    unfinished: payments.filter(({ state }) => !ended.has(state)).length,
    wrongBalance: wrongBalances(history),
  };
}

function wrongBalances({ opening, closing, payments }: History): number {
  const expected = new Map(opening);
  const add = (id: string, units: bigint) => expected.set(id, (expected.get(id) ?? 0n) + units);
  for (const { state, sourceId, destinationId, units } of payments) {
    if (state !== 'COMPLETED') continue;
    add(sourceId, -units);
    add(destinationId, units);
  }
  return [...expected].filter(([id, units]) => closing.get(id) !== units).length;
}
