// Clears away quotes that nobody used, a day after they expired. What was used stays: it is part of the ledger. Any number of replicas may sweep.
import type { Database } from '../../platform/database/database.ts';
import type { ReadTime } from '../../platform/database/time.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { deleteQuotes, listExpiredQuotes, type QuoteKey } from './exchange.repository.ts';

/** Long enough to answer a question about yesterday's offer. */
export const unusedQuoteLifeMs = 86_400_000;
const quotesPerSweepMax = 500;

/** Gives a sweep: it resolves to how many quotes it cleared away. */
export function createQuoteSweep({
  database,
  time,
}: {
  database: Database<PrismaClient>;
  time: ReadTime;
}): () => Promise<number> {
  // Up to where everything has been looked at, so that used quotes, which stay, are not looked at again and again.
  let done: QuoteKey = { expiresAt: new Date(0), id: '' };
  return async () => {
    const before = new Date((await time(database)).getTime() - unusedQuoteLifeMs);
    const expired = await listExpiredQuotes(database.client, { after: done, before, limit: quotesPerSweepMax });
    const unused = expired.filter(({ isUsed }) => !isUsed).map(({ id }) => id);
    if (unused.length > 0) await database.transaction((tx) => deleteQuotes(tx.client, unused));
    done = expired.at(-1) ?? done;
    return unused.length;
  };
}
