// Exchanges in the ledger: every refusal, single use under races, the accounts that each unit goes to, and conservation over generated quotes.
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { anExchange, officerId, quoteLifeMs, settled, treasurerId } from './exchange.fixtures.ts';
import { openQuotesMax } from './exchange.service.ts';
import { createQuoteSweep, unusedQuoteLifeMs } from './exchange.sweeper.ts';
import { checkLedger } from './ledger.check.ts';
import { outcomeOf } from './ledger.fixtures.ts';
import { createLimitService } from './limit.service.ts';
import { createMemberService } from './member.service.ts';

describeEachDatabase('an exchange', (open, provider) => {
  /** Alice's wallet with 1,000.00 USD, euros in the house, and a rate with a spread. */
  async function aHouse() {
    const database = await open<PrismaClient>('wallet');
    const house = anExchange(database);
    const { id } = await house.aWallet('alice');
    await house.give(id, 'USD', 100_000n);
    await house.setRate('EUR', 'USD', '1.25', 50);
    await house.fund('EUR', '1000');
    const sell = (amount: string, by = 'alice', walletId = id) =>
      house.quote(by, { walletId, side: 'SELL', amount: { amount, asset: 'USD' }, counterAsset: 'EUR' });
    const deps = { database, outbox: house.outbox, clock: house.clock, ids: uuidIds };
    return {
      ...house,
      id,
      sell,
      members: createMemberService(deps),
      limits: createLimitService({ ...deps, time: async () => house.clock.now() }),
    };
  }

  it('moves both amounts in one posting, pays the spread and the residue to accounts of their own, and says so', async () => {
    const house = await aHouse();
    const quote = await house.sell('100.03');
    // 100.03 / 1.25 = 80.024, less half a percent 79.62388: 79.62. That costs 100.0251…: 100.03 with nothing left over.
    expect(quote).toMatchObject({ sold: { units: 10_003n }, bought: { units: 7_962n, asset: 'EUR' }, residueUnits: 0n });
    expect(quote.expiresAt.getTime() - quote.createdAt.getTime()).toBe(quoteLifeMs);
    const exchange = await house.execute('alice', quote.id, 'key-1');
    expect(exchange.quote).toEqual(quote);
    expect((await house.balance(house.id)).posted).toBe(89_997n);
    expect((await house.balance(house.id, 'EUR')).posted).toBe(7_962n);
    expect(await house.house('fx', 'EUR')).toBe(100_000n - 7_962n);
    expect((await house.house('fx', 'USD')) + (await house.house('fx-spread', 'USD'))).toBe(10_003n);
    // 79.62 EUR are worth 99.525 USD: 99.53 at the rate, and the rest is what the house earns.
    expect(await house.house('fx-spread', 'USD')).toBe(50n);
    const postings = await house.database.client.posting.findMany({ where: { kind: 'EXCHANGE' }, include: { entries: true } });
    expect(postings).toHaveLength(1);
    expect(postings[0]).toMatchObject({ quoteId: quote.id, transactionId: null });
    const [told] = await house.events('clawpurse.wallet.exchange_completed.v1');
    expect(told).toMatchObject({
      subject: house.id,
      data: { exchangeId: quote.id, requestedBy: 'alice', sold: { units: '10003' } },
    });
    const audits = await house.events('clawpurse.wallet.audit.v1');
    expect(audits.filter(({ data }) => data.action === 'exchange.execute')).toMatchObject([
      { subject: quote.id, data: { actorId: 'alice', subjectUserId: 'alice', resourceType: 'Exchange', outcome: 'SUCCEEDED' } },
    ]);
    const changes = (await house.events('clawpurse.wallet.balance_changed.v1')).filter(
      ({ data }) => data.causeType === 'EXCHANGE',
    );
    expect(changes.map(({ data }) => [data.asset, data.changeUnits, data.cause])).toEqual([
      ['USD', '-10003', quote.id],
      ['EUR', '7962', quote.id],
    ]);
    expect(await checkLedger(house.database)).toMatchObject({ isSound: true, offender: null });
  });

  it('gives the same answer to the same key, and a conflict to another body', async () => {
    const house = await aHouse();
    const [quote, other] = [await house.sell('10'), await house.sell('10')];
    const first = await house.execute('alice', quote.id, 'key-1');
    // Also when the quote has expired by then.
    house.clock.advance(quoteLifeMs + 1);
    expect(await house.execute('alice', quote.id, 'key-1')).toEqual(first);
    expect(await settled(house.execute('alice', other.id, 'key-1'))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await settled(house.execute('alice', quote.id, 'key-2'))).toBe('QUOTE_ALREADY_USED');
    expect(await settled(house.execute('alice', other.id, 'spaces are not allowed'))).toBe('INVALID_IDEMPOTENCY_KEY');
    expect((await house.balance(house.id)).posted).toBe(99_000n);
  });

  it('happens once, however many replicas are asked at once with however many keys', async () => {
    const house = await aHouse();
    const replica = provider === 'postgresql' ? anExchange(house.database, { clock: house.clock }) : house;
    const quote = await house.sell('10');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        settled((index % 2 === 0 ? house : replica).execute('alice', quote.id, `key-${index}`)),
      ),
    );
    expect(answers.filter((answer) => answer === 'ACCEPTED')).toHaveLength(1);
    expect(new Set(answers)).toEqual(new Set(['ACCEPTED', 'QUOTE_ALREADY_USED']));
    expect((await house.balance(house.id)).posted).toBe(99_000n);
    expect((await checkLedger(house.database)).offender).toBeNull();
  });

  it('is refused from the moment on at which the quote expires, and no quote outlives its rate', async () => {
    const house = await aHouse();
    const [inTime, late] = [await house.sell('10'), await house.sell('10')];
    house.clock.advance(quoteLifeMs - 1);
    expect(await settled(house.execute('alice', inTime.id))).toBe('ACCEPTED');
    house.clock.advance(1);
    expect(await settled(house.execute('alice', late.id))).toBe('QUOTE_EXPIRED');
    const end = new Date(house.clock.now().getTime() + 5_000);
    await house.setRate('EUR', 'USD', '1.3', 0, end);
    expect((await house.sell('10')).expiresAt).toEqual(end);
    house.clock.advance(5_000);
    expect(await settled(house.sell('10'))).toBe('RATE_NOT_AVAILABLE');
  });

  it('keeps what was quoted when the rate changes', async () => {
    const house = await aHouse();
    const quote = await house.sell('100');
    await house.setRate('USD', 'EUR', '0.1');
    await house.execute('alice', quote.id);
    expect((await house.balance(house.id, 'EUR')).posted).toBe(quote.bought.units);
    expect((await house.sell('100')).bought.units).toBe(1_000n);
  });

  it("treats somebody else's quote like one that is not there, also for members of the wallet", async () => {
    const house = await aHouse();
    const invitation = await house.members.invite(house.by('alice'), { walletId: house.id, userId: 'bob', role: 'SPENDER' });
    await house.members.accept(house.by('bob'), invitation.id);
    const quote = await house.sell('10');
    for (const who of ['bob', 'mallory']) {
      const refusals = [quote.id, uuidIds.next()].map((id) =>
        house.execute(who, id).catch((error: Error) => error.message.replace(id, 'ID')),
      );
      const [foreign, missing] = await Promise.all(refusals);
      expect(foreign).toBe(missing);
      expect(await settled(house.execute(who, quote.id))).toBe('QUOTE_NOT_FOUND');
    }
    expect(await settled(house.execute('alice', quote.id))).toBe('ACCEPTED');
  });

  it('asks for the role that may spend, when it is quoted and again when it is posted', async () => {
    const house = await aHouse();
    const join = async (userId: string, role: 'SPENDER' | 'VIEWER') =>
      house.members.accept(
        house.by(userId),
        (await house.members.invite(house.by('alice'), { walletId: house.id, userId, role })).id,
      );
    await join('bob', 'SPENDER');
    await join('carol', 'VIEWER');
    expect(await settled(house.sell('10', 'carol'))).toBe('WALLET_ROLE_INSUFFICIENT');
    expect(await settled(house.sell('10', 'mallory'))).toBe('WALLET_NOT_FOUND');
    expect(await settled(house.sell('10', 'alice', uuidIds.next()))).toBe('WALLET_NOT_FOUND');
    const [first, second, third] = [await house.sell('10', 'bob'), await house.sell('10', 'bob'), await house.sell('10', 'bob')];
    expect(await settled(house.execute('bob', first.id))).toBe('ACCEPTED');
    await house.members.changeRole(house.by('alice'), { walletId: house.id, userId: 'bob', role: 'VIEWER' });
    expect(await settled(house.execute('bob', second.id))).toBe('WALLET_ROLE_INSUFFICIENT');
    await house.members.remove(house.by('alice'), { walletId: house.id, userId: 'bob' });
    expect(await settled(house.execute('bob', third.id))).toBe('WALLET_NOT_FOUND');
  });

  it('counts what is sold against spending limits', async () => {
    const house = await aHouse();
    await house.limits.set(house.by('alice'), { walletId: house.id, period: 'DAY', limit: { amount: '150', asset: 'USD' } });
    const [first, second] = [await house.sell('100'), await house.sell('50.01')];
    expect(await settled(house.execute('alice', first.id))).toBe('ACCEPTED');
    expect(await settled(house.execute('alice', second.id))).toBe('SPENDING_LIMIT_EXCEEDED');
    expect(await settled(house.execute('alice', (await house.sell('50')).id))).toBe('ACCEPTED');
  });

  it('leaves nothing behind when funds, liquidity, a wallet or an account are in the way, and works once they are not', async () => {
    const house = await aHouse();
    const [tooMuch, beyondStock, good] = [await house.sell('1000.01'), await house.sell('1000'), await house.sell('10')];
    await house.give(house.id, 'USD', 1n);
    const stock = await house.sell('1000.01');
    expect(await settled(house.execute('alice', stock.id))).toBe('ACCEPTED');
    expect(await settled(house.execute('alice', tooMuch.id))).toBe('INSUFFICIENT_FUNDS');
    await house.give(house.id, 'USD', 100_000n);
    expect(await settled(house.execute('alice', beyondStock.id, 'stock'))).toBe('INSUFFICIENT_LIQUIDITY');
    await house.fund('EUR', '1000');
    // The key of a refusal is free again.
    expect(await settled(house.execute('alice', beyondStock.id, 'stock'))).toBe('ACCEPTED');
    await house.give(house.id, 'USD', 100_000n);
    const staff = house.by('staff');
    await house.wallets.freeze(staff, { walletId: house.id, reason: 'Test' });
    expect(await settled(house.execute('alice', good.id, 'good'))).toBe('WALLET_FROZEN');
    await house.wallets.unfreeze(staff, { walletId: house.id, reason: 'Test' });
    for (const asset of ['USD', 'EUR']) {
      await house.accounts.freeze(staff, { walletId: house.id, asset, reason: 'Test' });
      expect(await settled(house.execute('alice', good.id, 'good'))).toBe('ACCOUNT_FROZEN');
      await house.accounts.unfreeze(staff, { walletId: house.id, asset, reason: 'Test' });
    }
    expect(await settled(house.execute('alice', good.id, 'good'))).toBe('ACCEPTED');
    expect((await checkLedger(house.database)).offender).toBeNull();
  });

  it('is not quoted at a rate of one of the wallet, in one asset, below a unit, or without end', async () => {
    const house = await aHouse();
    const { id: own } = await house.aWallet(treasurerId);
    expect(await settled(house.sell('10', treasurerId, own))).toBe('OWN_RATE');
    const invitation = await house.members.invite(house.by(treasurerId), { walletId: own, userId: 'alice', role: 'SPENDER' });
    await house.members.accept(house.by('alice'), invitation.id);
    expect(await settled(house.sell('10', 'alice', own))).toBe('OWN_RATE');
    const ask = (side: 'SELL' | 'BUY', amount: string, asset: string, counterAsset: string) =>
      settled(house.quote('alice', { walletId: house.id, side, amount: { amount, asset }, counterAsset }));
    expect(await ask('SELL', '10', 'USD', 'USD')).toBe('SAME_ASSET');
    expect(await ask('SELL', '10', 'USD', 'BTC')).toBe('RATE_NOT_AVAILABLE');
    expect(await ask('SELL', '10', 'USD', 'DOGE')).toBe('UNKNOWN_ASSET');
    expect(await ask('SELL', '0.01', 'USD', 'EUR')).toBe('AMOUNT_TOO_SMALL');
    expect(await ask('BUY', '0', 'USD', 'EUR')).toBe('AMOUNT_NOT_POSITIVE');
    for (let open = 0; open < openQuotesMax; open += 1) await house.sell('1');
    expect(await settled(house.sell('1'))).toBe('TOO_MANY_QUOTES');
    house.clock.advance(quoteLifeMs);
    expect(await settled(house.sell('1'))).toBe('ACCEPTED');
  });

  it('sets rates one version after another, and funds from an own account only', async () => {
    const house = await aHouse();
    const set = (change: object) =>
      settled(
        house.rates.set(house.by(treasurerId), {
          base: 'EUR',
          quote: 'USD',
          expectedVersion: 1,
          rate: '1.2',
          spreadBasisPoints: 0,
          ...change,
        }),
      );
    expect(await set({ rate: '0' })).toBe('INVALID_RATE');
    expect(await set({ quote: 'EUR' })).toBe('SAME_ASSET');
    expect(await set({ spreadBasisPoints: 5_001 })).toBe('INVALID_SPREAD');
    expect(await set({ validUntil: house.clock.now() })).toBe('RATE_EXPIRY_IN_PAST');
    expect(await set({ expectedVersion: 0 })).toBe('RATE_CHANGED');
    expect(await set({ rate: '12.5' })).toBe('RATE_JUMP');
    const both = await Promise.all([set({ rate: '12.5', allowsJump: true }), set({ base: 'USD', quote: 'EUR', rate: '0.8' })]);
    expect(both.sort()).toEqual(['ACCEPTED', 'RATE_CHANGED']);
    expect((await house.rates.list()).map(({ pair, version }) => [pair, version])).toEqual([['EUR/USD', 2]]);
    const { id: externalAccountId } = await house.aBank(officerId, 'EUR');
    const fund = (by: string, asset: string, amount = '5', key = uuidIds.next()) =>
      settled(house.liquidity.fund(house.by(by), { idempotencyKey: key, externalAccountId, amount: { amount, asset } }));
    expect(await fund('mallory', 'EUR')).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    expect(await fund(officerId, 'USD')).toBe('EXTERNAL_ACCOUNT_ASSET_MISMATCH');
    expect(await fund(officerId, 'EUR', '5', 'key')).toBe('ACCEPTED');
    expect(await fund(officerId, 'EUR', '5', 'key')).toBe('ACCEPTED');
    expect(await fund(officerId, 'EUR', '6', 'key')).toBe('IDEMPOTENCY_CONFLICT');
    expect(await house.house('fx', 'EUR')).toBe(100_500n);
  });

  it('is taken back once and to the unit, by staff who are no members, while what was bought is there', async () => {
    const house = await aHouse();
    const [quote, unused] = [await house.sell('33.33'), await house.sell('10')];
    const funds = async () => [
      (await house.balance(house.id)).posted,
      (await house.balance(house.id, 'EUR')).posted,
      ...(await Promise.all(['fx', 'fx-spread', 'fx-rounding'].map((holder) => house.house(holder, 'USD')))),
      await house.house('fx', 'EUR'),
    ];
    const before = await funds();
    await house.execute('alice', quote.id);
    const reverse = (by: string, exchangeId = quote.id, idempotencyKey: string = uuidIds.next()) =>
      settled(house.exchanges.reverse(house.by(by), { exchangeId, idempotencyKey, reason: 'Wrong rate' }));
    expect(await reverse('alice')).toBe('OWN_WALLET');
    expect(await reverse('staff', unused.id)).toBe('EXCHANGE_NOT_FOUND');
    expect(await reverse('staff', uuidIds.next())).toBe('EXCHANGE_NOT_FOUND');
    const { id: shop } = await house.aWallet('shop');
    await house.transfer(house.id, shop, 1n, { asset: 'EUR' });
    expect(await reverse('staff', quote.id, 'key')).toBe('INSUFFICIENT_FUNDS');
    await house.transfer(shop, house.id, 1n, { asset: 'EUR', requestedBy: 'shop' });
    const answers = await Promise.all([reverse('staff', quote.id, 'key'), reverse('staff', quote.id, 'key'), reverse('staff')]);
    expect(answers).toEqual(['ACCEPTED', 'ACCEPTED', 'EXCHANGE_ALREADY_REVERSED']);
    expect(await funds()).toEqual(before);
    // What was taken back was used: the offer does not come to life again.
    expect(await settled(house.execute('alice', quote.id))).toBe('QUOTE_ALREADY_USED');
    const [told] = await house.events('clawpurse.wallet.exchange_reversed.v1');
    expect(told).toMatchObject({ subject: house.id, data: { exchangeId: quote.id, reason: 'Wrong rate', ownerId: 'alice' } });
    expect((await checkLedger(house.database)).offender).toBeNull();
  });

  it('is not to be taken for a transaction, although both may be taken back in one batch', async () => {
    const house = await aHouse();
    const { id: payee } = await house.aWallet('bob');
    const transactionId = uuidIds.next();
    await house.transfer(house.id, payee, 500n, { requestedBy: 'alice', transactionId });
    const [ofExchange, ofTransaction] = await Promise.all([
      house.ask({ type: 'REVERSE_EXCHANGE', exchangeId: transactionId, requestedBy: 'staff', reason: 'Mistaken' }),
      house.ask({ type: 'REVERSE_TRANSACTION', transactionId, requestedBy: 'staff', reason: 'Wrong payee' }),
    ]);
    expect([outcomeOf(ofExchange), outcomeOf(ofTransaction)]).toEqual(['EXCHANGE_NOT_FOUND', 'ACCEPTED']);
  });

  it('is found out by the ledger check when its quote was not what its rate gives', async () => {
    const house = await aHouse();
    const quote = await house.sell('10');
    const { sold, bought, spreadUnits, residueUnits, ...same } = quote;
    const forged = {
      ...same,
      id: uuidIds.next(),
      soldAsset: sold.asset,
      sold: `${sold.units}`,
      boughtAsset: bought.asset,
      bought: `${bought.units + 1n}`,
      spread: `${spreadUnits}`,
      residue: `${residueUnits}`,
    };
    await house.database.transaction((tx) => tx.client.exchangeQuote.create({ data: forged }));
    await house.execute('alice', forged.id);
    expect((await checkLedger(house.database)).offender).toMatchObject({
      invariant: 'EXCHANGE',
      problem: `uses the quote ${forged.id}, whose amounts are not those of its rate`,
    });
  });

  it('leaves its quote in the ledger, while quotes that nobody used are cleared away a day after they expired', async () => {
    const house = await aHouse();
    const [used, unused] = [await house.sell('10'), await house.sell('10')];
    await house.execute('alice', used.id);
    const sweep = createQuoteSweep({ database: house.database, time: async () => house.clock.now() });
    house.clock.advance(quoteLifeMs + unusedQuoteLifeMs - 1);
    const fresh = await house.sell('10');
    expect(await sweep()).toBe(0);
    house.clock.advance(1);
    expect([await sweep(), await sweep()]).toEqual([1, 0]);
    const left = await house.database.client.exchangeQuote.findMany({
      where: { walletId: house.id },
      orderBy: { createdAt: 'asc' },
    });
    expect(left.map(({ id }) => id)).toEqual([used.id, fresh.id]);
    expect(await settled(house.execute('alice', unused.id))).toBe('QUOTE_NOT_FOUND');
    house.clock.advance(quoteLifeMs + unusedQuoteLifeMs);
    expect(await sweep()).toBe(1);
    expect((await checkLedger(house.database)).offender).toBeNull();
  });

  it('is guarded by the database: rates and quotes do not change, and a used quote stays', async () => {
    const house = await aHouse();
    const [used, unused] = [await house.sell('10'), await house.sell('10')];
    await house.execute('alice', used.id);
    const write = (work: (client: PrismaClient) => Promise<unknown>) =>
      house.database
        .transaction((tx) => work(tx.client))
        .then(
          () => 'DONE',
          (error: Error) => (/READONLY/.test(error.message) ? error.message : 'REFUSED'),
        );
    expect(await write(({ exchangeQuote }) => exchangeQuote.updateMany({ data: { bought: '1' } }))).toBe('REFUSED');
    expect(await write(({ exchangeRate }) => exchangeRate.updateMany({ data: { rate: '1' } }))).toBe('REFUSED');
    expect(await write(({ exchangeRate }) => exchangeRate.deleteMany({}))).toBe('REFUSED');
    expect(await write(({ exchangeQuote }) => exchangeQuote.delete({ where: { id: used.id } }))).toBe('REFUSED');
    expect(await write(({ exchangeQuote }) => exchangeQuote.delete({ where: { id: unused.id } }))).toBe('DONE');
    const createdAt = house.clock.now();
    const post = (quoteId: string | null) =>
      write(({ posting }) => posting.create({ data: { id: uuidIds.next(), kind: 'EXCHANGE', quoteId, createdAt } }));
    expect([await post(null), await post(used.id)]).toEqual(['REFUSED', 'REFUSED']);
  });
});
