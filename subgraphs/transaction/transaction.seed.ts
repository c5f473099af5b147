// The opening deposits of the demonstration wallets, through the real life cycle and under fixed idempotency keys.
import type { Logger } from 'pino';
import { demoExternalAccounts, demoUsers, demoWallets } from '../../platform/demo.ts';
import { isDomainError } from '../../platform/errors.ts';
import type { MoneyText } from '../../platform/money/money.ts';
import type { EndpointDirectory } from './endpoint.directory.ts';
import type { TransactionService } from './transaction.service.ts';

/** In the distributed topology the wallets may be seeded by another process that is still starting. */
const seedWaitMsMax = 10 * 60_000;

const openingDeposits: readonly { readonly walletId: string; readonly amount: MoneyText; readonly idempotencyKey: string }[] = [
  { walletId: demoWallets.alice, amount: { amount: '10000.00', asset: 'USD' }, idempotencyKey: 'demo-opening-deposit-alice-usd' },
  { walletId: demoWallets.bob, amount: { amount: '2500.00', asset: 'USD' }, idempotencyKey: 'demo-opening-deposit-bob-usd' },
];

export interface DemoSeed {
  /** Begins in the background: the deposits follow once the wallet domain's events have told of the wallets. */
  begin(): void;
  /** Resolves when every deposit has been asked for or given up. */
  settled(): Promise<void>;
  /** Gives up waiting; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export function createDemoSeed(deps: {
  service: TransactionService;
  endpoints: EndpointDirectory;
  log: Logger;
  waitMs?: number;
}): DemoSeed {
  const { service, endpoints, log, waitMs = seedWaitMsMax } = deps;
  const stopping = new AbortController();
  let running: Promise<unknown> | null = null;

  async function deposit({ walletId, amount, idempotencyKey }: (typeof openingDeposits)[number]): Promise<void> {
    const isThere = () => true;
    const ends = await endpoints.find(
      [
        { id: demoExternalAccounts.treasuryBank, type: 'EXTERNAL_ACCOUNT', accepts: isThere },
        { id: walletId, type: 'WALLET', accepts: isThere },
      ],
      { waitMs, signal: stopping.signal },
    );
    if (stopping.signal.aborted) return;
    if (ends.includes(null)) {
      log.warn({ walletId, waitMs }, 'No opening deposit: the demonstration wallets have not been heard of');
      return;
    }
    await service.request({
      kind: 'DEPOSIT',
      requestedBy: demoUsers.olivia.id,
      idempotencyKey,
      sourceId: demoExternalAccounts.treasuryBank,
      destinationId: walletId,
      amount,
      memo: 'Opening balance',
      requestId: null,
    });
  }

  async function depositOrExplain(opening: (typeof openingDeposits)[number]): Promise<void> {
    try {
      await deposit(opening);
    } catch (error) {
      // The demonstration goes on without its opening balance, for example when somebody has frozen the wallet.
      log.warn(
        { err: error, walletId: opening.walletId, code: isDomainError(error) ? error.code : undefined },
        'No opening deposit',
      );
    }
  }

  return {
    begin: () => {
      running ??= Promise.all(openingDeposits.map(depositOrExplain));
    },
    settled: async () => {
      await running;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
