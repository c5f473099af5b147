import { describe, expect, it } from 'vitest';
import { heldReason, postingReason, rejectionReason } from './transaction.reasons.ts';

const rejected = (decidedBy: string, ...ruleCodes: string[]) =>
  rejectionReason({ decidedBy, reasons: ruleCodes.map((ruleCode) => ({ ruleCode })) });

describe('what customers are told of a refusal by compliance', () => {
  it.each(['TRANSACTION_LIMIT', 'DEPOSIT_LIMIT', 'DAILY_LIMIT', 'DAILY_DEPOSIT_LIMIT', 'VELOCITY', 'DEPOSIT_VELOCITY'])(
    'names the published limit %s',
    (code) => {
      expect(rejected('RULES', code).code).toBe(code);
    },
  );

  it('names the first limit when there are several', () => {
    expect(rejected('RULES', 'DAILY_LIMIT', 'VELOCITY').code).toBe('DAILY_LIMIT');
  });

  it.each([
    ['a sanctioned name', ['SANCTIONED_NAME']],
    ['a sanctioned name beside a limit', ['DAILY_LIMIT', 'SANCTIONED_NAME']],
    ['a rule that this domain does not know', ['STRUCTURING']],
    ['no reason at all', []],
    ['a rule with the name of an object method', ['constructor']],
  ])('is generic for %s', (_, ruleCodes) => {
    expect(rejected('RULES', ...ruleCodes)).toEqual({
      code: 'COMPLIANCE_REJECTED',
      message: 'This transaction could not be accepted.',
    });
  });

  it('is generic when a person decided, whatever rule had held it', () => {
    expect(rejected('carol', 'DAILY_LIMIT').code).toBe('COMPLIANCE_REJECTED');
  });

  it('says the same of every held transaction', () => {
    expect(heldReason.code).toBe('UNDER_REVIEW');
  });
});

describe('what customers are told of a refusal by the wallet', () => {
  it.each(['INSUFFICIENT_FUNDS', 'WALLET_FROZEN', 'DESTINATION_UNAVAILABLE', 'WALLET_NOT_FOUND', 'EXTERNAL_ACCOUNT_NOT_FOUND'])(
    'names %s',
    (code) => {
      expect(postingReason({ code }).code).toBe(code);
    },
  );

  it('passes on how a spending limit stands, and no other message of the wallet', () => {
    const message = 'At most 50.00 USD may be spent a day.';
    expect(postingReason({ code: 'SPENDING_LIMIT_EXCEEDED', message })).toEqual({ code: 'SPENDING_LIMIT_EXCEEDED', message });
    expect(postingReason({ code: 'INSUFFICIENT_FUNDS', message }).message).not.toBe(message);
  });

  it('hides codes that it does not know', () => {
    expect(postingReason({ code: 'LEDGER_ON_FIRE' }).code).toBe('POSTING_REFUSED');
    expect(postingReason({ code: 'toString' }).code).toBe('POSTING_REFUSED');
  });
});
