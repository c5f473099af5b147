// The check finds every kind of damage and names the row. The damage is done behind the guards' back: they are dropped first.
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import { aLedger, operatorId, type TestLedger } from './ledger.fixtures.ts';

const guards = {
  postgresql: [
    'ALTER TABLE entry DISABLE TRIGGER USER',
    'ALTER TABLE posting DISABLE TRIGGER USER',
    'ALTER TABLE account DISABLE TRIGGER USER',
    'ALTER TABLE hold DISABLE TRIGGER USER',
    'ALTER TABLE ledger_request DISABLE TRIGGER USER',
    'ALTER TABLE account DROP CONSTRAINT account_wallet_not_overdrawn',
  ],
  sqlite: [
    'DROP TRIGGER entry_append_only_update',
    'DROP TRIGGER entry_append_only_delete',
    'DROP TRIGGER posting_append_only_update',
    'DROP TRIGGER account_counters_grow',
    'DROP TRIGGER hold_resolves_once',
    'DROP TRIGGER ledger_request_append_only_update',
  ],
};

async function change(ledger: TestLedger, ...statements: string[]): Promise<void> {
  await ledger.database.transaction(async (tx) => {
    for (const statement of [...guards[tx.provider], ...statements]) await tx.client.$executeRawUnsafe(statement);
  });
}

describeEachDatabase('the ledger check', (open) => {
  async function aUsedLedger() {
    const ledger = aLedger(await open<PrismaClient>('wallet'));
    const [alice, bob, bank] = [await ledger.aWallet('alice'), await ledger.aWallet('bob'), await ledger.aBank()];
    await ledger.deposit(bank.id, alice.id, 1_000n);
    await ledger.transfer(alice.id, bob.id, 300n);
    const operator = ledger.by(operatorId);
    const amount = { amount: '1.00', asset: 'USD' };
    const held = await ledger.holds.place(operator, { idempotencyKey: uuidIds.next(), walletId: alice.id, amount });
    const taken = await ledger.holds.place(operator, { idempotencyKey: uuidIds.next(), walletId: alice.id, amount });
    await ledger.holds.capture(operator, { idempotencyKey: uuidIds.next(), holdId: taken.id, destinationWalletId: bob.id });
    const { client } = ledger.database;
    const account = (walletId: string) => client.account.findFirstOrThrow({ where: { holderId: walletId } });
    const entry = async (walletId: string, version: number) =>
      client.entry.findFirstOrThrow({ where: { accountId: (await account(walletId)).id, version } });
    return { ledger, alice, bob, held, taken, account, entry };
  }

  it('finds a sound ledger sound, and says how much it looked at', async () => {
    const { ledger } = await aUsedLedger();
    expect(await checkLedger(ledger.database)).toEqual({
      isSound: true,
      accounts: 4,
      entries: 6,
      postings: 3,
      holds: 2,
      offender: null,
    });
  });

  it('finds an empty ledger sound', async () => {
    const database = await open<PrismaClient>('wallet');
    expect(await checkLedger(database)).toMatchObject({ isSound: true, accounts: 0, entries: 0 });
  });

  it('names an entry whose amount was changed', async () => {
    const { ledger, bob, entry } = await aUsedLedger();
    const { id } = await entry(bob.id, 1);
    await change(ledger, `UPDATE entry SET units = '301' WHERE id = '${id}'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'ENTRY_CHAIN', id });
  });

  it('names the entry after one that was deleted', async () => {
    const { ledger, alice, entry } = await aUsedLedger();
    const [gone, next] = [await entry(alice.id, 2), await entry(alice.id, 3)];
    await change(ledger, `DELETE FROM entry WHERE id = '${gone.id}'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'ENTRY_CHAIN', id: next.id });
  });

  it('names an account whose counter was changed', async () => {
    const { ledger, bob, account } = await aUsedLedger();
    const { id } = await account(bob.id);
    await change(ledger, `UPDATE account SET credits_posted = '900' WHERE id = '${id}'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'ACCOUNT_BALANCE', id });
  });

  it('names an account that is overdrawn', async () => {
    const { ledger, alice, account } = await aUsedLedger();
    const { id } = await account(alice.id);
    await change(ledger, `UPDATE account SET debits_pending = '601' WHERE id = '${id}'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'OVERDRAFT', id });
  });

  it('names an account that sets aside more than its holds keep', async () => {
    const { ledger, alice, account } = await aUsedLedger();
    const { id } = await account(alice.id);
    await change(ledger, `UPDATE account SET debits_pending = '101' WHERE id = '${id}'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'HOLD_RESERVATION', id });
  });

  it('names a hold that was resolved by hand', async () => {
    const { ledger, held } = await aUsedLedger();
    await change(
      ledger,
      `UPDATE hold SET status = 'CAPTURED', captured_units = '100', resolved_at = created_at WHERE id = '${held.id}'`,
    );
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'HOLD_RESOLUTION', id: held.id });
  });

  it('names an asset whose pending sides differ', async () => {
    const { ledger } = await aUsedLedger();
    await change(ledger, `UPDATE account SET credits_pending = '99' WHERE holder_type = 'SYSTEM'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'ASSET_BALANCE', id: 'USD' });
  });

  it('names a posting of one side only', async () => {
    const { ledger, bob, account, entry } = await aUsedLedger();
    const [last, { id }] = [await entry(bob.id, 2), await account(bob.id)];
    await change(
      ledger,
      `DELETE FROM entry WHERE id = '${last.id}'`,
      `UPDATE account SET credits_posted = '300', version = 1 WHERE id = '${id}'`,
    );
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'POSTING_BALANCE', id: last.postingId });
  });

  it('names a posting whose request was answered otherwise', async () => {
    const { ledger } = await aUsedLedger();
    await change(ledger, `UPDATE ledger_request SET outcome = 'REFUSED' WHERE key LIKE 'transaction:%'`);
    expect((await checkLedger(ledger.database)).offender).toMatchObject({ invariant: 'ANSWER' });
  });
});
