// Generated steps, and the model of the ledger that says what comes of them. No I/O.
import fc from 'fast-check';

export const assets = ['USD', 'ETH'] as const;
export const walletCount = 3;

/** A linked transfer has a key of its own. */
export const partKey = (key: string, part: number) => `${key}-${part}`;

/** A transfer asked for by the owner, or by the friend with whom every wallet is shared. */
export interface Transfer {
  readonly type: 'transfer';
  readonly from: number;
  readonly to: number;
  readonly asset: number;
  readonly units: bigint;
  readonly byFriend: boolean;
}

/** Of everybody together, or of the friend alone; for a payment, or a day. */
export interface ModelLimit {
  readonly wallet: number;
  readonly asset: number;
  readonly isOfFriend: boolean;
  readonly period: 'TRANSACTION' | 'DAY';
  readonly units: bigint;
}

/** A leg posted by hand; from nobody is from the house. */
export interface ModelLeg {
  readonly from: number | null;
  readonly to: number;
  readonly asset: number;
  readonly units: bigint;
}

export type Step =
  | { type: 'deposit'; to: number; asset: number; units: bigint }
  | Transfer
  | { type: 'withdraw'; from: number; asset: number; units: bigint }
  | { type: 'place'; on: number; asset: number; units: bigint }
  | { type: 'capture'; hold: number; to: number; units: bigint | null }
  | { type: 'void'; hold: number }
  | { type: 'reverse'; movement: number }
  | { type: 'backdate'; from: number; to: number; asset: number; units: bigint }
  | { type: 'repeat'; step: number }
  | { type: 'linked'; parts: readonly Transfer[] }
  | { type: 'manual'; isLinked: boolean; postings: readonly (readonly ModelLeg[])[] }
  | { type: 'freeze'; wallet: number; isFrozen: boolean }
  | ({ type: 'limit' } & ModelLimit)
  | { type: 'nextDay' };

const wallet = fc.nat(walletCount - 1);
/** Mostly the same one, so that steps meet each other's money and limits. */
const asset = fc.constantFrom(0, 0, 0, 1);
const units = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(1n, 50n) },
  { weight: 2, arbitrary: fc.bigInt(1n, 10n ** 30n) },
  { weight: 1, arbitrary: fc.constant(10n ** 77n) },
);
const hold = fc.nat(8);
const transfer = fc.record({
  type: fc.constant('transfer' as const),
  from: wallet,
  to: wallet,
  asset,
  units,
  byFriend: fc.boolean(),
});
/** What the house gives stays in its accounts from run to run, so that it has to be little. */
const smallUnits = fc.bigInt(1n, 80n);
const leg = fc.record({ from: fc.option(wallet, { freq: 2 }), to: wallet, asset, units: smallUnits });
const postings = fc.array(fc.array(leg, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
const limited = { type: 'limit', asset: 0, period: 'DAY', units: 60n } as const;
/** Money and limits to begin with: without money, most of a short history is refused; without limits, nothing is counted. */
export const opening: readonly Step[] = [
  ...Array.from({ length: walletCount }, (_, to) => ({ type: 'deposit' as const, to, asset: 0, units: 150n })),
  { ...limited, wallet: 0, isOfFriend: false },
  { ...limited, wallet: 1, isOfFriend: true },
];
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('deposit' as const), to: wallet, asset, units }) },
  { weight: 5, arbitrary: transfer },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('withdraw' as const), from: wallet, asset, units }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('place' as const), on: wallet, asset, units }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('capture' as const), hold, to: wallet, units: fc.option(fc.bigInt(1n, 60n)) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('void' as const), hold }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('reverse' as const), movement: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('backdate' as const), from: wallet, to: wallet, asset, units }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('repeat' as const), step: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('linked' as const), parts: fc.array(transfer, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('manual' as const), isLinked: fc.boolean(), postings }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('freeze' as const), wallet, isFrozen: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('limit' as const),
      wallet,
      asset,
      isOfFriend: fc.boolean(),
      period: fc.constantFrom('TRANSACTION' as const, 'DAY' as const, 'DAY' as const),
      units: fc.oneof({ weight: 4, arbitrary: fc.bigInt(1n, 120n) }, { weight: 1, arbitrary: fc.bigInt(1n, 10n ** 30n) }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'nextDay' as const }) },
);

export interface ModelHold {
  readonly on: number;
  readonly asset: number;
  readonly units: bigint;
  status: 'PENDING' | 'CAPTURED' | 'VOIDED';
}

/** A transfer between wallets that was asked for, in the order of asking; it can be taken back when it was made. */
interface ModelMovement {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly asset: number;
  readonly units: bigint;
  readonly isMade: boolean;
  isReversed: boolean;
}

/** The ledger as one would explain it to a child: balances in a table, holds in a list. */
export function createModel() {
  const posted = new Map<string, bigint>();
  const isFrozen = new Set<number>();
  const holds: ModelHold[] = [];
  const movements: ModelMovement[] = [];
  const at = (holder: number, inAsset: number) => `${holder}/${inAsset}`;
  const balance = (holder: number, inAsset: number) => posted.get(at(holder, inAsset)) ?? 0n;
  const held = (holder: number, inAsset: number) =>
    holds
      .filter((one) => one.on === holder && one.asset === inAsset && one.status === 'PENDING')
      .reduce((sum, one) => sum + one.units, 0n);
  const available = (holder: number, inAsset: number) => balance(holder, inAsset) - held(holder, inAsset);
  const limits = new Map<string, ModelLimit & { used: bigint }>();
  const add = (holder: number, inAsset: number, change: bigint) =>
    posted.set(at(holder, inAsset), balance(holder, inAsset) + change);

  /** What `attempt` has changed is as it was when it gives something else than ACCEPTED. */
  function allOrNone(attempt: () => string): string {
    const [before, used] = [new Map(posted), [...limits.values()].map((limit) => limit.used)];
    const asked = movements.length;
    const outcome = attempt();
    if (outcome === 'ACCEPTED') return outcome;
    posted.clear();
    for (const [key, value] of before) posted.set(key, value);
    for (const [index, limit] of [...limits.values()].entries()) limit.used = used[index] ?? 0n;
    movements.length = asked;
    return outcome;
  }

  function setLimit(limit: ModelLimit): void {
    const key = [limit.wallet, limit.asset, limit.isOfFriend, limit.period].join('/');
    // What has been used stays used.
    limits.set(key, { ...limit, used: limits.get(key)?.used ?? 0n });
  }

  function nextDay(): void {
    for (const limit of limits.values()) limit.used = 0n;
  }

  /** Counts what the wallet pays; false when that is more than a limit leaves. */
  function spend(from: number, inAsset: number, paid: bigint, byFriend: boolean, isCounted: boolean): boolean {
    const binding = [...limits.values()].filter(
      (limit) => limit.wallet === from && limit.asset === inAsset && (!limit.isOfFriend || byFriend),
    );
    if (isCounted) for (const limit of binding) if (limit.period === 'DAY') limit.used += paid;
    return binding.every((limit) => isCounted || limit.used + paid <= limit.units);
  }

  function decide(one: Step, key: string): string {
    if (one.type === 'linked') return allOrNone(() => decideLinked(one.parts, key));
    if (one.type === 'manual') return decideManual(one);
    if (one.type !== 'transfer' && one.type !== 'backdate') return decideOther(one);
    const outcome = decideTransfer(one);
    const { from, to, units: moved } = one;
    movements.push({ key, from, to, asset: one.asset, units: moved, isMade: outcome === 'ACCEPTED', isReversed: false });
    return outcome;
  }

  function decideLinked(parts: readonly Transfer[], key: string): string {
    for (const [index, part] of parts.entries()) {
      const outcome = decide(part, partKey(key, index));
      if (outcome !== 'ACCEPTED') return outcome;
    }
    return 'ACCEPTED';
  }

  /** The outcome of each, one after the other. */
  function decideManual({ isLinked, postings: all }: Step & { type: 'manual' }): string {
    const outcomes: string[] = [];
    const inOrder = () => {
      for (const legs of all) {
        const outcome = allOrNone(() => decideLegs(legs));
        outcomes.push(outcome === 'ACCEPTED' ? 'POSTED' : outcome);
        if (isLinked && outcome !== 'ACCEPTED') return outcome;
      }
      return 'ACCEPTED';
    };
    if (allOrNone(inOrder) === 'ACCEPTED') return outcomes.join();
    return all.map((_, index) => (index === outcomes.length - 1 ? outcomes[index] : 'NOT_POSTED')).join();
  }

  function decideLegs(legs: readonly ModelLeg[]): string {
    for (const { from, to } of legs) {
      if ((from !== null && isFrozen.has(from)) || isFrozen.has(to)) return 'WALLET_FROZEN';
      if (from === to) return 'TRANSFER_TO_SELF';
    }
    for (const { from, to, asset: inAsset, units: moved } of legs) {
      if (from !== null && available(from, inAsset) < moved) return 'INSUFFICIENT_FUNDS';
      if (from !== null) add(from, inAsset, -moved);
      add(to, inAsset, moved);
    }
    return 'ACCEPTED';
  }

  function decideTransfer(one: Step & { type: 'transfer' | 'backdate' }): string {
    const byFriend = one.type === 'transfer' && one.byFriend;
    if (isFrozen.has(one.from)) return 'WALLET_FROZEN';
    // Every wallet is shared with the friend, who may know.
    if (isFrozen.has(one.to)) return byFriend ? 'WALLET_FROZEN' : 'DESTINATION_UNAVAILABLE';
    if (one.from === one.to) return 'TRANSFER_TO_SELF';
    if (!spend(one.from, one.asset, one.units, byFriend, false)) return 'SPENDING_LIMIT_EXCEEDED';
    if (available(one.from, one.asset) < one.units) return 'INSUFFICIENT_FUNDS';
    spend(one.from, one.asset, one.units, byFriend, true);
    add(one.from, one.asset, -one.units);
    add(one.to, one.asset, one.units);
    return 'ACCEPTED';
  }

  function decideOther(one: Step): string {
    switch (one.type) {
      case 'deposit':
        if (isFrozen.has(one.to)) return 'DESTINATION_UNAVAILABLE';
        add(one.to, one.asset, one.units);
        return 'ACCEPTED';
      case 'withdraw':
        if (isFrozen.has(one.from)) return 'WALLET_FROZEN';
        if (!spend(one.from, one.asset, one.units, false, false)) return 'SPENDING_LIMIT_EXCEEDED';
        if (available(one.from, one.asset) < one.units) return 'INSUFFICIENT_FUNDS';
        spend(one.from, one.asset, one.units, false, true);
        add(one.from, one.asset, -one.units);
        return 'ACCEPTED';
      case 'place':
        if (isFrozen.has(one.on)) return 'WALLET_FROZEN';
        if (available(one.on, one.asset) < one.units) return 'INSUFFICIENT_FUNDS';
        holds.push({ on: one.on, asset: one.asset, units: one.units, status: 'PENDING' });
        return 'ACCEPTED';
      case 'capture': {
        const found = holds[one.hold];
        if (found === undefined) return 'HOLD_NOT_FOUND';
        if (found.status !== 'PENDING') return 'HOLD_ALREADY_RESOLVED';
        if (one.to === found.on) return 'TRANSFER_TO_SELF';
        if (isFrozen.has(found.on) || isFrozen.has(one.to)) return 'WALLET_FROZEN';
        const taken = one.units ?? found.units;
        if (taken > found.units) return 'CAPTURE_EXCEEDS_HOLD';
        found.status = 'CAPTURED';
        add(found.on, found.asset, -taken);
        add(one.to, found.asset, taken);
        return 'ACCEPTED';
      }
      case 'void': {
        const found = holds[one.hold];
        if (found === undefined) return 'HOLD_NOT_FOUND';
        if (found.status !== 'PENDING') return 'HOLD_ALREADY_RESOLVED';
        found.status = 'VOIDED';
        return 'ACCEPTED';
      }
      case 'reverse': {
        const found = movements[one.movement];
        if (!found?.isMade) return 'POSTING_NOT_FOUND';
        if (found.isReversed) return 'ALREADY_REVERSED';
        // Frozen wallets are no obstacle; money that was spent is.
        if (available(found.to, found.asset) < found.units) return 'INSUFFICIENT_FUNDS';
        found.isReversed = true;
        add(found.to, found.asset, -found.units);
        add(found.from, found.asset, found.units);
        return 'ACCEPTED';
      }
      default:
        throw new Error(`The model decides no ${one.type}.`);
    }
  }

  return { decide, balance, held, isFrozen, holds, movements, setLimit, nextDay, limits };
}
