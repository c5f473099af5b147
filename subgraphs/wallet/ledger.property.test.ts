// Generated histories against a simple model: whatever happens in whatever batches, the ledger answers and counts as the model does.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { environment } from '../../platform/config/environment.ts';
import { isDomainError } from '../../platform/errors.ts';
import { formatUnits, requireAsset } from '../../platform/money/money.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import { aLedger, operatorId, outcomeOf, type TestLedger } from './ledger.fixtures.ts';

/** `npm run test:faults` goes deeper. */
const depth = environment().TEST_FAULTS === 'all' ? 20 : 1;
const assets = ['USD', 'ETH'] as const;
const walletCount = 3;
const backdatedMs = 86_400_000;

type Step =
  | { type: 'deposit'; to: number; asset: number; units: bigint }
  | { type: 'transfer'; from: number; to: number; asset: number; units: bigint }
  | { type: 'withdraw'; from: number; asset: number; units: bigint }
  | { type: 'place'; on: number; asset: number; units: bigint }
  | { type: 'capture'; hold: number; to: number; units: bigint | null }
  | { type: 'void'; hold: number }
  | { type: 'reverse'; movement: number }
  | { type: 'backdate'; from: number; to: number; asset: number; units: bigint }
  | { type: 'repeat'; step: number }
  | { type: 'freeze'; wallet: number; isFrozen: boolean };

const wallet = fc.nat(walletCount - 1);
const asset = fc.nat(assets.length - 1);
const units = fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 10n ** 30n), fc.constant(10n ** 77n));
const hold = fc.nat(8);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('deposit' as const), to: wallet, asset, units }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('transfer' as const), from: wallet, to: wallet, asset, units }) },
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
  { weight: 1, arbitrary: fc.record({ type: fc.constant('freeze' as const), wallet, isFrozen: fc.boolean() }) },
);

interface ModelHold {
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
function createModel() {
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
  const add = (holder: number, inAsset: number, change: bigint) =>
    posted.set(at(holder, inAsset), balance(holder, inAsset) + change);

  function decide(one: Step, key: string): string {
    if (one.type !== 'transfer' && one.type !== 'backdate') return decideOther(one);
    const outcome = decideTransfer(one);
    const { from, to, units: moved } = one;
    movements.push({ key, from, to, asset: one.asset, units: moved, isMade: outcome === 'ACCEPTED', isReversed: false });
    return outcome;
  }

  function decideTransfer(one: Step & { type: 'transfer' | 'backdate' }): string {
    if (isFrozen.has(one.from) || (isFrozen.has(one.to) && one.from === one.to)) return 'WALLET_FROZEN';
    if (isFrozen.has(one.to)) return 'DESTINATION_UNAVAILABLE';
    if (one.from === one.to) return 'TRANSFER_TO_SELF';
    if (available(one.from, one.asset) < one.units) return 'INSUFFICIENT_FUNDS';
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
        if (available(one.from, one.asset) < one.units) return 'INSUFFICIENT_FUNDS';
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

  return { decide, balance, held, isFrozen, holds, movements };
}

/** The same steps on the real ledger. Gives the code of the outcome. */
async function createPlayer(ledger: TestLedger) {
  // A user per wallet and run, so that deposits and withdrawals have someone to belong to.
  const owners = Array.from({ length: walletCount }, () => uuidIds.next());
  const wallets = await Promise.all(owners.map((owner) => ledger.aWallet(owner)));
  const treasury = await Promise.all(assets.map((code) => ledger.aBank(operatorId, code)));
  const homes = await Promise.all(owners.map((owner) => Promise.all(assets.map((code) => ledger.aBank(owner, code)))));
  const holdIds: string[] = [];
  const id = (index: number) => wallets[index]?.id ?? 'missing';
  const code = (index: number) => assets[index] ?? 'USD';
  const amount = (of: bigint, inAsset: number) => ({
    amount: formatUnits(of, requireAsset(code(inAsset))),
    asset: code(inAsset),
  });
  const operator = ledger.by(operatorId);
  const settled = (work: Promise<{ id: string }>, note: (holdId: string) => void = () => {}) =>
    work.then(
      (found) => {
        note(found.id);
        return 'ACCEPTED';
      },
      (error: unknown) => {
        if (isDomainError(error)) return error.code;
        throw error;
      },
    );

  function play(
    one: Step,
    key: string,
    known: { holdAssets: readonly number[]; movementKeys: readonly string[] },
  ): Promise<string> {
    switch (one.type) {
      case 'deposit':
        return ledger
          .deposit(treasury[one.asset]?.id ?? '', id(one.to), one.units, { asset: code(one.asset), transactionId: key })
          .then(outcomeOf);
      case 'transfer':
      case 'backdate':
        return ledger
          .transfer(id(one.from), id(one.to), one.units, {
            asset: code(one.asset),
            transactionId: key,
            requestedBy: owners[one.from] ?? '',
            // Counts from an earlier time; whether there is enough is asked of what there is now.
            effectiveAt: one.type === 'backdate' ? new Date(ledger.clock.now().getTime() - backdatedMs) : undefined,
          })
          .then(outcomeOf);
      case 'withdraw':
        return ledger
          .withdraw(id(one.from), homes[one.from]?.[one.asset]?.id ?? '', one.units, {
            asset: code(one.asset),
            transactionId: key,
            requestedBy: owners[one.from] ?? '',
          })
          .then(outcomeOf);
      case 'place':
        return settled(
          ledger.holds.place(operator, { idempotencyKey: key, walletId: id(one.on), amount: amount(one.units, one.asset) }),
          (holdId) => holdIds.includes(holdId) || holdIds.push(holdId),
        );
      case 'capture':
        return settled(
          ledger.holds.capture(operator, {
            idempotencyKey: key,
            holdId: holdIds[one.hold] ?? 'missing',
            destinationWalletId: id(one.to),
            amount: one.units === null ? null : amount(one.units, known.holdAssets[one.hold] ?? 0),
          }),
        );
      case 'void':
        return settled(ledger.holds.void(operator, { idempotencyKey: key, holdId: holdIds[one.hold] ?? 'missing' }));
      case 'reverse': {
        const transactionId = known.movementKeys[one.movement] ?? key;
        const reversal = { transactionId, attemptId: key, requestedBy: operatorId, reason: 'Test' };
        return ledger.ask({ type: 'REVERSE_TRANSACTION', ...reversal }).then(outcomeOf);
      }
      default:
        throw new Error(`There is no request for ${one.type}.`);
    }
  }
  return { play, id, code, operator };
}

describeEachDatabase('any history', (open, provider) => {
  it(
    'is answered and counted as the model does',
    async () => {
      const ledger = aLedger(await open<PrismaClient>('wallet'));
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.boolean(), async (steps, inBatches) => {
          const model = createModel();
          const player = await createPlayer(ledger);
          const played: { key: string; step: Step; expected: string; movementKeys: readonly string[] }[] = [];
          let batch: { outcome: Promise<string>; expected: string; step: Step }[] = [];
          const flush = async () => {
            const outcomes = await Promise.all(batch.map(({ outcome }) => outcome));
            expect(outcomes).toEqual(batch.map(({ expected }) => expected));
            batch = [];
          };
          for (const one of steps) {
            if (one.type === 'freeze') {
              await flush();
              const input = { walletId: player.id(one.wallet), reason: 'Test' };
              await (one.isFrozen
                ? ledger.wallets.freeze(player.operator, input)
                : ledger.wallets.unfreeze(player.operator, input));
              if (one.isFrozen) model.isFrozen.add(one.wallet);
              else model.isFrozen.delete(one.wallet);
              continue;
            }
            const before = one.type === 'repeat' ? played[one.step] : undefined;
            if (one.type === 'repeat' && before === undefined) continue;
            // A repeated request gets the first answer; only refused requests about holds are decided afresh.
            const key = before?.key ?? uuidIds.next();
            const asked = before?.step ?? one;
            const isTransaction = ['deposit', 'transfer', 'backdate', 'withdraw', 'reverse'].includes(asked.type);
            const isAnswered = before !== undefined && (before.expected === 'ACCEPTED' || isTransaction);
            const expected = isAnswered ? before.expected : model.decide(asked, key);
            // The body of a repeated request is the first one's, whatever has been asked for since.
            const movementKeys = before?.movementKeys ?? model.movements.map((movement) => movement.key);
            if (before === undefined) played.push({ key, step: asked, expected, movementKeys });
            else before.expected = expected;
            const known = { holdAssets: model.holds.map((found) => found.asset), movementKeys };
            batch.push({ outcome: player.play(asked, key, known), expected, step: asked });
            // Later steps name holds by id, which is known once the placing has been answered.
            if (!inBatches || asked.type === 'place' || batch.length >= 6) await flush();
          }
          await flush();
          for (const [index] of Array.from({ length: walletCount }).entries()) {
            for (const [inAsset] of assets.entries()) {
              const found = await ledger.balance(player.id(index), player.code(inAsset));
              expect([found.posted, found.held]).toEqual([model.balance(index, inAsset), model.held(index, inAsset)]);
            }
          }
          expect((await checkLedger(ledger.database)).offender).toBeNull();
        }),
        { numRuns: (provider === 'sqlite' ? 25 : 12) * depth, endOnFailure: true },
      );
    },
    120_000 * depth,
  );
});
