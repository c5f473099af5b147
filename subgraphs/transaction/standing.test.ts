import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { roleNames } from '../../platform/identity/permissions.ts';
import { describeEachDatabase, providers } from '../../platform/testing/databases.ts';
import { mutationsOf } from '../../platform/testing/mutations.ts';
import type { TestSubgraph } from '../../platform/testing/subgraph.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import {
  accounts,
  aDomain,
  anEvent,
  aTransfer,
  fundsHeld,
  people,
  places,
  postingCompleted,
  rolesChanged,
  screeningDecided,
  userReinstated,
  userSuspended,
  walletOpened,
} from './transaction.fixtures.ts';
import { aStage, startTransactions, tell } from './transaction.harness.ts';

const suspended = { code: 'ACCOUNT_SUSPENDED', details: {} };

describeEachDatabase('requests of users who have been suspended', (open) => {
  const start = async (options: { endpointWaitMs?: number } = {}) => {
    const database = await open<PrismaClient>('transaction');
    return { database, ...(await aDomain(database, options)) };
  };

  it('refuses every kind of movement, and records nothing', async () => {
    const { database, events, service, learnStanding } = await start();
    await learnStanding(userSuspended(people.alice));
    await learnStanding(userSuspended(people.olivia, 2));
    const withdrawal = { kind: 'WITHDRAWAL', destinationId: accounts.alice } as const;
    const deposit = { kind: 'DEPOSIT', requestedBy: people.olivia, sourceId: accounts.treasury } as const;
    for (const changes of [{}, withdrawal, deposit])
      await expect(service.request({ ...aTransfer(), ...changes })).rejects.toMatchObject(suspended);
    expect(await database.client.transaction.count()).toBe(0);
    expect(await database.client.transactionListing.count()).toBe(0);
    expect(events).toEqual([]);
  });

  it('takes requests of others, who may go on paying the one who is suspended', async () => {
    const { requestTransfer, learnStanding } = await start();
    await learnStanding(userSuspended(people.bob));
    expect(await requestTransfer()).toMatchObject({ state: 'REQUESTED', destination: { ownerId: people.bob } });
  });

  it('takes requests again after reinstatement, whatever is delivered again or late', async () => {
    const { requestTransfer, learnStanding } = await start();
    const [suspension, reinstatement] = [userSuspended(people.alice, 7), userReinstated(people.alice, 9)];
    await learnStanding(suspension);
    await learnStanding(suspension);
    await expect(requestTransfer()).rejects.toMatchObject(suspended);
    for (const event of [reinstatement, reinstatement, suspension]) await learnStanding(event);
    expect(await requestTransfer()).toMatchObject({ state: 'REQUESTED' });
    await learnStanding(userSuspended(people.alice, 12));
    await learnStanding(reinstatement);
    await expect(requestTransfer()).rejects.toMatchObject(suspended);
  });

  it('keeps a reinstatement that overtook its suspension', async () => {
    const { requestTransfer, learnStanding } = await start();
    await learnStanding(userReinstated(people.alice, 9));
    await learnStanding(userSuspended(people.alice, 7));
    expect(await requestTransfer()).toMatchObject({ state: 'REQUESTED' });
  });

  it('refuses a request that was still waiting for a wallet when the suspension came', async () => {
    const { database, events, requestTransfer, learn, learnStanding } = await start({ endpointWaitMs: 10_000 });
    const waiting = requestTransfer({ destinationId: 'wallet-new' });
    const refusal = expect(waiting).rejects.toMatchObject(suspended);
    await learnStanding(userSuspended(people.alice));
    await learn(walletOpened('wallet-new', people.bob));
    await refusal;
    expect(await database.client.transaction.count()).toBe(0);
    expect(events).toEqual([]);
  });

  it('leaves a transaction that is under way alone, and answers the repeat of its request', async () => {
    const { service, take, learnStanding } = await start();
    const request = aTransfer();
    const { id } = await service.request(request);
    await learnStanding(userSuspended(people.alice));
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'CLEARED'));
    await take(postingCompleted(id));
    expect(await service.request(request)).toMatchObject({ id, state: 'COMPLETED' });
    await expect(service.request({ ...request, sourceId: places.aliceSavings })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('does not take an event without a user, or one that is not about standing', async () => {
    const { learnStanding } = await start();
    await expect(learnStanding(anEvent('clawpurse.auth.user_suspended.v1', 'x', {}))).rejects.toThrow(ZodError);
    await expect(learnStanding(walletOpened(places.alice, people.alice))).rejects.toThrow(ZodError);
  });
});

describe.each(providers)('suspensions on the bus, on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());

  it('refuses a valid token from the event on, and takes it again from the reinstatement on', async () => {
    const { domain, alice, people, places, movement } = await aStage(shared);
    const transfer = `mutation ($input: CreateTransferInput!) { createTransfer(input: $input) { transaction { id } } }`;
    const input = {
      idempotencyKey: 'while-suspended',
      sourceWalletId: places.alice,
      destinationWalletId: places.bob,
      amount: { amount: '12.50', asset: 'USD' },
    };
    await tell(domain, userSuspended(people.alice));
    expect(await domain.refusal(transfer, { input }, { as: alice })).toMatchObject({ ...suspended, retryable: false });
    await tell(domain, userReinstated(people.alice));
    expect(await movement('createTransfer', alice, { idempotencyKey: input.idempotencyKey })).toMatchObject({
      transaction: { state: 'REQUESTED' },
    });
  });

  it('starts nothing by any mutation, and may still stop what was planned', async () => {
    const { domain, olivia, people, places } = await aStage(shared);
    const staff = { ...olivia, roles: [...roleNames] };
    await tell(domain, userSuspended(people.olivia), walletOpened('wallet-olivia', people.olivia));
    const transfer = { sourceWalletId: 'wallet-olivia', destinationWalletId: places.bob };
    const inputs: Readonly<Record<string, object>> = {
      createTransfer: transfer,
      scheduleTransfer: transfer,
      createPaymentRequest: { payerId: people.bob, walletId: 'wallet-olivia' },
    };
    const codes: Record<string, string> = {};
    for (const { name, query, variables } of mutationsOf(domain.running.schema)) {
      const input = { ...(variables.input as object), ...inputs[name] };
      codes[name] = (await domain.refusal(query, { input }, { as: staff })).code;
    }
    expect(codes).toEqual({
      createTransfer: 'ACCOUNT_SUSPENDED',
      createDeposit: 'ACCOUNT_SUSPENDED',
      createWithdrawal: 'ACCOUNT_SUSPENDED',
      createPayouts: 'ACCOUNT_SUSPENDED',
      createPaymentRequest: 'ACCOUNT_SUSPENDED',
      scheduleTransfer: 'ACCOUNT_SUSPENDED',
      setFeeSchedule: 'ACCOUNT_SUSPENDED',
      // Refused before for want of the record that they name; with one, see the tests of each.
      reverseTransaction: 'TRANSACTION_NOT_FOUND',
      acceptPaymentRequest: 'PAYMENT_REQUEST_NOT_FOUND',
      resumeSchedule: 'SCHEDULE_NOT_FOUND',
      // What only stops is for everybody.
      declinePaymentRequest: 'PAYMENT_REQUEST_NOT_FOUND',
      cancelPaymentRequest: 'PAYMENT_REQUEST_NOT_FOUND',
      pauseSchedule: 'SCHEDULE_NOT_FOUND',
      cancelSchedule: 'SCHEDULE_NOT_FOUND',
    });
    await tell(domain, userReinstated(people.olivia), rolesChanged(people.olivia, ['CUSTOMER', 'AUDITOR']));
    const deposit = mutationsOf(domain.running.schema).find(({ name }) => name === 'createDeposit');
    expect(await domain.refusal(deposit?.query ?? '', deposit?.variables, { as: staff })).toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'funds:deposit' },
    });
  });
});
