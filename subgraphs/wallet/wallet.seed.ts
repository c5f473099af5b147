// The demonstration's wallets and external accounts, opened through the services. Their opening balances are the transaction domain's to deposit.
import { demoExternalAccounts, demoUsers, demoWallets } from '../../platform/demo.ts';
import type { ExternalAccountService } from './external-account.service.ts';
import type { WalletService } from './wallet.service.ts';

const wallets = [
  { id: demoWallets.alice, owner: demoUsers.alice, name: 'Everyday' },
  { id: demoWallets.bob, owner: demoUsers.bob, name: 'Everyday' },
] as const;

const externalAccounts = [
  {
    id: demoExternalAccounts.treasuryBank,
    owner: demoUsers.olivia,
    name: 'Treasury bank',
    holderName: 'ClawPurse Treasury',
    asset: 'USD',
  },
  {
    id: demoExternalAccounts.aliceBank,
    owner: demoUsers.alice,
    name: "Alice's bank",
    holderName: demoUsers.alice.displayName,
    asset: 'USD',
  },
] as const;

/** Safe to call again, and from several replicas at once: what is there stays as it is. */
export async function seedDemo(services: { wallets: WalletService; externalAccounts: ExternalAccountService }): Promise<void> {
  for (const { id, owner, name } of wallets) {
    await unlessThere(
      () => services.wallets.exists(id),
      () => services.wallets.open({ userId: owner.id, requestId: null }, { id, name }),
    );
  }
  for (const { id, owner, ...account } of externalAccounts) {
    await unlessThere(
      () => services.externalAccounts.exists(id),
      () => services.externalAccounts.add({ userId: owner.id, requestId: null }, { id, ...account }),
    );
  }
}

async function unlessThere(exists: () => Promise<boolean>, create: () => Promise<unknown>): Promise<void> {
  if (await exists()) return;
  try {
    await create();
  } catch (error) {
    // Another replica may have been faster between the look and the write; anything else is a failure.
    if (!(await exists())) throw error;
  }
}
