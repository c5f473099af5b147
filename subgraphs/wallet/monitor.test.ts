// Balance monitors: generated parallel histories against a replay of the balances, and the rules one by one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import { aLedger, outcomeOf } from './ledger.fixtures.ts';
import { createMemberService } from './member.service.ts';
import { monitorEventTypes } from './monitor.events.ts';
import { createMonitorService, type NewMonitor } from './monitor.service.ts';

type Rule = Pick<NewMonitor, 'balance' | 'condition'> & { threshold: number; rearmAt: number };

/** Alice's wallet with 1,000 cents, which Bob may look at. */
async function aWatchedWallet(database: Database<PrismaClient>, replicas = 1) {
  const ledger = aLedger(database);
  const ledgers = [ledger, ...Array.from({ length: replicas - 1 }, () => aLedger(database, { clock: ledger.clock }))];
  const deps = { database, outbox: ledger.outbox, clock: ledger.clock, ids: uuidIds };
  const monitors = createMonitorService(deps);
  const members = createMemberService(deps);
  const { id } = await ledger.aWallet('alice');
  const { id: shop } = await ledger.aWallet('shop');
  const join = async (userId: string) => {
    const invitation = await members.invite(ledger.by('alice'), { walletId: id, userId, role: 'VIEWER' });
    await members.accept(ledger.by(userId), invitation.id);
  };
  await join('bob');
  const bank = (await ledger.aBank()).id;
  await ledger.deposit(bank, id, 1_000n);
  const cents = (units: number) => `${Math.floor(units / 100)}.${String(units % 100).padStart(2, '0')}`;
  const set = (by: string, { threshold, rearmAt, ...rule }: Rule) =>
    monitors.set(ledger.by(by), {
      walletId: id,
      ...rule,
      threshold: { amount: cents(threshold), asset: 'USD' },
      rearmAt: cents(rearmAt),
    });
  const crossings = async () => (await ledger.events(monitorEventTypes.crossed)).filter(({ subject }) => subject === id);
  const told = async () => (await crossings()).map(({ data }) => [data.userId, data.balanceUnits]);
  return { ledger, ledgers, monitors, members, id, shop, bank, join, set, crossings, told };
}

const below: Rule = { balance: 'AVAILABLE', condition: 'BELOW', threshold: 500, rearmAt: 500 };

const aRule = fc
  .record({
    balance: fc.constantFrom('POSTED' as const, 'AVAILABLE' as const),
    condition: fc.constantFrom('BELOW' as const, 'ABOVE' as const),
    threshold: fc.integer({ min: 300, max: 1_700 }),
    gap: fc.constantFrom(0, 1, 250),
  })
  .map(({ gap, ...rule }) => ({ ...rule, rearmAt: rule.threshold + (rule.condition === 'BELOW' ? gap : -gap) }));
const aStep = fc.record({
  what: fc.constantFrom('PAY', 'RECEIVE', 'HOLD', 'HOLD_AND_VOID', 'HOLD_AND_CAPTURE'),
  units: fc.bigInt(1n, 600n),
});
const histories = fc.record({
  rules: fc.uniqueArray(aRule, {
    minLength: 2,
    maxLength: 5,
    selector: (rule) => `${rule.balance}${rule.condition}${rule.threshold}`,
  }),
  rounds: fc.array(fc.array(aStep, { minLength: 3, maxLength: 10 }), { minLength: 2, maxLength: 3 }),
});

describeEachDatabase('balance monitors', (open, provider) => {
  it('tell of each crossing once and in its place, however many move money at once on however many replicas', async () => {
    const database = await open<PrismaClient>('wallet');
    await fc.assert(
      fc.asyncProperty(histories, async ({ rules, rounds }) => {
        const house = await aWatchedWallet(database, provider === 'postgresql' ? 2 : 1);
        const watched = await Promise.all(rules.map(async (rule) => ({ rule, id: (await house.set('alice', rule)).id })));
        for (const steps of rounds) {
          await Promise.all(
            steps.map(async ({ what, units }, index) => {
              const on = house.ledgers[index % house.ledgers.length] ?? house.ledger;
              if (what === 'RECEIVE') return on.deposit(house.bank, house.id, units);
              if (what === 'PAY') return on.transfer(house.id, house.shop, units);
              const transactionId = uuidIds.next();
              const held = await on.reserve(transactionId, house.id, units);
              if (held.status !== 'ACCEPTED' || what === 'HOLD') return held;
              if (what === 'HOLD_AND_VOID') return on.ask({ type: 'VOID_HOLD', holdId: held.resultId, heldFor: transactionId });
              return on.transfer(house.id, house.shop, units, { holdId: held.resultId, transactionId });
            }),
          );
        }
        // What the balances were, change by change, as everybody is told of them.
        const changes = (await house.ledger.events('clawpurse.wallet.balance_changed.v1')).filter(
          ({ subject }) => subject === house.id,
        );
        const crossed = await house.crossings();
        for (const { rule, id } of watched) {
          const expected: string[] = [];
          let isCrossed = rule.condition === 'BELOW' ? 1_000 < rule.threshold : 1_000 > rule.threshold;
          // The first change is the deposit that was there before.
          for (const { data } of changes.slice(1)) {
            const now = Number(rule.balance === 'POSTED' ? data.posted : data.available);
            const isBeyond = rule.condition === 'BELOW' ? now < rule.threshold : now > rule.threshold;
            const isBack = rule.condition === 'BELOW' ? now >= rule.rearmAt : now <= rule.rearmAt;
            if (!isCrossed && isBeyond) expected.push(`${data.cause} ${now}`);
            isCrossed = isCrossed ? !isBack : isBeyond;
          }
          const mine = crossed.filter(({ data }) => data.monitorId === id);
          expect(mine.map(({ data }) => `${data.cause} ${data.balanceUnits}`)).toEqual(expected);
          const rows = await database.client.balanceAlert.findMany({ where: { monitorId: id } });
          expect(rows.map((row) => row.id).sort()).toEqual(mine.map(({ data }) => data.alertId).sort());
          const [monitor] = (await house.monitors.listOf({ userId: 'alice' } as never, house.id)).filter(
            (each) => each.id === id,
          );
          expect(monitor).toMatchObject({ state: isCrossed ? 'CROSSED' : 'ARMED' });
        }
        await Promise.all(house.ledgers.map(({ writer }) => writer.stop()));
      }),
      { numRuns: 5 },
    );
    expect(await checkLedger(database)).toMatchObject({ isSound: true, offender: null });
  });

  it('say which change crossed them, and nothing again until they are armed again', async () => {
    const house = await aWatchedWallet(await open<PrismaClient>('wallet'));
    await house.set('alice', { ...below, rearmAt: 700 });
    await house.set('bob', below);
    const what = { balance: 'AVAILABLE', condition: 'BELOW' };
    const pay = (units: bigint) => house.ledger.transfer(house.id, house.shop, units);
    const receive = (units: bigint) => house.ledger.deposit(house.bank, house.id, units);
    expect(outcomeOf(await pay(500n))).toBe('ACCEPTED');
    expect(await house.told()).toEqual([]);
    expect(outcomeOf(await house.ledger.reserve('payment-1', house.id, 1n))).toBe('ACCEPTED');
    const [hold] = await house.ledger.database.client.hold.findMany({ where: { walletId: house.id } });
    const fact = {
      walletId: house.id,
      asset: 'USD',
      ...what,
      units: '500',
      balanceUnits: '499',
      causeType: 'HOLD',
      cause: hold?.id,
    };
    for (const userId of ['alice', 'bob']) {
      const { feeds, data } = (await house.crossings()).find((each) => each.data.userId === userId) ?? {};
      expect([feeds, data]).toMatchObject([[`user:${userId}`], { userId, ...fact }]);
    }
    // Bob's is armed again at the threshold, Alice's further up.
    await receive(100n);
    await pay(150n);
    expect(await house.told()).toEqual([
      ['alice', '499'],
      ['bob', '499'],
      ['bob', '449'],
    ]);
    await receive(251n);
    await pay(300n);
    expect((await house.told()).slice(3)).toEqual([
      ['alice', '400'],
      ['bob', '400'],
    ]);
    const alerts = await house.monitors.alertsOf({ userId: 'alice' } as never, { walletId: house.id, after: null, limit: 10 });
    expect(alerts.map(({ balanceUnits }) => balanceUnits)).toEqual([400n, 499n]);
  });

  it('are not touched by what does not happen', async () => {
    const house = await aWatchedWallet(await open<PrismaClient>('wallet'));
    await house.set('alice', below);
    const pay = {
      type: 'POST_TRANSACTION',
      transactionId: uuidIds.next(),
      kind: 'TRANSFER',
      requestedBy: 'alice',
      asset: 'USD',
      units: 600n,
      memo: null,
      source: { type: 'WALLET', id: house.id },
      destination: { type: 'WALLET', id: house.shop },
    } as const;
    expect(outcomeOf(await house.ledger.ask(pay, 'dry', true))).toBe('WOULD_BE_ACCEPTED');
    const linked = [pay, { ...pay, transactionId: uuidIds.next() }];
    expect(outcomeOf(await house.ledger.ask({ type: 'LINKED', commands: linked }, 'linked'))).toBe('INSUFFICIENT_FUNDS');
    expect(await house.told()).toEqual([]);
    expect(outcomeOf(await house.ledger.ask(pay))).toBe('ACCEPTED');
    expect(await house.told()).toEqual([['alice', '400']]);
  });

  it('begin as crossed where the balance is beyond already, and are the same when they are set again', async () => {
    const house = await aWatchedWallet(await open<PrismaClient>('wallet'));
    const high: Rule = { balance: 'POSTED', condition: 'ABOVE', threshold: 900, rearmAt: 900 };
    const first = await house.set('alice', high);
    expect(first).toMatchObject({ state: 'CROSSED', crossedAt: null });
    await house.ledger.deposit(house.bank, house.id, 1n);
    expect(await house.told()).toEqual([]);
    expect(await house.set('alice', high)).toEqual(first);
    await house.ledger.transfer(house.id, house.shop, 151n);
    // Armed at 850; from now on it would have to come down to 800 first.
    expect(await house.set('alice', { ...high, rearmAt: 800 })).toMatchObject({ id: first.id, state: 'ARMED', rearmUnits: 800n });
    await house.ledger.deposit(house.bank, house.id, 100n);
    expect(await house.told()).toEqual([['alice', '950']]);
    // An asset that was never held is at nothing.
    const euros = { walletId: house.id, balance: 'AVAILABLE', threshold: { amount: '0.01', asset: 'EUR' } } as const;
    expect(await house.monitors.set(house.ledger.by('bob'), { ...euros, condition: 'BELOW' })).toMatchObject({
      state: 'CROSSED',
    });
    expect(await house.monitors.set(house.ledger.by('bob'), { ...euros, condition: 'ABOVE' })).toMatchObject({ state: 'ARMED' });
    const sets = await house.ledger.events(monitorEventTypes.set);
    expect(sets.map(({ data }) => [data.userId, data.rearmUnits])).toEqual([
      ['alice', '900'],
      ['alice', '800'],
      ['bob', '1'],
      ['bob', '1'],
    ]);
  });

  it('are bounded, their own, and gone with the membership', async () => {
    const house = await aWatchedWallet(await open<PrismaClient>('wallet'));
    const { monitors, members, ledger, id } = house;
    await expect(house.set('mallory', below)).rejects.toMatchObject({ code: 'WALLET_NOT_FOUND' });
    await expect(house.set('alice', { ...below, rearmAt: 499 })).rejects.toMatchObject({ code: 'INVALID_REARM_AMOUNT' });
    const wrong: Rule = { ...below, condition: 'ABOVE', rearmAt: 501 };
    await expect(house.set('alice', wrong)).rejects.toMatchObject({ code: 'INVALID_REARM_AMOUNT' });
    const own = [];
    for (let index = 0; index < 10; index += 1)
      own.push(await house.set('bob', { ...below, rearmAt: 600, threshold: 500 + index }));
    await expect(house.set('bob', { ...below, threshold: 499 })).rejects.toMatchObject({ code: 'TOO_MANY_BALANCE_MONITORS' });
    const [first] = own;
    if (first === undefined) throw new Error('Bob has monitors.');
    for (const [by, monitorId] of [
      ['alice', first.id],
      ['mallory', first.id],
      ['bob', 'none'],
    ] as const)
      await expect(monitors.remove(ledger.by(by), monitorId)).rejects.toMatchObject({
        code: 'BALANCE_MONITOR_NOT_FOUND',
        details: { monitorId },
      });
    await monitors.remove(ledger.by('bob'), first.id);
    expect((await ledger.events(monitorEventTypes.removed)).map(({ data }) => data.monitorId)).toEqual([first.id]);
    expect(await monitors.listOf({ userId: 'alice' } as never, id)).toEqual([]);
    expect(await monitors.listOf({ userId: 'bob' } as never, id)).toHaveLength(9);

    await members.remove(ledger.by('alice'), { walletId: id, userId: 'bob' });
    await ledger.transfer(id, house.shop, 900n);
    expect(await house.told()).toEqual([]);
    await house.join('bob');
    expect(await monitors.listOf({ userId: 'bob' } as never, id)).toEqual([]);
  });

  it('are guarded by the database and by the ledger check, whatever the code decides', async () => {
    const database = await open<PrismaClient>('wallet');
    const house = await aWatchedWallet(database);
    const { id } = await house.set('alice', below);
    await house.ledger.transfer(house.id, house.shop, 600n);
    const write = (change: (client: PrismaClient) => Promise<unknown>) => database.transaction(({ client }) => change(client));
    await expect(write(({ balanceAlert }) => balanceAlert.updateMany({ data: { userId: 'mallory' } }))).rejects.toThrow(
      /constraint/i,
    );
    await expect(write(({ balanceAlert }) => balanceAlert.deleteMany())).rejects.toThrow(/constraint/i);
    await expect(write(({ balanceMonitor }) => balanceMonitor.update({ where: { id }, data: { rearm: '499' } }))).rejects.toThrow(
      /constraint/i,
    );
    expect(await checkLedger(database)).toMatchObject({ isSound: true });
    await write(({ balanceMonitor }) => balanceMonitor.update({ where: { id }, data: { state: 'ARMED' } }));
    expect(await checkLedger(database)).toMatchObject({ isSound: false, offender: { invariant: 'MONITOR', id } });
  });
});
