// Use cases around exchanges: quoting one for a wallet, and carrying a quote out. What a quote is worth is the ledger's to decide.
import type { Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { ReadTime } from '../../platform/database/time.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { type MoneyText, parseMoney, requireAsset } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { exchangeErrors } from './exchange.errors.ts';
import { countOpenQuotes, type ExchangeQuote, findExchanges, insertQuote, type PostedExchange } from './exchange.repository.ts';
import { submitByCaller } from './ledger.caller.ts';
import type { LedgerWriter } from './ledger.writer.ts';
import { findVisibleIds } from './member.access.ts';
import { findMembers } from './member.repository.ts';
import { requireRole, roleIn, type SharedWallet } from './member.rules.ts';
import { computeExchange, type FixedSide } from './rate.rules.ts';
import type { RateSource } from './rate.service.ts';
import { walletErrors } from './wallet.errors.ts';
import { findWallets } from './wallet.repository.ts';
import { readLine } from './wallet.rules.ts';
import type { Actor } from './wallet.service.ts';

/** Quotes of one user that have not expired: enough to compare, too few to fill a database with. About, since requests at the same moment do not see each other. */
export const openQuotesMax = 50;
const reversalReasonLengthMax = 280;

export interface QuoteRequest {
  readonly walletId: string;
  readonly side: FixedSide;
  /** What is sold or bought exactly. */
  readonly amount: MoneyText;
  /** What it is exchanged for, or from. */
  readonly counterAsset: string;
}

export type ExchangeService = ReturnType<typeof createExchangeService>;

export function createExchangeService(deps: {
  database: Database<PrismaClient>;
  ids: Ids;
  time: ReadTime;
  writer: LedgerWriter;
  rates: RateSource;
  quoteLifeMs: number;
}) {
  const { database, ids, time, writer, rates, quoteLifeMs } = deps;

  /** @throws WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT */
  async function walletToSpendFrom(actor: Actor, walletId: string): Promise<SharedWallet> {
    const [wallets, members] = await Promise.all([
      findWallets(database.client, [walletId]),
      findMembers(database.client, [walletId]),
    ]);
    const found = wallets.get(walletId);
    if (found === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId });
    const wallet = { id: walletId, ownerId: found.ownerId, members: new Map(members.map(({ userId, role }) => [userId, role])) };
    requireRole(wallet, actor.userId, 'SPENDER');
    return wallet;
  }

  async function requireExchange(id: string): Promise<PostedExchange> {
    const exchange = (await findExchanges(database, [id])).get(id);
    if (exchange === undefined) throw new Error(`The exchange ${id} was accepted but is not there.`);
    return exchange;
  }

  return {
    /**
     * An offer that stands until it expires by the database's clock. It sets nothing aside and promises no funds.
     * @throws money errors, SAME_ASSET, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, RATE_NOT_AVAILABLE, OWN_RATE, AMOUNT_TOO_SMALL, TOO_MANY_QUOTES
     */
    async quote(actor: Actor, { walletId, side, amount, counterAsset }: QuoteRequest): Promise<ExchangeQuote> {
      const fixed = parseMoney(amount, 'input.amount');
      const other = requireAsset(counterAsset, 'input.counterAsset').code;
      if (fixed.asset === other) throw exchangeErrors.SAME_ASSET({ asset: other });
      const [sell, buy] = side === 'SELL' ? [fixed.asset, other] : [other, fixed.asset];
      const wallet = await walletToSpendFrom(actor, walletId);
      const now = await time(database);
      const rate = await rates.find(sell, buy, now);
      if (rate === null) throw exchangeErrors.RATE_NOT_AVAILABLE({ sell, buy });
      if (roleIn(wallet, rate.setBy) !== null) throw exchangeErrors.OWN_RATE({ walletId });
      const lastsUntil = now.getTime() + quoteLifeMs;
      const quote: ExchangeQuote = {
        ...computeExchange(rate, { side, fixed, other }),
        id: ids.next(),
        walletId,
        userId: actor.userId,
        rateVersion: rate.version,
        createdAt: now,
        // No quote outlives its rate.
        expiresAt: new Date(Math.min(lastsUntil, rate.validUntil?.getTime() ?? lastsUntil)),
      };
      return database.transaction(async (tx) => {
        if ((await countOpenQuotes(tx.client, actor.userId, now)) >= openQuotesMax)
          throw exchangeErrors.TOO_MANY_QUOTES({ quotesMax: openQuotesMax });
        await insertQuote(tx.client, quote);
        return quote;
      });
    },

    /** Uses a quote up. @throws INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
    async execute(actor: Actor, request: { quoteId: string; idempotencyKey: string }): Promise<PostedExchange> {
      const { quoteId, idempotencyKey } = request;
      await submitByCaller(writer, actor, idempotencyKey, { type: 'EXCHANGE', quoteId, requestedBy: actor.userId });
      return requireExchange(quoteId);
    },

    /** By staff, never their own. @throws INVALID_REVERSAL_REASON, INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
    async reverse(
      actor: Actor,
      request: { exchangeId: string; reason: string; idempotencyKey: string },
    ): Promise<PostedExchange> {
      const { exchangeId, idempotencyKey } = request;
      const reason = readLine(request.reason, reversalReasonLengthMax);
      if (reason === null) throw exchangeErrors.INVALID_REVERSAL_REASON({ lengthMax: reversalReasonLengthMax });
      const command = { type: 'REVERSE_EXCHANGE', exchangeId, requestedBy: actor.userId, reason } as const;
      await submitByCaller(writer, actor, idempotencyKey, command);
      return requireExchange(exchangeId);
    },

    /** One result per id: the exchange, or null where there is none on a wallet that the viewer may see. */
    async findVisible(viewer: Identity | null, exchangeIds: readonly string[]): Promise<(PostedExchange | null)[]> {
      const found = await findExchanges(database, exchangeIds);
      const wallets = await findWallets(
        database.client,
        [...found.values()].map(({ quote }) => quote.walletId),
      );
      const visible = await findVisibleIds(database.client, viewer, [...wallets.values()]);
      return exchangeIds.map((id) => {
        const exchange = found.get(id);
        return exchange !== undefined && visible.has(exchange.quote.walletId) ? exchange : null;
      });
    },
  };
}
