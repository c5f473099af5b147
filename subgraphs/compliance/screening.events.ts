// The events around a screening: those of other domains that lead to one, as they are read, and the one that tells its decision.
import { z } from 'zod';
import type { JsonObject } from '../../platform/errors.ts';
import type { NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import { type Decision, decide, type RuleOutcome, transactionKinds } from './screening.rules.ts';

export const consumedTypes = {
  userNamed: ['clawpurse.auth.user_registered.v1', 'clawpurse.auth.user_renamed.v1'],
  externalAccountNamed: ['clawpurse.wallet.external_account_added.v1'],
  transactionRequested: ['clawpurse.transaction.requested.v1'],
  transactionEnded: ['clawpurse.transaction.failed.v1', 'clawpurse.transaction.rejected.v1', 'clawpurse.transaction.expired.v1'],
} as const;

export const screeningDecidedType = 'clawpurse.compliance.screening_decided.v1';

const id = z.string().min(1).max(128);
const endpoint = z.object({ type: z.enum(['WALLET', 'EXTERNAL_ACCOUNT']), id, ownerId: id });

const transactionRequested = z.object({
  transactionId: id,
  kind: z.enum(transactionKinds),
  requestedBy: id,
  source: endpoint,
  destination: endpoint,
  asset: z.string().min(1).max(32),
  units: z
    .string()
    .regex(/^[1-9][0-9]{0,77}$/)
    .transform(BigInt),
});
const transactionEnded = z.object({ transactionId: id });
// Optional: the domains that know a country tell it with the name. What is no code is nobody's country.
const country = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .nullish()
  .catch(null);
const userNamed = z.object({ userId: id, displayName: z.string(), country });
const externalAccountNamed = z.object({ externalAccountId: id, holderName: z.string(), ownerId: id.nullish(), country });

export type TransactionRequested = z.infer<typeof transactionRequested>;

/** All throw when the data is not what the contract says: the event is parked, not guessed at. */
export const readTransactionRequested = (event: RecordedEvent): TransactionRequested => transactionRequested.parse(event.data);
export const readTransactionEnded = (event: RecordedEvent): { transactionId: string } => transactionEnded.parse(event.data);
export const readUserNamed = (event: RecordedEvent): z.infer<typeof userNamed> => userNamed.parse(event.data);
export const readExternalAccountNamed = (event: RecordedEvent): z.infer<typeof externalAccountNamed> =>
  externalAccountNamed.parse(event.data);

export interface ScreeningDecidedData extends JsonObject {
  readonly transactionId: string;
  readonly screeningId: string;
  readonly decision: Decision;
  /** `RULES`, `EXPIRY` when nobody decided in time, or the id of the reviewer. */
  readonly decidedBy: string;
  /** The rules behind a decision that is not CLEARED. For staff only. */
  readonly reasons: readonly { readonly ruleCode: string; readonly message: string }[];
}

/** Tells the decision that stands on a screening; a held one is told again when a person has decided. */
export function screeningDecided(
  screening: {
    readonly id: string;
    readonly transactionId: string;
    readonly decision: Decision;
    readonly reviewedBy: string | null;
    readonly correlationId: string | null;
  },
  all: readonly Pick<RuleOutcome, 'ruleCode' | 'result' | 'explanation' | 'isShadow'>[],
  causationId?: string,
): NewEvent<ScreeningDecidedData> {
  const { id: screeningId, transactionId, decision, reviewedBy, correlationId } = screening;
  // A rule on trial is no reason for anything.
  const outcomes = all.filter(({ isShadow }) => !isShadow);
  const strictest = decide(outcomes) === 'REJECTED' ? 'REFUSE' : 'REVIEW';
  const reasons = outcomes
    .filter(({ result }) => result === strictest)
    .map(({ ruleCode, explanation }) => ({ ruleCode, message: explanation }));
  return {
    type: screeningDecidedType,
    kind: 'domain',
    subject: transactionId,
    data: { transactionId, screeningId, decision, decidedBy: reviewedBy ?? 'RULES', reasons },
    ...(correlationId === null ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
  };
}
