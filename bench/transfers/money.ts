// Looks for money that a run has lost, doubled or made: by the bank workload's own judgement, and by the ledger's own check.
import { judgeHistory } from '../../tests/bank/bank.rules.ts';
import { openStore } from '../../tests/bank/store.ts';
import type { Observed } from './hops.ts';
import { openingCents, type User } from './load.ts';

/** What is wrong when all payments have ended; empty when nothing is. */
export async function checkMoney(postgresUrl: string, users: readonly User[], observed: readonly Observed[]): Promise<string[]> {
  const store = openStore(postgresUrl);
  try {
    const wallets = users.map(({ wallet }) => wallet);
    const errors = judgeHistory({
      acknowledged: observed.map(({ transactionId }) => ({ key: transactionId, ids: new Set([transactionId]) })),
      refusedKeys: [],
      payments: await store.payments(wallets),
      opening: new Map(wallets.map((id) => [id, openingCents])),
      closing: new Map((await store.read()).map(({ holderId, posted }) => [holderId, BigInt(posted ?? -1)])),
    });
    const { offender } = await store.ledgerReport();
    const found = Object.entries(errors).filter(([, count]) => count > 0);
    return [
      ...found.map(([name, count]) => `Payments: ${name} ${count}`),
      ...(offender === null ? [] : [`The ledger is not sound: ${JSON.stringify(offender)}`]),
    ];
  } finally {
    await store.close();
  }
}
