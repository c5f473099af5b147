// Takes approved transactions from the event bus to the ledger. The claim, the posting and its answer are one database transaction.
import type { Logger } from 'pino';
import { z } from 'zod';
import type { EventConsumer, RecordedEvent } from '../../platform/events/event.ts';
import { type PostTransaction, transactionKey } from './ledger.commands.ts';
import type { LedgerWriter } from './ledger.writer.ts';

export const transactionApproved = 'clawpurse.transaction.approved.v1';

const party = z.object({ type: z.enum(['WALLET', 'EXTERNAL_ACCOUNT']), id: z.string().min(1) });
const approvedData = z.object({
  transactionId: z.string().min(1),
  kind: z.enum(['TRANSFER', 'DEPOSIT', 'WITHDRAWAL']),
  requestedBy: z.string().min(1),
  source: party,
  destination: party,
  asset: z.string(),
  units: z.string().regex(/^[0-9]{1,80}$/),
  memo: z.string().nullable(),
});

/** The command of an approved transaction. @throws {ZodError} when the event does not keep to its contract; it is parked then. */
export function readApproved(event: RecordedEvent): PostTransaction {
  const { units, ...data } = approvedData.parse(event.data);
  return { type: 'POST_TRANSACTION', ...data, units: BigInt(units) };
}

export function createPostingConsumer({ writer, log }: { writer: LedgerWriter; log: Logger }): EventConsumer {
  return {
    types: [transactionApproved],
    handler: {
      mode: 'claim',
      async handle(event, claim) {
        const command = readApproved(event);
        const answer = await writer.submit({
          key: transactionKey(command.transactionId),
          idempotencyKey: command.transactionId,
          command,
          origin: { actorId: 'system', requestId: null, correlationId: event.correlationId ?? undefined, causationId: event.id },
          claim,
        });
        if (answer.status === 'REFUSED') {
          const { code } = answer.refusal;
          const details = { transactionId: command.transactionId, code };
          // Nothing is told to others then: the outcome of the first approval stands, and two bodies of one transaction are a fault.
          if (code === 'IDEMPOTENCY_CONFLICT') log.error(details, 'a transaction was approved twice with different contents');
          else log.info(details, 'the ledger refused a transaction');
        }
      },
    },
  };
}
