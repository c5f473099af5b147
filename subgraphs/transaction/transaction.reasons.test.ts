import { describe, expect, it } from 'vitest';
import { heldReason, postingReason, rejectionReason } from './transaction.reasons.ts';
import type { Participants } from './transaction.rules.ts';

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
  const participants: Participants = {
    requestedBy: 'alice',
    source: { type: 'WALLET', id: 'wallet-a', ownerId: 'alice' },
    destination: { type: 'WALLET', id: 'wallet-b', ownerId: 'bob' },
  };

  it('names missing funds', () => {
    expect(postingReason({ code: 'INSUFFICIENT_FUNDS', walletId: null }, participants).code).toBe('INSUFFICIENT_FUNDS');
  });

  it('names the freeze of their own wallet', () => {
    expect(postingReason({ code: 'WALLET_FROZEN', walletId: 'wallet-a' }, participants).code).toBe('WALLET_FROZEN');
    const withdrawal: Participants = { ...participants, destination: { type: 'EXTERNAL_ACCOUNT', id: 'bank', ownerId: 'alice' } };
    expect(postingReason({ code: 'WALLET_FROZEN', walletId: null }, withdrawal).code).toBe('WALLET_FROZEN');
  });

  it('does not tell that somebody else is frozen', () => {
    expect(postingReason({ code: 'WALLET_FROZEN', walletId: 'wallet-b' }, participants).code).toBe('DESTINATION_UNAVAILABLE');
    expect(postingReason({ code: 'WALLET_FROZEN', walletId: null }, participants).code).toBe('DESTINATION_UNAVAILABLE');
  });

  it('hides codes that it does not know', () => {
    expect(postingReason({ code: 'LEDGER_ON_FIRE', walletId: null }, participants).code).toBe('POSTING_REFUSED');
  });
});
