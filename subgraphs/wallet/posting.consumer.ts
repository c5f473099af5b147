// Takes what transactions ask for from the event bus to the ledger: setting money aside, giving it back, posting, taking back.
// The claim, the effect and its answer are one database transaction.
import type { Logger } from 'pino';
import { z } from 'zod';
import type { EventConsumer, RecordedEvent } from '../../platform/events/event.ts';
import {
  type LedgerCommand,
  type PostTransaction,
  type ReserveFunds,
  type ReverseTransaction,
  systemActor,
  transactionCommandKey,
  type VoidHold,
} from './ledger.commands.ts';
import { isOfTransaction } from './ledger.outcome.ts';
import type { LedgerWriter } from './ledger.writer.ts';

export const transactionPostingStarted = 'clawpurse.transaction.posting_started.v1';
export const transactionFundsRequested = 'clawpurse.transaction.funds_requested.v1';
export const transactionFundsReleased = 'clawpurse.transaction.funds_released.v1';
export const transactionReversalRequested = 'clawpurse.transaction.reversal_requested.v1';

const feesMax = 16;
const metadataKeysMax = 32;

const id = z.string().min(1);
const units = z
  .string()
  .regex(/^[0-9]{1,80}$/)
  .transform(BigInt);
const moment = z.iso.datetime().transform((text) => new Date(text));
const party = z.object({ type: z.enum(['WALLET', 'EXTERNAL_ACCOUNT']), id });
const metadata = z
  .record(z.string().min(1).max(64), z.string().max(256))
  .refine((fields) => Object.keys(fields).length <= metadataKeysMax, `at most ${metadataKeysMax} keys`);

const postingData = z.object({
  transactionId: id,
  kind: z.enum(['TRANSFER', 'DEPOSIT', 'WITHDRAWAL']),
  requestedBy: id,
  source: party,
  destination: party,
  asset: z.string(),
  units,
  memo: z.string().nullable(),
  holdId: id.nullish().transform((given) => given ?? undefined),
  fees: z
    .array(z.object({ account: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/), units }))
    .max(feesMax)
    .optional(),
  effectiveAt: moment.nullish().transform((given) => given ?? undefined),
  metadata: metadata.nullish().transform((given) => given ?? undefined),
});
const fundsRequestedData = z.object({
  transactionId: id,
  requestedBy: id,
  walletId: id,
  asset: z.string(),
  units,
  expiresAt: moment.nullable(),
});
const fundsReleasedData = z.object({ transactionId: id, holdId: id });
const reversalRequestedData = z.object({
  transactionId: id,
  attemptId: id.optional(),
  requestedBy: id,
  reason: z.string().min(1).max(280),
});

/** The command of an event. @throws {ZodError} when the event does not keep to its contract; it is parked then. */
export function readCommand(event: RecordedEvent): PostTransaction | ReserveFunds | ReverseTransaction | VoidHold {
  switch (event.type) {
    case transactionFundsRequested:
      return { type: 'RESERVE_FUNDS', ...fundsRequestedData.parse(event.data) };
    case transactionFundsReleased: {
      const { holdId, transactionId: heldFor } = fundsReleasedData.parse(event.data);
      return { type: 'VOID_HOLD', holdId, heldFor };
    }
    case transactionReversalRequested:
      return { type: 'REVERSE_TRANSACTION', ...reversalRequestedData.parse(event.data) };
    default:
      return { type: 'POST_TRANSACTION', ...postingData.parse(event.data) };
  }
}

export function createPostingConsumer({ writer, log }: { writer: LedgerWriter; log: Logger }): EventConsumer {
  return {
    types: [transactionPostingStarted, transactionFundsRequested, transactionFundsReleased, transactionReversalRequested],
    handler: {
      mode: 'claim',
      async handle(event, claim) {
        const command = readCommand(event);
        const answer = await writer.submit({
          // A hold resolves once by itself, whoever asks.
          key: isOfTransaction(command) ? transactionCommandKey(command) : null,
          idempotencyKey: event.subject,
          command,
          origin: {
            actorId: systemActor,
            requestId: null,
            correlationId: event.correlationId ?? undefined,
            causationId: event.id,
          },
          claim,
        });
        if (answer.status === 'REFUSED') report(command, event.subject, answer.refusal.code, log);
      },
    },
  };
}

function report(command: LedgerCommand, transactionId: string, code: string, log: Logger): void {
  const details = { transactionId, command: command.type, code };
  // Nothing is told to others then: the first outcome stands, and two bodies of one transaction are a fault.
  if (code === 'IDEMPOTENCY_CONFLICT') log.error(details, 'a transaction was sent twice with different contents');
  else log.info(details, 'the ledger refused a transaction');
}
