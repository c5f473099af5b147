// The demonstration's wallets, external accounts, rates and liquidity, made through the services. Their opening balances are the transaction domain's to deposit.
import { demoExternalAccounts, demoUsers, demoWallets } from '../../platform/demo.ts';
import type { ExternalAccountService } from './external-account.service.ts';
import type { LiquidityService } from './liquidity.service.ts';
import type { RateService } from './rate.service.ts';
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
    id: demoExternalAccounts.treasuryEuroBank,
    owner: demoUsers.olivia,
    name: 'Treasury bank, euro',
    holderName: 'ClawPurse Treasury',
    asset: 'EUR',
  },
  {
    id: demoExternalAccounts.aliceBank,
    owner: demoUsers.alice,
    name: "Alice's bank",
    holderName: demoUsers.alice.displayName,
    asset: 'USD',
  },
] as const;

/** What the house exchanges at and from: rates of Ada's, money of Olivia's, under fixed idempotency keys. */
const rates = [{ base: 'EUR', quote: 'USD', expectedVersion: 0, rate: '1.0845', spreadBasisPoints: 25 }] as const;
const liquidity = [
  {
    idempotencyKey: 'demo-liquidity-eur',
    externalAccountId: demoExternalAccounts.treasuryEuroBank,
    amount: { amount: '100000', asset: 'EUR' },
  },
  {
    idempotencyKey: 'demo-liquidity-usd',
    externalAccountId: demoExternalAccounts.treasuryBank,
    amount: { amount: '100000', asset: 'USD' },
  },
] as const;

export interface SeedServices {
  readonly wallets: WalletService;
  readonly externalAccounts: ExternalAccountService;
  readonly rates: RateService;
  readonly liquidity: LiquidityService;
}

/** Safe to call again, and from several replicas at once: what is there stays as it is. */
export async function seedDemo(services: SeedServices): Promise<void> {
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
  for (const rate of rates) {
    await unlessThere(
      async () => (await services.rates.list()).some(({ base, quote }) => base === rate.base && quote === rate.quote),
      () => services.rates.set({ userId: demoUsers.ada.id, requestId: null }, rate),
    );
  }
  for (const funding of liquidity) await services.liquidity.fund({ userId: demoUsers.olivia.id, requestId: null }, funding);
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
