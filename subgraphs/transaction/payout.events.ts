// What this domain tells about batches of payouts: to who asked for them, and to the audit log.
import { z } from 'zod';
import type { NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import { type Payout, type PayoutBatch, payoutBatchStates } from './payout.repository.ts';
import { parseEvent, recordedAudit } from './transaction.events.ts';

export const payoutEventTypes = {
  requested: 'clawpurse.transaction.payouts_requested.v1',
  settled: 'clawpurse.transaction.payout_settled.v1',
} as const;

/** The live feed of a user's batches. */
export const payoutFeed = (ownerId: string): string => `payouts:${ownerId}`;

/** A batch has been recorded, or one of its items has its outcome. */
export function payoutEvent(batch: PayoutBatch, settled: Payout | null): NewEvent {
  const { id: batchId, ownerId, sourceId, state, version, itemCount, paidCount, failedCount, correlationId, updatedAt } = batch;
  return {
    type: settled === null ? payoutEventTypes.requested : payoutEventTypes.settled,
    kind: 'domain',
    subject: batchId,
    data: {
      batchId,
      ownerId,
      sourceId,
      state,
      version,
      itemCount,
      paidCount,
      failedCount,
      /** The item that has its outcome; null for a new batch. */
      item: settled?.item ?? null,
      itemState: settled?.state ?? null,
      transactionId: settled?.transactionId ?? null,
      failureCode: settled?.failure?.code ?? null,
      occurredAt: updatedAt.toISOString(),
    },
    feeds: [payoutFeed(ownerId)],
    ...(correlationId === null ? {} : { correlationId }),
  };
}

export function payoutAudit(batch: PayoutBatch, action: 'payout_batch.request' | 'payout_batch.finish'): NewEvent {
  const { id, ownerId, sourceId, itemCount, paidCount, failedCount, correlationId } = batch;
  const record = {
    actorId: action === 'payout_batch.request' ? ownerId : 'system',
    action,
    resourceType: 'PayoutBatch',
    resourceId: id,
    outcome: 'SUCCEEDED' as const,
    subjectUserId: ownerId,
    details: { sourceId, itemCount, paidCount, failedCount },
    requestId: correlationId,
  };
  return recordedAudit(record, { correlationId, causationId: null });
}

const payoutChange = z.object({
  batchId: z.string(),
  state: z.enum(payoutBatchStates),
  itemCount: z.number().int(),
  paidCount: z.number().int(),
  failedCount: z.number().int(),
  item: z.number().int().nullable(),
  occurredAt: z.iso.datetime().transform((text) => new Date(text)),
});
export type PayoutChange = z.infer<typeof payoutChange>;

/** This domain's own event, as a live feed delivers it; null for events of something else. */
export function readPayoutChange(event: RecordedEvent): PayoutChange | null {
  const isOne = event.type === payoutEventTypes.requested || event.type === payoutEventTypes.settled;
  return isOne ? parseEvent(payoutChange, event) : null;
}
