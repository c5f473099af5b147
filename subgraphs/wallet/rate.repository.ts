// Reads and writes of exchange rates: every version stays, the latest one counts, and no rate is good for longer than it says.
import { isUniqueViolation } from '../../platform/database/database.errors.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { ExchangeRateModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import { exchangeErrors } from './exchange.errors.ts';
import type { ExchangeRate } from './rate.rules.ts';

export interface PublishedRate extends ExchangeRate {
  readonly pair: string;
  readonly version: number;
  /** Null: until the next version. */
  readonly validUntil: Date | null;
  readonly setBy: string;
  readonly createdAt: Date;
}

type Client = Pick<PrismaClient, 'exchangeRate'>;

/** The name of a pair of assets, whichever comes first. */
export function pairOf(one: string, other: string): string {
  return [one, other].sort().join('/');
}

/** The latest version, valid or not. */
export async function findLatestRate(client: Client, pair: string): Promise<PublishedRate | null> {
  const row = await client.exchangeRate.findFirst({ where: { pair }, orderBy: { version: 'desc' } });
  return row === null ? null : rateFromRow(row);
}

/** The latest version of every pair, by pair. */
export async function listLatestRates(client: Client): Promise<PublishedRate[]> {
  const rows = await client.exchangeRate.findMany({ distinct: ['pair'], orderBy: [{ pair: 'asc' }, { version: 'desc' }] });
  return rows.map(rateFromRow);
}

/** Adds a version. @throws RATE_CHANGED when somebody else has just added it */
export async function insertRate(client: Client, rate: PublishedRate): Promise<void> {
  await client.exchangeRate.create({ data: rate }).catch((error: unknown) => {
    const { version } = rate;
    throw isUniqueViolation(error) ? exchangeErrors.RATE_CHANGED({ expectedVersion: version - 1, version }) : error;
  });
}

function rateFromRow(row: ExchangeRateModel): PublishedRate {
  return { ...row };
}
