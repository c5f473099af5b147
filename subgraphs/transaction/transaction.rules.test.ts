import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  awaitedAnswer,
  isTerminal,
  isVisibleTo,
  type Participants,
  recipientKeys,
  senderKeys,
  type TransactionFact,
  type TransactionState,
  transactionFacts,
  transactionStates,
  transitionOf,
} from './transaction.rules.ts';

/** The whole table, written out a second time and read by eye: rows are states, columns are facts. */
const expected: Record<TransactionState, readonly string[]> = {
  //           CLEARED       HELD         REJECTED     POSTED       REFUSED
  REQUESTED: ['>APPROVED', '>IN_REVIEW', '>REJECTED', 'ILLEGAL', 'ILLEGAL'],
  IN_REVIEW: ['>APPROVED', 'DUPLICATE', '>REJECTED', 'ILLEGAL', 'ILLEGAL'],
  APPROVED: ['DUPLICATE', 'OVERTAKEN', 'OVERRULED', '>COMPLETED', '>FAILED'],
  COMPLETED: ['OVERTAKEN', 'OVERTAKEN', 'OVERRULED', 'DUPLICATE', 'ILLEGAL'],
  REJECTED: ['OVERRULED', 'OVERTAKEN', 'DUPLICATE', 'ILLEGAL', 'ILLEGAL'],
  FAILED: ['OVERTAKEN', 'OVERTAKEN', 'OVERTAKEN', 'ILLEGAL', 'DUPLICATE'],
};

const shown = (state: TransactionState, fact: TransactionFact): string => {
  const transition = transitionOf(state, fact);
  return transition.verdict === 'MOVE' ? `>${transition.to}` : transition.verdict;
};

/** How far a state is from the request; a move must always increase it. */
const progress: Record<TransactionState, number> = {
  REQUESTED: 0,
  IN_REVIEW: 1,
  APPROVED: 2,
  COMPLETED: 3,
  REJECTED: 3,
  FAILED: 3,
};

const facts = fc.array(fc.constantFrom(...transactionFacts), { maxLength: 30 });

function live(reported: readonly TransactionFact[]): TransactionState[] {
  const entered: TransactionState[] = ['REQUESTED'];
  for (const fact of reported) {
    const transition = transitionOf(entered.at(-1) ?? 'REQUESTED', fact);
    if (transition.verdict === 'MOVE') entered.push(transition.to);
  }
  return entered;
}

describe('the life cycle of a transaction', () => {
  it.each(transactionStates)('answers every fact in the state %s', (state) => {
    expect(transactionFacts.map((fact) => shown(state, fact))).toEqual(expected[state]);
  });

  it('ends in COMPLETED, REJECTED or FAILED, and nowhere else', () => {
    expect(transactionStates.filter(isTerminal)).toEqual(['COMPLETED', 'REJECTED', 'FAILED']);
  });

  it('waits for screening after the request and for posting after approval; a review waits for a person', () => {
    expect(transactionStates.map(awaitedAnswer)).toEqual(['SCREENING', null, 'POSTING', null, null, null]);
  });

  it('never goes back, whatever is reported in whatever order', () => {
    fc.assert(
      fc.property(facts, (reported) => {
        const steps = live(reported).map((state) => progress[state]);
        expect(steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0))).toBe(true);
      }),
    );
  });

  it('reaches at most one final state and stays there', () => {
    fc.assert(
      fc.property(facts, facts, (reported, later) => {
        const entered = live(reported);
        const last = entered.at(-1) ?? 'REQUESTED';
        if (isTerminal(last)) expect(live([...reported, ...later])).toEqual(entered);
        expect(entered.filter(isTerminal).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves no money without a clearance: COMPLETED and FAILED are only reached through APPROVED', () => {
    fc.assert(
      fc.property(facts, (reported) => {
        const entered = live(reported);
        const last = entered.at(-1);
        if (last === 'COMPLETED' || last === 'FAILED') expect(entered.at(-2)).toBe('APPROVED');
      }),
    );
  });

  it('does not care how often a fact is repeated', () => {
    fc.assert(
      fc.property(facts, fc.nat(4), (reported, repeats) => {
        const repeated = reported.flatMap((fact) => Array.from({ length: repeats + 1 }, () => fact));
        expect(live(repeated)).toEqual(live(reported));
      }),
    );
  });
});

const alice = 'alice';
const bob = 'bob';
const olivia = 'olivia';
const transfer: Participants = {
  requestedBy: alice,
  source: { type: 'WALLET', id: 'wallet-a', ownerId: alice },
  destination: { type: 'WALLET', id: 'wallet-b', ownerId: bob },
};
const deposit: Participants = {
  requestedBy: olivia,
  source: { type: 'EXTERNAL_ACCOUNT', id: 'bank-b', ownerId: bob },
  destination: transfer.destination,
};
const withdrawal: Participants = {
  requestedBy: alice,
  source: transfer.source,
  destination: { type: 'EXTERNAL_ACCOUNT', id: 'bank-a', ownerId: alice },
};

describe('who sees a transaction', () => {
  it('lets the sender see every state and the recipient only the completed one', () => {
    expect(transactionStates.filter((state) => isVisibleTo(alice, { ...transfer, state }))).toEqual([...transactionStates]);
    expect(transactionStates.filter((state) => isVisibleTo(bob, { ...transfer, state }))).toEqual(['COMPLETED']);
    expect(transactionStates.filter((state) => isVisibleTo(olivia, { ...transfer, state }))).toEqual([]);
  });

  it('keeps a pending deposit from its recipient, even when it comes from their own bank', () => {
    expect(transactionStates.filter((state) => isVisibleTo(bob, { ...deposit, state }))).toEqual(['COMPLETED']);
    expect(senderKeys(deposit)).toEqual(['user:olivia']);
    expect(recipientKeys(deposit)).toEqual(['user:bob', 'wallet:wallet-b']);
  });

  it('lists a transfer for the sender and, apart, for the recipient', () => {
    expect(senderKeys(transfer)).toEqual(['user:alice', 'wallet:wallet-a']);
    expect(recipientKeys(transfer)).toEqual(['user:bob', 'wallet:wallet-b']);
    expect(recipientKeys(withdrawal)).toEqual([]);
  });

  it('names no list twice for a transfer between two wallets of one owner', () => {
    const own = { ...transfer, destination: { ...transfer.destination, ownerId: alice } };
    expect([...senderKeys(own), ...recipientKeys(own)]).toEqual(['user:alice', 'wallet:wallet-a', 'wallet:wallet-b']);
  });
});
