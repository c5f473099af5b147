// Submits what a person asks of the ledger, under a key of their own.
import { callerKey, type LedgerCommand, type PostManually } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import type { LedgerWriter } from './ledger.writer.ts';
import type { ManualOutcome } from './manual-posting.rules.ts';
import type { Actor } from './wallet.service.ts';

export const idempotencyKeyLengthMax = 128;

/** They submit by `submitByCaller`: the ledger refuses those who are suspended, in the batch, and goes on answering what it has done for them. */
export const mutationsOfLedger: readonly string[] = [
  'exchange',
  'reverseExchange',
  'placeHold',
  'captureHold',
  'voidHold',
  'fundLiquidity',
  'createPostings',
];

/** Gives the id of what was posted or placed. @throws INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
export async function submitByCaller(
  writer: LedgerWriter,
  actor: Actor,
  idempotencyKey: string,
  command: LedgerCommand,
): Promise<string> {
  if (idempotencyKey.length > idempotencyKeyLengthMax || !/^[\x21-\x7e]+$/.test(idempotencyKey))
    throw ledgerErrors.INVALID_IDEMPOTENCY_KEY({ lengthMax: idempotencyKeyLengthMax });
  const answer = await writer.submit({
    key: callerKey(command.type, actor.userId, idempotencyKey),
    idempotencyKey,
    command,
    origin: { actorId: actor.userId, requestId: actor.requestId },
  });
  if (answer.status === 'REFUSED') throw answer.refusal;
  if (answer.status !== 'ACCEPTED') throw new Error('Only requests of events can have been consumed before.');
  return answer.resultId;
}

/** What would become of postings made by hand, decided in a batch like all others, of which nothing stays. @throws ACCOUNT_SUSPENDED */
export async function dryRunByCaller(
  writer: LedgerWriter,
  actor: Actor,
  command: PostManually,
): Promise<readonly ManualOutcome[]> {
  const origin = { actorId: actor.userId, requestId: actor.requestId };
  const answer = await writer.submit({ key: null, idempotencyKey: '', command, origin, isDryRun: true });
  if (answer.status === 'REFUSED') throw answer.refusal;
  if (answer.status !== 'WOULD_BE_ACCEPTED' || answer.outcomes === undefined)
    throw new Error('A dry run of postings made by hand tells of each.');
  return answer.outcomes;
}
