// What customers are told about a transaction that was held, rejected or failed. Compliance's own reasons stay in compliance:
// telling somebody that they are suspected ("tipping off") is an offence in most jurisdictions.
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

export const expiredReason: Reason = {
  code: 'NOT_DECIDED_IN_TIME',
  message: 'This transaction was not decided in time, so it was called off. The money was given back.',
};

export const batchFailedReason: Reason = {
  code: 'BATCH_NOT_COMPLETED',
  message: 'Another payout of the batch could not be made, so none of them was.',
};

export const reversedReason: Reason = { code: 'REVERSED', message: 'The money was sent back by another transaction.' };

/** Rules whose outcome customers may know, since the limits are published to them. The wording is ours: no thresholds, no counts. */
const disclosableRules: Readonly<Record<string, string>> = {
  TRANSACTION_LIMIT: 'The amount is above the limit for one transaction.',
  DEPOSIT_LIMIT: 'The amount is above the limit for one deposit.',
  DAILY_LIMIT: 'The amount is above what is left of the daily limit.',
  DAILY_DEPOSIT_LIMIT: 'The amount is above what is left of the daily limit for deposits.',
  VELOCITY: 'There were too many transactions in a short time. Try again later.',
  DEPOSIT_VELOCITY: 'There were too many deposits in a short time. Try again later.',
};

/** Who decided where nobody did: a case that was not decided in time. */
const expiryDecider = 'EXPIRY';

/** Why screening rejected it, as far as the customer may know. One undisclosable reason makes the whole answer generic. */
export function rejectionReason(decision: {
  readonly decidedBy: string;
  readonly reasons: readonly { readonly ruleCode: string }[];
}): Reason {
  const [first] = decision.reasons;
  const isDisclosable =
    decision.decidedBy === 'RULES' && decision.reasons.every(({ ruleCode }) => Object.hasOwn(disclosableRules, ruleCode));
  if (decision.decidedBy === expiryDecider) return expiredReason;
  if (!isDisclosable || first === undefined) return complianceRejected;
  return { code: first.ruleCode, message: disclosableRules[first.ruleCode] ?? complianceRejected.message };
}

/** Refusals by the wallet, which names a freeze only to the frozen wallet's owner. */
const postingReasons: Readonly<Record<string, string>> = {
  HOLD_ALREADY_RESOLVED: 'The money that was set aside for this transaction had been given back.',
  INSUFFICIENT_FUNDS: 'The wallet does not have enough available funds.',
  WALLET_FROZEN: 'Your wallet is frozen: it can neither send nor receive.',
  DESTINATION_UNAVAILABLE: 'The receiving wallet cannot receive money at present.',
  WALLET_NOT_FOUND: 'A wallet of this transaction is no longer there, or no longer open to who asked for it.',
  WALLET_ROLE_INSUFFICIENT: 'Who asked for this transaction may no longer pay from the wallet.',
  EXTERNAL_ACCOUNT_NOT_FOUND: 'The external account of this transaction is no longer there.',
};

/** Refusals that say themselves what their customers set and may know: how much was left of a limit, and when it renews. */
const toldByTheWallet: readonly string[] = ['SPENDING_LIMIT_EXCEEDED'];

/** Why the wallet refused to post it, as far as the customer may know. */
export function postingReason(refusal: { readonly code: string; readonly message?: string | undefined }): Reason {
  if (refusal.message !== undefined && toldByTheWallet.includes(refusal.code))
    return { code: refusal.code, message: refusal.message };
  const message = Object.hasOwn(postingReasons, refusal.code) ? postingReasons[refusal.code] : undefined;
  if (message !== undefined) return { code: refusal.code, message };
  return { code: 'POSTING_REFUSED', message: 'The wallet could not carry out this transaction.' };
}
