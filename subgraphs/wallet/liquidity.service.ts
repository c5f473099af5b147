// Use cases around what the house exchanges from: how much there is of each asset, and filling it up.
import type { Database } from '../../platform/database/database.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { type Account, findAccountsOfHolder } from './account.repository.ts';
import { liquidityHolder } from './account.rules.ts';
import { submitByCaller } from './ledger.caller.ts';
import type { LedgerWriter } from './ledger.writer.ts';
import type { Actor } from './wallet.service.ts';

export interface FundingRequest {
  readonly idempotencyKey: string;
  readonly externalAccountId: string;
  readonly amount: MoneyText;
}

export type LiquidityService = ReturnType<typeof createLiquidityService>;

export function createLiquidityService({ database, writer }: { database: Database<PrismaClient>; writer: LedgerWriter }) {
  const list = (): Promise<Account[]> => findAccountsOfHolder(database.client, liquidityHolder);
  return {
    /** What there is, by asset. */
    list,

    /** Money that has arrived for the house. @throws money errors, INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
    async fund(actor: Actor, { idempotencyKey, externalAccountId, amount }: FundingRequest): Promise<Account> {
      const { units, asset } = parseMoney(amount, 'input.amount');
      const command = { type: 'FUND_LIQUIDITY', externalAccountId, asset, units, requestedBy: actor.userId } as const;
      await submitByCaller(writer, actor, idempotencyKey, command);
      const account = (await list()).find((each) => each.asset === asset);
      if (account === undefined) throw new Error(`The liquidity of ${asset} was filled but is not there.`);
      return account;
    },
  };
}
