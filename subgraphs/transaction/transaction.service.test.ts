import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import {
  accountRemoved,
  accounts,
  aDomain,
  aTransfer,
  people,
  places,
  walletFrozen,
  walletOpened,
  walletUnfrozen,
} from './transaction.fixtures.ts';
import type { MovementRequest } from './transaction.intent.ts';

describeEachDatabase('requests to move money', (open) => {
  const start = async () => {
    const database = await open<PrismaClient>('transaction');
    return { database, ...(await aDomain(database)) };
  };
  type Domain = Awaited<ReturnType<typeof start>>;

  const expectNothingRecorded = async ({ database, events }: Domain) => {
    expect(await database.client.transaction.count()).toBe(0);
    expect(await database.client.transactionStep.count()).toBe(0);
    expect(events).toEqual([]);
  };
  const expectRefusal = async (
    domain: Domain,
    request: Partial<MovementRequest>,
    refusal: { code: string; details?: object },
    what = refusal.code,
  ) => {
    await expect(domain.service.request({ ...aTransfer(), ...request }), what).rejects.toMatchObject(refusal);
    await expectNothingRecorded(domain);
  };

  const deposit = (changes: Partial<MovementRequest> = {}): MovementRequest => ({
    ...aTransfer(),
    kind: 'DEPOSIT',
    requestedBy: people.olivia,
    sourceId: accounts.treasury,
    destinationId: places.alice,
    ...changes,
  });
  const withdrawal = (changes: Partial<MovementRequest> = {}): MovementRequest => ({
    ...aTransfer(),
    kind: 'WITHDRAWAL',
    sourceId: places.alice,
    destinationId: accounts.alice,
    ...changes,
  });

  it('records the intent, its first step, its event and its audit record together', async () => {
    const { database, events, requestTransfer } = await start();
    const transaction = await requestTransfer();

    expect(transaction).toMatchObject({
      state: 'REQUESTED',
      version: 1,
      money: { units: 1250n, asset: 'USD' },
      memo: 'Lunch',
      feedCursor: 'cursor-0',
    });
    expect(await database.client.transactionStep.findMany()).toMatchObject([
      { transactionId: transaction.id, version: 1, state: 'REQUESTED', reasonCode: null },
    ]);
    const parties = {
      source: { type: 'WALLET', id: places.alice, ownerId: people.alice },
      destination: { type: 'WALLET', id: places.bob, ownerId: people.bob },
    };
    expect(events).toMatchObject([
      {
        type: 'clawpurse.transaction.requested.v1',
        kind: 'domain',
        subject: transaction.id,
        feeds: [`transaction:${transaction.id}`, `user:${people.alice}`, `wallet:${places.alice}`],
        correlationId: 'request-1',
        data: {
          transactionId: transaction.id,
          kind: 'TRANSFER',
          requestedBy: people.alice,
          ...parties,
          asset: 'USD',
          units: '1250',
          memo: 'Lunch',
          version: 1,
        },
      },
      {
        type: 'clawpurse.transaction.funds_requested.v1',
        subject: transaction.id,
        data: { transactionId: transaction.id, requestedBy: people.alice, walletId: places.alice, asset: 'USD', units: '1250' },
      },
      {
        kind: 'audit',
        data: {
          action: 'transfer.request',
          actorId: people.alice,
          resourceId: transaction.id,
          subjectUserId: people.alice,
          requestId: 'request-1',
        },
      },
    ]);
  });

  it('keeps amounts of 78 digits exactly', async () => {
    const { service, database } = await start();
    const units = '9'.repeat(78);
    const { id } = await service.request({
      ...aTransfer(),
      amount: { amount: `${units.slice(0, 60)}.${units.slice(60)}`, asset: 'ETH' },
    });
    const row = await database.client.transaction.findUniqueOrThrow({ where: { id } });
    expect(typeof row.units === 'string' ? row.units : row.units.toFixed()).toBe(units);
  });

  it('records a deposit for the operator, from the treasury or from the account of whoever receives it', async () => {
    const { service } = await start();
    expect(await service.request(deposit())).toMatchObject({
      kind: 'DEPOSIT',
      source: { type: 'EXTERNAL_ACCOUNT', ownerId: people.olivia },
    });
    expect(await service.request(deposit({ idempotencyKey: 'second', sourceId: accounts.alice }))).toMatchObject({
      source: { ownerId: people.alice },
    });
  });

  it('lets no operator confirm a deposit to their own wallet', async () => {
    const domain = await start();
    const own = 'wallet-olivia';
    await domain.learn(walletOpened(own, people.olivia));
    await expectRefusal(domain, deposit({ destinationId: own }), { code: 'DEPOSIT_TO_SELF', details: { walletId: own } });
    const colleague = 'user-oscar';
    const request = deposit({ destinationId: own, requestedBy: colleague, sourceId: accounts.treasury });
    expect(await domain.service.request(request)).toMatchObject({ destination: { ownerId: people.olivia } });
  });

  it('records a withdrawal to an own external account', async () => {
    const { service } = await start();
    expect(await service.request(withdrawal())).toMatchObject({
      kind: 'WITHDRAWAL',
      destination: { type: 'EXTERNAL_ACCOUNT', id: accounts.alice },
    });
  });

  it('refuses what makes no sense in itself, and records nothing', async () => {
    const domain = await start();
    const nonsense: [what: string, request: Partial<MovementRequest>, code: string][] = [
      ['an unknown asset', { amount: { amount: '1', asset: 'DOGE' } }, 'UNKNOWN_ASSET'],
      ['text instead of an amount', { amount: { amount: '1e3', asset: 'USD' } }, 'INVALID_AMOUNT'],
      ['a zero amount', { amount: { amount: '0.00', asset: 'USD' } }, 'AMOUNT_NOT_POSITIVE'],
      ['a negative amount', { amount: { amount: '-5', asset: 'USD' } }, 'AMOUNT_NOT_POSITIVE'],
      ['a too precise amount', { amount: { amount: '1.001', asset: 'USD' } }, 'AMOUNT_TOO_PRECISE'],
      ['an absurdly large amount', { amount: { amount: '9'.repeat(100), asset: 'USD' } }, 'AMOUNT_TOO_LARGE'],
      ['a transfer to oneself', { destinationId: places.alice }, 'TRANSFER_TO_SELF'],
      ['an empty key', { idempotencyKey: '' }, 'BAD_USER_INPUT'],
      ['a key with blanks', { idempotencyKey: 'two words' }, 'BAD_USER_INPUT'],
      ['an endless key', { idempotencyKey: 'k'.repeat(129) }, 'BAD_USER_INPUT'],
      ['an endless memo', { memo: 'm'.repeat(141) }, 'BAD_USER_INPUT'],
      ['a memo of several lines', { memo: 'one\ntwo' }, 'BAD_USER_INPUT'],
      ['a memo that turns the reading direction', { memo: 'pay \u202e05$' }, 'BAD_USER_INPUT'],
    ];
    for (const [what, request, code] of nonsense) await expectRefusal(domain, request, { code }, what);
  });

  it('refuses ends that are not there or not the requester’s to use, and records nothing', async () => {
    const domain = await start();
    const strangers: [what: string, request: Partial<MovementRequest>, refusal: { code: string; details: object }][] = [
      ['an unknown destination', { destinationId: 'wallet-x' }, { code: 'WALLET_NOT_FOUND', details: { walletId: 'wallet-x' } }],
      [
        'an external account in place of a wallet',
        { destinationId: accounts.alice },
        { code: 'WALLET_NOT_FOUND', details: { walletId: accounts.alice } },
      ],
      [
        'a withdrawal from a foreign wallet',
        withdrawal({ sourceId: places.bob }),
        { code: 'WALLET_NOT_FOUND', details: { walletId: places.bob } },
      ],
      [
        'a withdrawal to a foreign account',
        withdrawal({ destinationId: accounts.bob }),
        { code: 'EXTERNAL_ACCOUNT_NOT_FOUND', details: { externalAccountId: accounts.bob } },
      ],
      [
        'a deposit from an account of a third person',
        deposit({ sourceId: accounts.bob }),
        { code: 'EXTERNAL_ACCOUNT_NOT_FOUND', details: { externalAccountId: accounts.bob } },
      ],
      [
        'a deposit from an unknown account',
        deposit({ sourceId: 'account-x' }),
        { code: 'EXTERNAL_ACCOUNT_NOT_FOUND', details: { externalAccountId: 'account-x' } },
      ],
      [
        'an id that no database would take',
        { sourceId: 'wallet\u0000' },
        { code: 'WALLET_NOT_FOUND', details: { walletId: 'wallet\u0000' } },
      ],
      [
        'a deposit to an unknown wallet',
        deposit({ destinationId: 'wallet-x' }),
        { code: 'WALLET_NOT_FOUND', details: { walletId: 'wallet-x' } },
      ],
    ];
    for (const [what, request, refusal] of strangers) await expectRefusal(domain, request, refusal, what);
  });

  it('refuses an external account of another asset', async () => {
    const amount = { amount: '1', asset: 'EUR' };
    const domain = await start();
    await expectRefusal(domain, withdrawal({ amount }), {
      code: 'EXTERNAL_ACCOUNT_ASSET_MISMATCH',
      details: { accountAsset: 'USD', asset: 'EUR' },
    });
    await expectRefusal(domain, deposit({ amount }), { code: 'EXTERNAL_ACCOUNT_ASSET_MISMATCH' });
  });

  it('refuses a removed external account as if it had never been', async () => {
    const domain = await start();
    await domain.learn(accountRemoved(accounts.alice, people.alice));
    await expectRefusal(domain, withdrawal(), { code: 'EXTERNAL_ACCOUNT_NOT_FOUND' });
  });

  it('refuses a frozen wallet of one’s own by name, and says no more than necessary of somebody else’s', async () => {
    const domain = await start();
    await domain.learn(walletFrozen(places.alice, people.alice));
    await expectRefusal(domain, {}, { code: 'WALLET_FROZEN', details: { walletId: places.alice } });
    await expectRefusal(
      domain,
      { requestedBy: people.bob, sourceId: places.bob, destinationId: places.alice },
      { code: 'DESTINATION_UNAVAILABLE' },
    );
    await expectRefusal(domain, deposit(), { code: 'WALLET_FROZEN' });
    await expectRefusal(domain, withdrawal(), { code: 'WALLET_FROZEN' });
    await domain.learn(walletUnfrozen(places.alice, people.alice));
    expect((await domain.requestTransfer()).state).toBe('REQUESTED');
  });

  it('keeps a frozen wallet frozen when its opening is told again', async () => {
    const domain = await start();
    await domain.learn(walletFrozen(places.alice, people.alice));
    await domain.learn(walletOpened(places.alice, people.alice));
    await expectRefusal(domain, {}, { code: 'WALLET_FROZEN' });
  });
});
