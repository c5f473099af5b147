// What this domain asks of the ledger to take a transaction back.
import type { NewEvent } from '../../platform/events/event.ts';
import type { Reversal } from './reversal.repository.ts';
import { type Cause, originOf } from './transaction.events.ts';

/** Tells the ledger to take it back. */
export function reversalOrder({ id: attemptId, transactionId, requestedBy, reason }: Reversal, cause: Cause): NewEvent {
  return {
    type: 'clawpurse.transaction.reversal_requested.v1',
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, attemptId, requestedBy, reason },
    ...originOf(cause),
  };
}
