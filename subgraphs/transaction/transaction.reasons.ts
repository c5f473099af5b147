// What customers are told about a transaction that was held, rejected or failed. Compliance's own reasons stay in compliance:
// telling somebody that they are suspected ("tipping off") is an offence in most jurisdictions.
import { isSender, type Participants } from './transaction.rules.ts';

/** An explanation for the people who may see the transaction. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

export const heldReason: Reason = {
  code: 'UNDER_REVIEW',
  message: 'This transaction is being reviewed. You need not do anything.',
};

const complianceRejected: Reason = { code: 'COMPLIANCE_REJECTED', message: 'This transaction could not be accepted.' };

/** Rules whose outcome customers may know, since the limits are published to them. The wording is ours: no thresholds, no counts. */
const disclosableRules: Readonly<Record<string, string>> = {
  TRANSACTION_LIMIT: 'The amount is above the limit for one transaction.',
  DAILY_LIMIT: 'The amount is above what is left of your daily limit.',
  VELOCITY: 'There were too many transactions in a short time. Try again later.',
};

/** Why screening rejected it, as far as the customer may know. One undisclosable reason makes the whole answer generic. */
export function rejectionReason(decision: {
  readonly decidedBy: string;
  readonly reasons: readonly { readonly ruleCode: string }[];
}): Reason {
  const [first] = decision.reasons;
  const isDisclosable =
    decision.decidedBy === 'RULES' && decision.reasons.every(({ ruleCode }) => Object.hasOwn(disclosableRules, ruleCode));
  if (!isDisclosable || first === undefined) return complianceRejected;
  return { code: first.ruleCode, message: disclosableRules[first.ruleCode] ?? complianceRejected.message };
}

const postingReasons: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: 'The wallet does not have enough available funds.',
  WALLET_FROZEN: 'The wallet is frozen.',
  WALLET_NOT_FOUND: 'A wallet of this transaction is no longer there.',
  EXTERNAL_ACCOUNT_NOT_FOUND: 'The external account of this transaction is no longer there.',
};

/** Why the wallet refused to post it. What concerns somebody else's wallet is not told in detail. */
export function postingReason(
  refusal: { readonly code: string; readonly walletId: string | null },
  participants: Participants,
): Reason {
  if (refusal.code === 'WALLET_FROZEN' && concernsAnother(refusal.walletId, participants)) {
    return { code: 'DESTINATION_UNAVAILABLE', message: 'The receiving wallet cannot receive money at present.' };
  }
  const message = postingReasons[refusal.code];
  return message === undefined
    ? { code: 'POSTING_REFUSED', message: 'The wallet could not carry out this transaction.' }
    : { code: refusal.code, message };
}

function concernsAnother(walletId: string | null, { source, destination, requestedBy }: Participants): boolean {
  if (walletId !== null) return walletId !== source.id && !isSender(destination.ownerId, { requestedBy, source, destination });
  return source.type !== 'WALLET';
}
