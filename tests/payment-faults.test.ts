// Payments of every kind while the bus repeats and reorders what it brings and processes die between any two steps: money is neither lost nor
// made, both domains agree on every payment, and each of them comes to an end. `npm run test:faults` makes it long.
import { expect, it } from 'vitest';
import { environment } from '../platform/config/environment.ts';
import type { Identity } from '../platform/identity/identity.ts';
import { describeEachDatabase } from '../platform/testing/databases.ts';
import type { PrismaClient as TransactionClient } from '../prisma/generated/transaction/postgresql/client.ts';
import type { PrismaClient as WalletClient } from '../prisma/generated/wallet/postgresql/client.ts';
import { hasEnded, hasFailed } from '../subgraphs/transaction/saga.rules.ts';
import type { TransactionState } from '../subgraphs/transaction/transaction.rules.ts';
import { checkLedger } from '../subgraphs/wallet/ledger.check.ts';
import { type Dice, seeded } from './support/dice.ts';
import { aMortalWorld, type MortalWorld, newKey, patienceMs } from './support/mortal-world.ts';

const { TEST_FAULTS, TEST_FAULTS_SEED } = environment();
const rounds = TEST_FAULTS === 'all' ? 200 : 9;
const seed = Number(TEST_FAULTS_SEED ?? 4);
const owners = ['alice', 'bob', 'carla'] as const;
const depositUnits = 5_000n;
const secondMs = 1_000;

describeEachDatabase('payments among failing processes', (open) => {
  it(`conserve money and come to their ends (TEST_FAULTS_SEED=${seed})`, { timeout: 600_000 }, async () => {
    const dice = seeded(seed);
    const databases = { transaction: await open<TransactionClient>('transaction'), wallet: await open<WalletClient>('wallet') };
    const world = await aMortalWorld(databases, dice);
    const wallets = await settleIn(world);
    world.fate.isArmed = true;
    const flows = [transfer, paymentRequest, schedule, payouts, hold, refund];
    for (let round = 0; round < rounds; round += 1) {
      await flows[round % flows.length]?.(world, wallets, dice);
      // Not to the end: the next flow begins in the middle of this one.
      for (let count = dice(20); count > 0 && world.queue.length > 0; count -= 1) await world.deliverOne();
      if (dice(3) === 0) await letTimePass(world, dice(20) === 0 ? 3_600 * secondMs : dice(patienceMs));
    }
    await comeToAnEnd(world);
    world.fate.isArmed = false;
    await expectSound(world, wallets);
    expect(world.fate.deaths).toBeGreaterThan(rounds / 2);
    expect(world.seen.repeated).toBeGreaterThan(rounds / 2);
  });
});

type Wallets = readonly { readonly id: string; readonly ownerId: string }[];

async function settleIn({ domain, ledger, queue, aWallet, collect }: MortalWorld): Promise<Wallets> {
  const bank = await ledger.aBank();
  const wallets: { id: string; ownerId: string }[] = [];
  for (const ownerId of owners) {
    const id = await aWallet(ownerId);
    await ledger.deposit(bank.id, id, depositUnits);
    wallets.push({ id, ownerId });
  }
  await collect();
  // The deposits are of nobody's asking.
  queue.length = 0;
  const terms = { fixed: '0.03', basisPoints: 50, min: '0', max: '1' };
  await domain.fees.change({ kind: 'TRANSFER', asset: 'USD', ...terms, changedBy: 'ada', expectedVersion: 0, requestId: null });
  return wallets;
}

/** A payer, a payee and an amount that the payer's wallet may or may not have. */
function draw(wallets: Wallets, dice: Dice) {
  const [payer, payee] = [wallets[dice(3)], wallets[dice(3)]];
  if (payer === undefined || payee === undefined) throw new Error('There are three wallets.');
  const amount = { amount: `${dice(40)}.${dice(90) + 10}`, asset: 'USD' };
  return { payer, payee: payee === payer ? (wallets.find((wallet) => wallet !== payer) ?? payee) : payee, amount };
}

const by = (userId: string) => ({ userId, requestId: null });

async function transfer({ domain, insist }: MortalWorld, wallets: Wallets, dice: Dice): Promise<void> {
  const { payer, payee, amount } = draw(wallets, dice);
  const ends = { sourceId: payer.id, destinationId: payee.id };
  const asked = { kind: 'TRANSFER' as const, requestedBy: payer.ownerId, idempotencyKey: newKey(), requestId: null };
  await insist(() => domain.service.request({ ...asked, ...ends, amount }));
}

async function paymentRequest({ domain, insist }: MortalWorld, wallets: Wallets, dice: Dice): Promise<void> {
  const { payer, payee, amount } = draw(wallets, dice);
  const asked = { idempotencyKey: newKey(), payerId: payer.ownerId, walletId: payee.id, amount };
  const request = await insist(() => domain.paymentRequests.create(by(payee.ownerId), asked));
  if (typeof request === 'string') throw new Error(request);
  const acceptance = { idempotencyKey: newKey(), paymentRequestId: request.id, sourceWalletId: payer.id };
  await insist(() => domain.paymentRequests.accept(by(payer.ownerId), acceptance));
}

async function schedule({ domain, insist }: MortalWorld, wallets: Wallets, dice: Dice): Promise<void> {
  const { payer, payee, amount } = draw(wallets, dice);
  const ends = { sourceWalletId: payer.id, destinationWalletId: payee.id };
  const startsAt = new Date(domain.clock.now().getTime() + secondMs);
  const rule = { frequency: 'ONCE' as const, interval: 1, startsAt, timeZone: 'UTC', onFailure: 'PAUSE' as const };
  const key = newKey();
  await insist(() => domain.schedules.create(by(payer.ownerId), { idempotencyKey: key, ...ends, amount, ...rule }));
}

async function payouts({ domain, insist }: MortalWorld, wallets: Wallets, dice: Dice): Promise<void> {
  const { payer } = draw(wallets, dice);
  const items = Array.from({ length: 2 + dice(11) }, () => {
    const { payee, amount } = draw(wallets, dice);
    return { destinationWalletId: payee.id, amount };
  });
  const asked = { idempotencyKey: newKey(), sourceWalletId: payer.id, items };
  await insist(() => domain.payouts.create(by(payer.ownerId), asked));
}

async function hold({ ledger, insist }: MortalWorld, wallets: Wallets, dice: Dice): Promise<void> {
  const { payer, payee, amount } = draw(wallets, dice);
  const staff = ledger.by('operator');
  const [placing, resolving] = [newKey(), newKey()];
  const held = await insist(() => ledger.holds.place(staff, { idempotencyKey: placing, walletId: payer.id, amount }));
  if (typeof held === 'string') return;
  const request = { idempotencyKey: resolving, holdId: held.id };
  const capture = { ...request, destinationWalletId: payee.id };
  const isGivenBack = dice(3) === 0;
  await insist(() => (isGivenBack ? ledger.holds.void(staff, request) : ledger.holds.capture(staff, capture)));
}

async function refund({ domain, databases, insist }: MortalWorld, wallets: Wallets, dice: Dice): Promise<void> {
  const done = await databases.transaction.client.transaction.findMany({ where: { state: 'COMPLETED' }, orderBy: { id: 'asc' } });
  const [one] = done.slice(dice(Math.max(done.length, 1)));
  const recipient = wallets.find(({ id }) => id === one?.destinationId);
  if (one === undefined || recipient === undefined) return;
  const viewer = { userId: recipient.ownerId, permissions: new Set(), roles: [] } as unknown as Identity;
  const asked = { transactionId: one.id, reason: 'Sent twice', idempotencyKey: newKey(), requestId: null };
  await insist(() => domain.reversals.request(viewer, asked));
}

async function letTimePass({ domain, sweep }: MortalWorld, ms: number): Promise<void> {
  domain.clock.advance(ms);
  await sweep();
}

/** Nothing new is asked for; everything that waits is brought, and asked for again, until nothing waits any more. */
async function comeToAnEnd(world: MortalWorld): Promise<void> {
  for (let patience = 0; patience < 100; patience += 1) {
    await letTimePass(world, patienceMs);
    for (let count = 0; count < 2_000 && world.queue.length > 0; count += 1) await world.deliverOne();
    if (world.queue.length === 0 && (await unfinished(world)).length === 0) return;
  }
  throw new Error(`These come to no end: ${JSON.stringify((await unfinished(world)).slice(0, 10))}`);
}

async function unfinished({ databases }: MortalWorld): Promise<unknown[]> {
  const { client } = databases.transaction;
  const transactions = await client.transaction.findMany({ select: { id: true, state: true, askAgainAt: true } });
  const batches = await client.payoutBatch.findMany({ where: { state: 'RUNNING' }, select: { id: true, nextItem: true } });
  const schedules = await client.transferSchedule.findMany({ where: { state: 'ACTIVE' }, select: { id: true, nextAt: true } });
  const isOpen = ({ state, askAgainAt }: { state: string; askAgainAt: Date | null }) =>
    !hasEnded(state as TransactionState) || askAgainAt !== null;
  return [...transactions.filter(isOpen), ...batches, ...schedules];
}

async function expectSound({ databases, ledger }: MortalWorld, wallets: Wallets): Promise<void> {
  expect((await checkLedger(databases.wallet)).offender).toBeNull();
  const { client } = databases.transaction;
  const rows = await client.transaction.findMany();
  const captures = await databases.wallet.client.hold.findMany({ where: { status: 'CAPTURED', transactionId: null } });
  const balances = new Map(wallets.map(({ id }) => [id, depositUnits]));
  const move = (from: string, to: string, units: bigint, fee: bigint) => {
    balances.set(from, (balances.get(from) ?? 0n) - units - fee);
    balances.set(to, (balances.get(to) ?? 0n) + units);
  };
  for (const row of rows.filter(({ state }) => state === 'COMPLETED'))
    move(row.sourceId, row.destinationId, BigInt(String(row.units)), BigInt(String(row.feeUnits)));
  for (const held of captures) move(held.walletId, held.destinationWalletId ?? '', BigInt(String(held.capturedUnits)), 0n);
  // What the one domain says was paid is what the other has moved, and nothing stays set aside.
  for (const [id, units] of balances) expect(await ledger.balance(id)).toEqual({ posted: units, held: 0n, available: units });
  const states = new Map(rows.map(({ id, state }) => [id, state as TransactionState]));
  for (const { state, transactionId } of await client.payout.findMany()) {
    const outcome = transactionId === null ? null : (states.get(transactionId) ?? null);
    expect(state).toBe(outcome !== null && !hasFailed(outcome) ? 'PAID' : 'FAILED');
  }
  for (const { state, transactionId } of await client.paymentRequest.findMany({ where: { transactionId: { not: null } } }))
    expect(state).toBe(hasFailed(states.get(transactionId ?? '') ?? 'FAILED') ? 'PENDING' : 'PAID');
  expect(new Set(rows.map(({ requestedBy, idempotencyKey }) => `${requestedBy} ${idempotencyKey}`)).size).toBe(rows.length);
  // The history was worth it.
  const ends = [...states.values()];
  expect(ends).toContain('COMPLETED');
  expect(ends.some(hasFailed)).toBe(true);
}
