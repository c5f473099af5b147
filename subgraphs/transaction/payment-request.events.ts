// What this domain tells about payment requests: to those two whom they concern, and to the audit log.
import { z } from 'zod';
import type { NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import { type PaymentRequest, type PaymentRequestState, paymentRequestStates } from './payment-request.repository.ts';
import { parseEvent, recordedAudit } from './transaction.events.ts';

const eventTypes = {
  PENDING: 'clawpurse.transaction.payment_requested.v1',
  ACCEPTED: 'clawpurse.transaction.payment_request_accepted.v1',
  PAID: 'clawpurse.transaction.payment_request_paid.v1',
  DECLINED: 'clawpurse.transaction.payment_request_declined.v1',
  CANCELLED: 'clawpurse.transaction.payment_request_cancelled.v1',
  EXPIRED: 'clawpurse.transaction.payment_request_expired.v1',
} as const satisfies Record<PaymentRequestState, string>;
const ownTypes: readonly string[] = Object.values(eventTypes);

const actions: Readonly<Record<PaymentRequestState, string>> = {
  PENDING: 'payment_request.open',
  ACCEPTED: 'payment_request.accept',
  PAID: 'payment_request.pay',
  DECLINED: 'payment_request.decline',
  CANCELLED: 'payment_request.cancel',
  EXPIRED: 'payment_request.expire',
};

/** The live feed of the payment requests that a user has sent and received. */
export const paymentRequestFeed = (userId: string): string => `payment-requests:${userId}`;

/** Who asked is not told that a payment is on its way, nor that it failed: see `shownState`. */
function feedsOf({ state, version, requestedBy, payerId }: PaymentRequest): string[] {
  const isForBoth = state !== 'ACCEPTED' && (state !== 'PENDING' || version === 1);
  return [paymentRequestFeed(payerId), ...(isForBoth ? [paymentRequestFeed(requestedBy)] : [])];
}

/** The event and the audit record of the state that a request has just entered. */
export function paymentRequestEvents(
  request: PaymentRequest,
  actor: { readonly userId: string; readonly requestId: string | null },
): NewEvent[] {
  const { id, state, version, requestedBy, payerId, walletId, money, memo, transactionId, expiresAt, updatedAt } = request;
  const event: NewEvent = {
    type: eventTypes[state],
    kind: 'domain',
    subject: id,
    data: {
      paymentRequestId: id,
      state,
      version,
      requestedBy,
      payerId,
      walletId,
      asset: money.asset,
      units: money.units.toString(),
      memo,
      transactionId,
      expiresAt: expiresAt.toISOString(),
      occurredAt: updatedAt.toISOString(),
    },
    feeds: feedsOf(request),
    ...(actor.requestId === null ? {} : { correlationId: actor.requestId }),
  };
  const record = {
    actorId: actor.userId,
    action: actions[state],
    resourceType: 'PaymentRequest',
    resourceId: id,
    outcome: 'SUCCEEDED' as const,
    subjectUserId: payerId,
    details: { state, version, requestedBy, asset: money.asset, units: money.units.toString(), transactionId },
    requestId: actor.requestId,
  };
  return [event, recordedAudit(record, { correlationId: actor.requestId, causationId: null })];
}

const paymentRequestChange = z.object({
  paymentRequestId: z.string(),
  state: z.enum(paymentRequestStates),
  occurredAt: z.iso.datetime().transform((text) => new Date(text)),
});
export type PaymentRequestChange = z.infer<typeof paymentRequestChange>;

/** This domain's own event, as a live feed delivers it; null for events of something else. */
export function readPaymentRequestChange(event: RecordedEvent): PaymentRequestChange | null {
  return ownTypes.includes(event.type) ? parseEvent(paymentRequestChange, event) : null;
}
