// A house that exchanges, to test against: rates, liquidity, and a wallet with money. Everything goes through the services.
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { isDomainError } from '../../platform/errors.ts';
import type { TestClock } from '../../platform/testing/clock.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { createExchangeService, type QuoteRequest } from './exchange.service.ts';
import { aLedger } from './ledger.fixtures.ts';
import { createLiquidityService } from './liquidity.service.ts';
import { createRateService } from './rate.service.ts';

export const quoteLifeMs = 30_000;
export const treasurerId = 'treasurer';
export const officerId = 'officer';

/** A ledger with rates, quotes and exchanges. Call it twice on one database for two replicas. */
export function anExchange(database: Database<PrismaClient>, options: { clock?: TestClock } = {}) {
  const ledger = aLedger(database, options);
  const time = async () => ledger.clock.now();
  const rates = createRateService({ database, outbox: ledger.outbox, clock: ledger.clock, time });
  const exchanges = createExchangeService({ database, ids: uuidIds, time, writer: ledger.writer, rates, quoteLifeMs });
  const liquidity = createLiquidityService({ database, writer: ledger.writer });

  /** Where deposits come from, by asset. */
  const banks = new Map<string, string>();

  /** The units of a house account in an asset; zero before its first use. */
  async function house(holderId: string, asset: string): Promise<bigint> {
    const row = await database.client.account.findUnique({
      where: { holderType_holderId_asset: { holderType: 'SYSTEM', holderId, asset } },
    });
    return row === null
      ? 0n
      : BigInt(row.creditsPosted.toFixed?.() ?? `${row.creditsPosted}`) -
          BigInt(row.debitsPosted.toFixed?.() ?? `${row.debitsPosted}`);
  }

  return {
    ...ledger,
    rates,
    exchanges,
    liquidity,
    house,
    quote: (userId: string, request: QuoteRequest) => exchanges.quote(ledger.by(userId), request),
    execute: (userId: string, quoteId: string, idempotencyKey: string = uuidIds.next()) =>
      exchanges.execute(ledger.by(userId), { quoteId, idempotencyKey }),
    /** Sets a rate, whatever version there was. */
    async setRate(base: string, quote: string, rate: string, spreadBasisPoints = 0, validUntil: Date | null = null) {
      const pair = [base, quote].sort().join('/');
      const { version = 0 } =
        (await database.client.exchangeRate.findFirst({ where: { pair }, orderBy: { version: 'desc' } })) ?? {};
      return rates.set(ledger.by(treasurerId), {
        base,
        quote,
        expectedVersion: version,
        rate,
        spreadBasisPoints,
        validUntil,
        allowsJump: true,
      });
    },
    async fund(asset: string, amount: string) {
      const { id: externalAccountId } = await ledger.aBank(officerId, asset);
      return liquidity.fund(ledger.by(officerId), {
        idempotencyKey: uuidIds.next(),
        externalAccountId,
        amount: { amount, asset },
      });
    },
    /** Puts money of an asset into a wallet. */
    async give(walletId: string, asset: string, units: bigint) {
      const bank = banks.get(asset) ?? (await ledger.aBank(undefined, asset)).id;
      banks.set(asset, bank);
      await ledger.deposit(bank, walletId, units, { asset });
    },
  };
}

/** What a promise comes to: ACCEPTED, or the code of the refusal. */
export function settled(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ACCEPTED',
    (error: unknown) => {
      if (isDomainError(error)) return error.code;
      throw error;
    },
  );
}
