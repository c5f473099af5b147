// Use cases around exchange rates: setting versions of them, and finding the one that counts. The table is one source; another needs `find` only.
import type { ReadTime } from '../../platform/database/time.ts';
import { requireAsset } from '../../platform/money/money.ts';
import { exchangeErrors, spreadBasisPointsMax } from './exchange.errors.ts';
import { rateAudited } from './exchange.events.ts';
import { findLatestRate, insertRate, listLatestRates, type PublishedRate, pairOf } from './rate.repository.ts';
import { type ExchangeRate, isJump, readRate } from './rate.rules.ts';
import type { Actor, WalletDeps } from './wallet.service.ts';

/** A rate that moves further at once is more often a slip of the finger than of the market. */
export const jumpPercentMax = 10;

/** Where rates come from. */
export interface RateSource {
  /** The rate between two assets, whichever way it is told, that is good at a moment; null when there is none. */
  find(one: string, other: string, at: Date): Promise<PublishedRate | null>;
}

export interface NewRate {
  readonly base: string;
  readonly quote: string;
  /** The version that the change was made from; 0 where there was none. */
  readonly expectedVersion: number;
  readonly rate: string;
  readonly spreadBasisPoints: number;
  readonly validUntil?: Date | null;
  /** That it is far from the version before is no mistake. */
  readonly allowsJump?: boolean;
}

export interface RateService extends RateSource {
  /** Adds a version. @throws UNKNOWN_ASSET, SAME_ASSET, INVALID_RATE, INVALID_SPREAD, RATE_EXPIRY_IN_PAST, RATE_CHANGED, RATE_JUMP */
  set(actor: Actor, wanted: NewRate): Promise<PublishedRate>;
  /** The rates that are good now, by pair. */
  list(): Promise<PublishedRate[]>;
}

export function createRateService(deps: Omit<WalletDeps, 'ids'> & { readonly time: ReadTime }): RateService {
  const { database, outbox, time } = deps;

  async function set(actor: Actor, wanted: NewRate): Promise<PublishedRate> {
    const base = requireAsset(wanted.base, 'input.base').code;
    const quote = requireAsset(wanted.quote, 'input.quote').code;
    if (base === quote) throw exchangeErrors.SAME_ASSET({ asset: base });
    const rate = readRate(wanted.rate);
    const { expectedVersion, spreadBasisPoints, validUntil = null } = wanted;
    if (spreadBasisPoints < 0 || spreadBasisPoints > spreadBasisPointsMax)
      throw exchangeErrors.INVALID_SPREAD({ basisPoints: spreadBasisPoints });
    const pair = pairOf(base, quote);
    return database.transaction(async (tx) => {
      const now = await time(tx);
      if (validUntil !== null && validUntil <= now)
        throw exchangeErrors.RATE_EXPIRY_IN_PAST({ validUntil: validUntil.toISOString() });
      // Two writers of one version: the second finds it there, or is refused by the primary key.
      const before = await findLatestRate(tx.client, pair);
      const version = before?.version ?? 0;
      if (version !== expectedVersion) throw exchangeErrors.RATE_CHANGED({ expectedVersion, version });
      const terms = { base, quote, rate, spreadBasisPoints, validUntil };
      if (before !== null && !wanted.allowsJump && isJump(before, terms, jumpPercentMax))
        throw exchangeErrors.RATE_JUMP({ from: describeRate(before), to: describeRate(terms), percentMax: jumpPercentMax });
      const published: PublishedRate = { pair, version: version + 1, ...terms, setBy: actor.userId, createdAt: now };
      await insertRate(tx.client, published);
      await outbox.append(tx, [rateAudited(published, actor)]);
      return published;
    });
  }

  return {
    set,
    async find(one, other, at) {
      const rate = await findLatestRate(database.client, pairOf(one, other));
      return rate !== null && isGoodAt(rate, at) ? rate : null;
    },
    async list() {
      const [rates, now] = await Promise.all([listLatestRates(database.client), time(database)]);
      return rates.filter((rate) => isGoodAt(rate, now));
    },
  };
}

function describeRate({ base, quote, rate }: ExchangeRate): string {
  return `1 ${base} = ${rate} ${quote}`;
}

function isGoodAt({ validUntil }: PublishedRate, at: Date): boolean {
  return validUntil === null || validUntil > at;
}
