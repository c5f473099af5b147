// Counts spending against limits, on the book of a batch, which holds the lock of the account that pays. Pure; no I/O, the time comes in.
import { describeMoney } from '../../platform/money/money.ts';
import { limitErrors } from './limit.errors.ts';

export const limitPeriods = ['TRANSACTION', 'DAY', 'MONTH'] as const;
export type LimitPeriod = (typeof limitPeriods)[number];

/** Limits of one wallet, for all members, periods and assets together: a batch reads them all. */
export const limitsMax = 200;
/** The member whose spending is everybody's together. No user has this id. */
export const wholeWallet = '';

export interface SpendingLimit {
  readonly id: string;
  readonly walletId: string;
  /** Whose spending it limits, or `wholeWallet`. */
  readonly memberId: string;
  readonly asset: string;
  readonly period: LimitPeriod;
  readonly units: bigint;
  /** Beginning of the period that `used` is of; null before the first spending. */
  startsAt: Date | null;
  /** Spent and set aside in that period. */
  used: bigint;
}

/** What a hold has taken up of a limit. */
export interface SpendingCharge {
  readonly holdId: string;
  readonly limitId: string;
  readonly startsAt: Date;
  readonly units: bigint;
}

/** Calendar days and months in UTC: everybody can tell when they renew, whatever was spent when. Null for single payments, which never do. */
export function windowOf(period: LimitPeriod, now: Date): { readonly startsAt: Date; readonly renewsAt: Date } | null {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  switch (period) {
    case 'TRANSACTION':
      return null;
    case 'DAY':
      return { startsAt: new Date(Date.UTC(year, month, day)), renewsAt: new Date(Date.UTC(year, month, day + 1)) };
    case 'MONTH':
      return { startsAt: new Date(Date.UTC(year, month, 1)), renewsAt: new Date(Date.UTC(year, month + 1, 1)) };
  }
}

/** Where a limit stands at a moment. Of two clocks, the later one has begun the period: it does not go back. */
export function standingOf(
  limit: Pick<SpendingLimit, 'period' | 'startsAt' | 'used'>,
  now: Date,
): { readonly used: bigint; readonly startsAt: Date | null; readonly renewsAt: Date | null } {
  const at = limit.startsAt !== null && limit.startsAt > now ? limit.startsAt : now;
  const window = windowOf(limit.period, at);
  if (window === null) return { used: 0n, startsAt: null, renewsAt: null };
  return { ...window, used: limit.startsAt?.getTime() === window.startsAt.getTime() ? limit.used : 0n };
}

export type SpendingBook = ReturnType<typeof createSpendingBook>;

interface Spending {
  readonly walletId: string;
  readonly asset: string;
  readonly userId: string;
  /** Everything that the wallet pays, fees included. */
  readonly units: bigint;
}

/** What has changed, for the journal. */
export interface SpendingJournal {
  readonly touchedLimits: Set<SpendingLimit>;
  readonly charges: SpendingCharge[];
}

export function createSpendingBook(
  loaded: { readonly limits?: readonly SpendingLimit[]; readonly charges?: readonly SpendingCharge[] },
  { now, journal }: { now: Date; journal: SpendingJournal },
) {
  const limits = new Map(loaded.limits?.map((limit) => [limit.id, limit]));
  const known = loaded.charges ?? [];

  function limitsOn({ walletId, asset, userId }: Spending): SpendingLimit[] {
    return [...limits.values()].filter(
      (limit) =>
        limit.walletId === walletId && limit.asset === asset && (limit.memberId === wholeWallet || limit.memberId === userId),
    );
  }

  /** @throws SPENDING_LIMIT_EXCEEDED */
  function check(spending: Spending): void {
    if (limits.size === 0) return;
    for (const limit of limitsOn(spending)) {
      const { used, renewsAt } = standingOf(limit, now);
      if (used + spending.units <= limit.units) continue;
      const money = (units: bigint) => describeMoney({ units, asset: limit.asset });
      throw limitErrors.SPENDING_LIMIT_EXCEEDED({
        walletId: limit.walletId,
        period: limit.period,
        isWholeWallet: limit.memberId === wholeWallet,
        limit: money(limit.units),
        used: money(used),
        requested: money(spending.units),
        renewsAt: renewsAt?.toISOString() ?? null,
      });
    }
  }

  /** Counts what `check` has let pass; for a hold, so that it can be given back with it. */
  function count(spending: Spending, holdId: string | null): void {
    if (limits.size === 0) return;
    for (const limit of limitsOn(spending)) {
      const { used, startsAt } = standingOf(limit, now);
      if (startsAt === null) continue;
      limit.startsAt = startsAt;
      limit.used = used + spending.units;
      journal.touchedLimits.add(limit);
      if (holdId !== null) journal.charges.push({ holdId, limitId: limit.id, startsAt, units: spending.units });
    }
  }

  /** Gives back what a hold had taken up and does not need, to the period that it was taken from, unless that is over. */
  function giveBack(holdId: string, units: bigint): void {
    if (units === 0n || limits.size === 0) return;
    for (const charge of [...known, ...journal.charges]) {
      const limit = charge.holdId === holdId ? limits.get(charge.limitId) : undefined;
      if (limit?.startsAt?.getTime() !== charge.startsAt.getTime()) continue;
      limit.used -= units < limit.used ? units : limit.used;
      journal.touchedLimits.add(limit);
    }
  }

  return { limits, check, count, giveBack };
}
