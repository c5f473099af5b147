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
import {
  assets,
  createModel,
  type ModelLeg,
  type ModelLimit,
  opening,
  partKey,
  type Step,
  step,
  type Transfer,
  walletCount,
} from './ledger.model.fixtures.ts';
import { createLimitService } from './limit.service.ts';
import { createManualPostingService } from './manual-posting.service.ts';
import { createMemberService } from './member.service.ts';

/** `npm run test:faults` goes deeper. */
const depth = environment().TEST_FAULTS === 'all' ? 20 : 1;
const dayMs = 86_400_000;

/** The same steps on the real ledger. Gives the code of the outcome. */
async function createPlayer(ledger: TestLedger) {
  // A user per wallet and run, so that deposits and withdrawals have someone to belong to.
  const owners = Array.from({ length: walletCount }, () => uuidIds.next());
  const wallets = await Promise.all(owners.map((owner) => ledger.aWallet(owner)));
  const friend = uuidIds.next();
  const { database, outbox, clock } = ledger;
  const deps = { database, outbox, clock, ids: uuidIds };
  const members = createMemberService(deps);
  const limits = createLimitService({ ...deps, time: async () => clock.now() });
  const byHand = createManualPostingService(ledger);
  for (const { id: walletId, ownerId } of wallets) {
    const invitation = await members.invite(ledger.by(ownerId), { walletId, userId: friend, role: 'SPENDER' });
    await members.accept(ledger.by(friend), invitation.id);
  }
  // Of each run its own: nobody has more than a hundred accounts outside, and what comes from one adds up.
  const treasurer = uuidIds.next();
  const treasury = await Promise.all(assets.map((code) => ledger.aBank(treasurer, code)));
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

  const yesterdays = new Map<string, Date>();
  /** A day before it was asked for first: a repeat says the same, days later. */
  const yesterdayOf = (key: string): Date => {
    const known = yesterdays.get(key) ?? new Date(ledger.clock.now().getTime() - dayMs);
    yesterdays.set(key, known);
    return known;
  };
  const commandOf = (one: Transfer, transactionId: string) => ({
    transactionId,
    asset: code(one.asset),
    requestedBy: one.byFriend ? friend : (owners[one.from] ?? ''),
  });
  const legOf = ({ from, to, asset, units }: ModelLeg) => ({
    from: from === null ? ({ house: 'ADJUSTMENTS' } as const) : { walletId: id(from) },
    to: { walletId: id(to) },
    amount: amount(units, asset),
  });

  function setLimit({ wallet, asset, isOfFriend, period, units }: ModelLimit) {
    const wanted = { walletId: id(wallet), userId: isOfFriend ? friend : null, period, limit: amount(units, asset) };
    return limits.set(ledger.by(owners[wallet] ?? ''), wanted);
  }

  function play(
    one: Step,
    key: string,
    known: { holdAssets: readonly number[]; movementKeys: readonly string[] },
  ): Promise<string> {
    switch (one.type) {
      case 'deposit':
        return ledger
          .deposit(treasury[one.asset]?.id ?? '', id(one.to), one.units, {
            asset: code(one.asset),
            transactionId: key,
            requestedBy: treasurer,
          })
          .then(outcomeOf);
      case 'transfer':
        return ledger.transfer(id(one.from), id(one.to), one.units, commandOf(one, key)).then(outcomeOf);
      case 'linked': {
        const commands = one.parts.map((part, index) => ({
          type: 'POST_TRANSACTION' as const,
          kind: 'TRANSFER' as const,
          source: { type: 'WALLET' as const, id: id(part.from) },
          destination: { type: 'WALLET' as const, id: id(part.to) },
          units: part.units,
          memo: null,
          ...commandOf(part, partKey(key, index)),
        }));
        return ledger.ask({ type: 'LINKED', commands }, `linked:${key}`).then(outcomeOf);
      }
      case 'manual':
        return byHand
          .post(operator, {
            idempotencyKey: key,
            linked: one.isLinked,
            postings: one.postings.map((legs) => ({ legs: legs.map(legOf), memo: 'Test' })),
          })
          .then(({ outcomes }) => outcomes.map((each) => (each.status === 'REFUSED' ? each.code : each.status)).join());
      case 'backdate':
        return ledger
          .transfer(id(one.from), id(one.to), one.units, {
            asset: code(one.asset),
            transactionId: key,
            requestedBy: owners[one.from] ?? '',
            // Counts from an earlier time; whether there is enough is asked of what there is now.
            effectiveAt: yesterdayOf(key),
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
  return { play, id, code, operator, setLimit };
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
          for (const one of [...opening, ...steps]) {
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
            if (one.type === 'limit') {
              await flush();
              await player.setLimit(one);
              model.setLimit(one);
              continue;
            }
            if (one.type === 'nextDay') {
              await flush();
              ledger.clock.advance(dayMs);
              model.nextDay();
              continue;
            }
            const before = one.type === 'repeat' ? played[one.step] : undefined;
            if (one.type === 'repeat' && before === undefined) continue;
            // A repeated request gets the first answer; only refused requests about holds are decided afresh.
            const key = before?.key ?? uuidIds.next();
            const asked = before?.step ?? one;
            const isTransaction = ['deposit', 'transfer', 'backdate', 'withdraw', 'reverse'].includes(asked.type);
            const isFinal = isTransaction || asked.type === 'manual';
            const isAnswered = before !== undefined && (before.expected === 'ACCEPTED' || isFinal);
            const expected = isAnswered ? before.expected : model.decide(asked, key);
            // The body of a repeated request is the first one's, whatever has been asked for since.
            const movementKeys = before?.movementKeys ?? model.movements.map((movement) => movement.key);
            if (before === undefined) played.push({ key, step: asked, expected, movementKeys });
            else before.expected = expected;
            const known = { holdAssets: model.holds.map((found) => found.asset), movementKeys };
            // Only what has been posted is taken back: a batch reads it before it decides.
            if (asked.type === 'reverse') await flush();
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
