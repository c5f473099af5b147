// Spending limits: generated parallel histories against a count by hand, and the rules one by one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import { aLedger, outcomeOf } from './ledger.fixtures.ts';
import { type LimitPeriod, windowOf } from './limit.rules.ts';
import { createLimitService } from './limit.service.ts';
import { createMemberService } from './member.service.ts';

const dayMs = 86_400_000;
const spenders = ['alice', 'bob', 'carol'] as const;
type Spender = (typeof spenders)[number];

/** Alice's wallet with 100,000 cents, which Bob and Carol may spend from as well; `replicas` ledgers work on it. */
async function aSharedWallet(database: Database<PrismaClient>, replicas = 1) {
  const clock = createTestClock();
  clock.freezeAt(new Date('2026-11-29T23:00:00.000Z'));
  const ledgers = Array.from({ length: replicas }, () => aLedger(database, { clock }));
  const [ledger] = ledgers;
  if (ledger === undefined) throw new Error('There is at least one ledger.');
  const deps = { database, outbox: ledger.outbox, clock, ids: uuidIds };
  const members = createMemberService(deps);
  const limits = createLimitService({ ...deps, time: async () => clock.now() });
  const { id } = await ledger.aWallet('alice');
  const { id: shop } = await ledger.aWallet('shop');
  for (const userId of ['bob', 'carol']) {
    const invitation = await members.invite(ledger.by('alice'), { walletId: id, userId, role: 'SPENDER' });
    await members.accept(ledger.by(userId), invitation.id);
  }
  await ledger.deposit((await ledger.aBank()).id, id, 100_000n);

  const limit = (userId: Spender | null, period: LimitPeriod, amount: string, by: string = 'alice') =>
    limits.set(ledger.by(by), { walletId: id, userId, period, limit: { amount, asset: 'USD' } });
  const pay = (requestedBy: string, units: bigint, on = ledger) => on.transfer(id, shop, units, { requestedBy });
  const reserve = (requestedBy: string, units: bigint, transactionId: string = uuidIds.next(), on = ledger) =>
    on.ask({ type: 'RESERVE_FUNDS', transactionId, requestedBy, walletId: id, asset: 'USD', units, expiresAt: null });
  const giveBack = (holdId: string, heldFor: string, on = ledger) => on.ask({ type: 'VOID_HOLD', holdId, heldFor });
  const capture = (requestedBy: string, holdId: string, transactionId: string, units: bigint, on = ledger) =>
    on.transfer(id, shop, units, { requestedBy, holdId, transactionId });
  const used = async () => {
    const rows = await database.client.spendingLimit.findMany({ where: { walletId: id } });
    return new Map(
      rows.map((row) => [`${row.memberId}/${row.period}`, { startsAt: row.periodStartsAt, used: BigInt(row.used.toString()) }]),
    );
  };
  return { ledger, ledgers, clock, id, shop, members, limits, limit, pay, reserve, giveBack, capture, used };
}

const spend = fc.record({
  who: fc.constantFrom(...spenders),
  units: fc.bigInt(1n, 4_000n),
  /** What becomes of it: posted at once, or set aside and then posted, posted in part, or given back. */
  fate: fc.constantFrom('POST', 'CAPTURE', 'CAPTURE_PART', 'VOID', 'KEEP'),
});
/** Rounds of parallel spending, with the hours that pass after each. */
const rounds = fc.array(
  fc.record({ spends: fc.array(spend, { minLength: 4, maxLength: 12 }), hours: fc.integer({ min: 0, max: 30 }) }),
  {
    minLength: 2,
    maxLength: 4,
  },
);

const allowances: [who: Spender | null, period: LimitPeriod, units: bigint][] = [
  [null, 'DAY', 9_000n],
  [null, 'MONTH', 15_000n],
  ['bob', 'DAY', 5_000n],
  ['bob', 'TRANSACTION', 3_000n],
  ['carol', 'MONTH', 6_000n],
];

describeEachDatabase('spending limits', (open, provider) => {
  it('are never passed, however many spend at once on however many replicas, and count what was spent to the cent', async () => {
    const database = await open<PrismaClient>('wallet');
    const replicas = provider === 'postgresql' ? 2 : 1;
    await fc.assert(
      fc.asyncProperty(rounds, async (history) => {
        const house = await aSharedWallet(database, replicas);
        for (const [who, period, units] of allowances) await house.limit(who, period, `${units / 100n}.00`);
        /** Everything that counts, by when it was decided. */
        const counted: { who: Spender; at: Date; units: bigint }[] = [];
        const one = async ({ who, units, fate }: { who: Spender; units: bigint; fate: string }, index: number) => {
          const on = house.ledgers[index % replicas] ?? house.ledger;
          const at = house.clock.now();
          const transactionId = uuidIds.next();
          const answer = fate === 'POST' ? await house.pay(who, units, on) : await house.reserve(who, units, transactionId, on);
          if (answer.status === 'REFUSED') return expect(answer.refusal.code).toBe('SPENDING_LIMIT_EXCEEDED');
          if (answer.status !== 'ACCEPTED') throw new Error(`The ledger answered ${answer.status}.`);
          const captured = fate === 'CAPTURE_PART' ? (units + 1n) / 2n : units;
          if (fate.startsWith('CAPTURE'))
            expect(outcomeOf(await house.capture(who, answer.resultId, transactionId, captured, on))).toBe('ACCEPTED');
          if (fate === 'VOID') expect(outcomeOf(await house.giveBack(answer.resultId, transactionId, on))).toBe('ACCEPTED');
          if (fate !== 'VOID') counted.push({ who, at, units: captured });
        };
        for (const { spends, hours } of history) {
          await Promise.all(spends.map(one));
          const used = await house.used();
          const now = house.clock.now();
          for (const [who, period, units] of allowances) {
            const window = windowOf(period, now);
            if (window === null) continue;
            const spent = counted
              .filter(({ who: by, at }) => (who === null || by === who) && at >= window.startsAt)
              .reduce((sum, each) => sum + each.units, 0n);
            expect(spent <= units).toBe(true);
            const row = used.get(`${who ?? ''}/${period}`);
            const inWindow = row?.startsAt?.getTime() === window.startsAt.getTime() ? row.used : 0n;
            expect([who, period, inWindow]).toEqual([who, period, spent]);
          }
          expect(counted.every(({ who, units }) => who !== 'bob' || units <= 3_000n)).toBe(true);
          house.clock.advance(hours * 3_600_000);
        }
        await Promise.all(house.ledgers.map(({ writer }) => writer.stop()));
      }),
      { numRuns: 8 },
    );
    expect(await checkLedger(database)).toMatchObject({ isSound: true, offender: null });
  });

  it('say how much is left and when they renew, and renew with the calendar day', async () => {
    const house = await aSharedWallet(await open<PrismaClient>('wallet'));
    await house.limit('bob', 'DAY', '50.00');
    expect(outcomeOf(await house.pay('bob', 3_000n))).toBe('ACCEPTED');
    const answer = await house.pay('bob', 2_001n);
    expect(answer).toMatchObject({
      status: 'REFUSED',
      refusal: {
        code: 'SPENDING_LIMIT_EXCEEDED',
        message:
          'By you, from this wallet at most 50.00 USD may be spent a day; 30.00 USD has been, and 20.01 USD is too much. The limit renews at 2026-11-30T00:00:00.000Z.',
        details: {
          period: 'DAY',
          limit: '50.00 USD',
          used: '30.00 USD',
          requested: '20.01 USD',
          renewsAt: '2026-11-30T00:00:00.000Z',
        },
      },
    });
    expect(outcomeOf(await house.pay('carol', 2_001n))).toBe('ACCEPTED');
    expect(outcomeOf(await house.pay('bob', 2_000n))).toBe('ACCEPTED');
    house.clock.advance(3_600_000);
    expect(outcomeOf(await house.pay('bob', 2_001n))).toBe('ACCEPTED');
  });

  it('get back what a hold did not need, of the period that it was taken from', async () => {
    const house = await aSharedWallet(await open<PrismaClient>('wallet'));
    await house.limit(null, 'DAY', '50.00');
    const [first, second] = [uuidIds.next(), uuidIds.next()];
    const held = await house.reserve('bob', 5_000n, first);
    expect(outcomeOf(await house.reserve('alice', 1n))).toBe('SPENDING_LIMIT_EXCEEDED');
    if (held.status !== 'ACCEPTED') throw new Error('The money was not set aside.');
    await house.giveBack(held.resultId, first);
    expect((await house.used()).get('/DAY')?.used).toBe(0n);
    const again = await house.reserve('alice', 5_000n, second);
    if (again.status !== 'ACCEPTED') throw new Error('The money was not set aside.');
    house.clock.advance(dayMs);
    expect(outcomeOf(await house.pay('bob', 4_000n))).toBe('ACCEPTED');
    // Yesterday's hold gives nothing back to today.
    await house.giveBack(again.resultId, second);
    expect((await house.used()).get('/DAY')?.used).toBe(4_000n);
  });

  it('keep what has been spent when they change, and leave no trace of a dry run or a refusal', async () => {
    const house = await aSharedWallet(await open<PrismaClient>('wallet'));
    await house.limit('bob', 'MONTH', '50.00');
    await house.pay('bob', 3_000n);
    const lowered = await house.limit('bob', 'MONTH', '20.00');
    expect(lowered).toMatchObject({ used: 3_000n, remaining: 0n });
    expect(outcomeOf(await house.pay('bob', 1n))).toBe('SPENDING_LIMIT_EXCEEDED');
    const raised = await house.limit('bob', 'MONTH', '2000.00');
    expect(raised).toMatchObject({ used: 3_000n, remaining: 197_000n });
    expect(outcomeOf(await house.pay('bob', 150_000n))).toBe('INSUFFICIENT_FUNDS');
    const dry = {
      type: 'RESERVE_FUNDS',
      transactionId: uuidIds.next(),
      requestedBy: 'bob',
      walletId: house.id,
      asset: 'USD',
      units: 5n,
      expiresAt: null,
    } as const;
    expect(outcomeOf(await house.ledger.ask(dry, `reserve:${dry.transactionId}`, true))).toBe('WOULD_BE_ACCEPTED');
    expect((await house.used()).get('bob/MONTH')?.used).toBe(3_000n);
  });

  it('are set by who is above, and known to whom they concern', async () => {
    const house = await aSharedWallet(await open<PrismaClient>('wallet'));
    const viewer = (userId: string) => ({ userId, permissions: new Set<string>() }) as never;
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'OK',
        (error: { code: string }) => error.code,
      );
    await house.members.changeRole(house.ledger.by('alice'), { walletId: house.id, userId: 'carol', role: 'ADMIN' });
    expect(await codeOf(house.limit(null, 'DAY', '90.00', 'carol'))).toBe('WALLET_ROLE_INSUFFICIENT');
    expect(await codeOf(house.limit('carol', 'DAY', '90.00', 'carol'))).toBe('WALLET_ROLE_INSUFFICIENT');
    expect(await codeOf(house.limit('bob', 'DAY', '90.00', 'bob'))).toBe('WALLET_ROLE_INSUFFICIENT');
    expect(await codeOf(house.limit('bob', 'DAY', '90.00', 'shop'))).toBe('WALLET_NOT_FOUND');
    expect(
      await codeOf(
        house.limits.set(house.ledger.by('alice'), {
          walletId: house.id,
          userId: 'shop',
          period: 'DAY',
          limit: { amount: '1', asset: 'USD' },
        }),
      ),
    ).toBe('WALLET_MEMBER_NOT_FOUND');
    const ofBob = await house.limit('bob', 'DAY', '90.00', 'carol');
    const ofCarol = await house.limit('carol', 'TRANSACTION', '0');
    const ofAll = await house.limit(null, 'MONTH', '500.00');
    expect(outcomeOf(await house.pay('carol', 1n))).toBe('SPENDING_LIMIT_EXCEEDED');
    const seen = async (userId: string) =>
      (await house.limits.listOf(viewer(userId), { id: house.id, ownerId: 'alice' })).map(({ limit }) => limit.id).sort();
    const all = [ofBob, ofCarol, ofAll].map(({ limit }) => limit.id).sort();
    expect(await seen('alice')).toEqual(all);
    expect(await seen('carol')).toEqual(all);
    expect(await seen('bob')).toEqual([ofBob.limit.id, ofAll.limit.id].sort());
    expect(await codeOf(house.limits.remove(house.ledger.by('shop'), ofAll.limit.id))).toBe('SPENDING_LIMIT_NOT_FOUND');
    expect(await codeOf(house.limits.remove(house.ledger.by('carol'), ofCarol.limit.id))).toBe('WALLET_ROLE_INSUFFICIENT');
    expect(await codeOf(house.limits.remove(house.ledger.by('alice'), ofCarol.limit.id))).toBe('OK');
    expect(outcomeOf(await house.pay('carol', 1n))).toBe('ACCEPTED');
  });

  it('bind also who has a second account, owns the wallet too, or leaves and comes back', async () => {
    const house = await aSharedWallet(await open<PrismaClient>('wallet'));
    const { ledger, members, limits, id: walletId } = house;
    const join = async (by: string, userId: string, role: 'ADMIN' | 'OWNER' | 'SPENDER') =>
      members.accept(ledger.by(userId), (await members.invite(ledger.by(by), { walletId, userId, role })).id);
    const change = (by: string, userId: string, role: 'ADMIN' | 'SPENDER') =>
      members.changeRole(ledger.by(by), { walletId, userId, role });
    for (const userId of ['bob', 'carol']) await change('alice', userId, 'ADMIN');
    const early = await members.invite(ledger.by('bob'), { walletId, userId: 'bob-too', role: 'SPENDER' });
    const ofBob = await house.limit('bob', 'DAY', '1.00');
    await expect(join('bob', 'bob-three', 'SPENDER')).rejects.toMatchObject({ code: 'SPENDING_IS_LIMITED' });
    await expect(members.accept(ledger.by('bob-too'), early.id)).rejects.toMatchObject({ code: 'WALLET_INVITATION_NOT_FOUND' });
    await members.invite(ledger.by('bob'), { walletId, userId: 'a-viewer', role: 'VIEWER' });

    const ofAll = await house.limit(null, 'DAY', '5.00');
    await join('alice', 'olga', 'OWNER');
    await expect(limits.remove(ledger.by('olga'), ofAll.limit.id)).rejects.toMatchObject({ code: 'WALLET_ROLE_INSUFFICIENT' });
    expect(outcomeOf(await house.pay('olga', 501n))).toBe('SPENDING_LIMIT_EXCEEDED');

    await members.leave(ledger.by('bob'), walletId);
    await expect(limits.remove(ledger.by('carol'), ofBob.limit.id)).rejects.toMatchObject({ code: 'WALLET_ROLE_INSUFFICIENT' });
    await join('carol', 'bob', 'SPENDER');
    expect(outcomeOf(await house.pay('bob', 101n))).toBe('SPENDING_LIMIT_EXCEEDED');
  });

  it('are guarded by the database, whatever the code decides', async () => {
    const database = await open<PrismaClient>('wallet');
    const house = await aSharedWallet(database);
    const { limit } = await house.limit('bob', 'DAY', '50.00');
    // Outside transactions SQLite is read only, which would refuse anything.
    const overspend = (used: string) =>
      database.transaction(({ client }) => client.spendingLimit.update({ where: { id: limit.id }, data: { used } }));
    await overspend('5000');
    await expect(overspend('5001')).rejects.toThrow(/constraint/i);
    await overspend('0');
    await house.reserve('bob', 1n);
    const forget = database.transaction(({ client }) => client.spendingCharge.deleteMany({ where: { limitId: limit.id } }));
    await expect(forget).rejects.toThrow(/constraint/i);
  });
});

describe('the periods of spending limits', () => {
  it.each([
    ['DAY', '2026-02-28T23:59:59.999Z', '2026-02-28T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    ['DAY', '2028-02-29T00:00:00.000Z', '2028-02-29T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['MONTH', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ] as const)('are %ss of the UTC calendar: %s', (period, now, startsAt, renewsAt) => {
    expect(windowOf(period, new Date(now))).toEqual({ startsAt: new Date(startsAt), renewsAt: new Date(renewsAt) });
  });
});
