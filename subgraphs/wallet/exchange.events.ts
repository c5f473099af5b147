// What is told of exchanges and rates. Payloads only; no I/O.
import type { NewEvent } from '../../platform/events/event.ts';
import type { ExchangeQuote } from './exchange.repository.ts';
import type { BookWallet } from './ledger.book.ts';
import type { RequestOrigin } from './ledger.commands.ts';
import { audited, ledgerEventTypes, originOf } from './ledger.events.ts';
import type { PublishedRate } from './rate.repository.ts';
import { termsToJson } from './rate.rules.ts';
import type { Actor } from './wallet.service.ts';

/** Money of a wallet has been exchanged. Subject is the wallet, so that it keeps its place among the wallet's balance changes. */
export function exchangeCompleted(postingId: string, quote: ExchangeQuote, wallet: BookWallet, origin: RequestOrigin): NewEvent {
  const { id: quoteId, walletId, userId, rateVersion } = quote;
  return {
    type: ledgerEventTypes.exchangeCompleted,
    kind: 'domain',
    subject: walletId,
    data: {
      exchangeId: quoteId,
      postingId,
      walletId,
      ownerId: wallet.ownerId,
      requestedBy: userId,
      rateVersion,
      ...termsToJson(quote),
    },
    ...originOf(origin),
  };
}

export function exchangeAudited(postingId: string, quote: ExchangeQuote, wallet: BookWallet, origin: RequestOrigin): NewEvent {
  const { id: quoteId, walletId, rateVersion } = quote;
  return audited(
    {
      actorId: origin.actorId,
      action: 'exchange.execute',
      resourceType: 'Exchange',
      resourceId: quoteId,
      outcome: 'SUCCEEDED',
      subjectUserId: wallet.ownerId,
      details: { walletId, postingId, rateVersion, ...termsToJson(quote) },
      requestId: origin.requestId,
    },
    origin,
  );
}

/** An exchange has been taken back: the event, and its audit record. */
export function exchangeReversed(
  exchangeId: string,
  { postingId, reason }: { postingId: string; reason: string },
  wallet: BookWallet,
  origin: RequestOrigin,
): NewEvent[] {
  const { id: walletId, ownerId } = wallet;
  return [
    {
      type: ledgerEventTypes.exchangeReversed,
      kind: 'domain',
      subject: walletId,
      data: { exchangeId, postingId, walletId, ownerId, reason },
      ...originOf(origin),
    },
    audited(
      {
        actorId: origin.actorId,
        action: 'exchange.reverse',
        resourceType: 'Exchange',
        resourceId: exchangeId,
        outcome: 'SUCCEEDED',
        subjectUserId: ownerId,
        details: { walletId, postingId, reason },
        requestId: origin.requestId,
      },
      origin,
    ),
  ];
}

export function rateAudited(rate: PublishedRate, actor: Actor): NewEvent {
  const { pair, version, base, quote, rate: value, spreadBasisPoints, validUntil } = rate;
  return audited({
    actorId: actor.userId,
    action: 'exchange_rate.set',
    resourceType: 'ExchangeRate',
    resourceId: pair,
    outcome: 'SUCCEEDED',
    subjectUserId: null,
    details: { version, base, quote, rate: value, spreadBasisPoints, validUntil: validUntil?.toISOString() ?? null },
    requestId: actor.requestId,
  });
}
