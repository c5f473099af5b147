import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  awaitedAnswer,
  deadlineOf,
  hasEnded,
  hasFailed,
  isTerminal,
  positionOf,
  type SagaPosition,
  type ScreeningNote,
  sagaPositions,
  type TransactionFact,
  transactionFacts,
  transitionOf,
} from './saga.rules.ts';
import { type TransactionState, transactionStates } from './transaction.rules.ts';

/** The whole table, written out a second time and read by eye: rows are positions, columns are facts. */
const columns = 'HELD REFUSED | CLEARED REVIEW REJECTED | POSTED UNPOSTED | DEADLINE | ALL NONE | REVERSED';
const expected: Record<SagaPosition, string> = {
  //                 funds                               screening                              posting     time        batch         reversal
  REQUESTED: '>SCREENING >FAILED | +CLEARED +HELD >REJECTED | ! ! | >EXPIRED | ! >FAILED | !',
  REQUESTED_HELD: '>SCREENING>IN_REVIEW >FAILED | +CLEARED = >REJECTED | ! ! | >EXPIRED | ! >FAILED | !',
  REQUESTED_CLEARED: '>SCREENING>APPROVED>POSTING >FAILED | = ~ >REJECTED | ! ! | >EXPIRED | ! >FAILED | !',
  SCREENING: '= ! | >APPROVED>POSTING >IN_REVIEW >REJECTED | ! ! | >EXPIRED | ! >FAILED | !',
  IN_REVIEW: '= ! | >APPROVED>POSTING = >REJECTED | ! ! | >EXPIRED | ! >FAILED | !',
  APPROVED: '= ! | = ~ >REJECTED | ! ! | >EXPIRED | >POSTING >FAILED | !',
  POSTING: '= ! | ~ ~ X | >COMPLETED >FAILED | ~ | = ! | !',
  COMPLETED: '~ ~ | ~ ~ X | = ! | ~ | ~ ! | >REVERSED',
  REJECTED: '< ~ | X ~ = | ! ! | ~ | ! ~ | !',
  FAILED: '< ~ | ~ ~ ~ | ! = | ~ | ! ~ | !',
  EXPIRED: '< ~ | X ~ ~ | ! ! | = | ! ~ | !',
  REVERSED: '~ ~ | ~ ~ X | ~ ! | ~ | ~ ! | =',
};
const signs = { RELEASE: '<', DUPLICATE: '=', OVERTAKEN: '~', OVERRULED: 'X', ILLEGAL: '!' } as const;

function shown(position: SagaPosition, fact: TransactionFact): string {
  const transition = transitionOf(position, fact);
  if (transition.verdict === 'MOVE') return transition.path.map((state) => `>${state}`).join('');
  return transition.verdict === 'NOTE' ? `+${transition.note}` : signs[transition.verdict];
}

interface Life {
  readonly entered: readonly TransactionState[];
  readonly note: ScreeningNote | null;
}

function live(reported: readonly TransactionFact[], isLinked = false): Life {
  return reported.reduce<Life>(
    ({ entered, note }, fact) => {
      const transition = transitionOf(positionOf(entered.at(-1) ?? 'REQUESTED', note), fact, { isLinked });
      if (transition.verdict === 'NOTE') return { entered, note: transition.note };
      return transition.verdict === 'MOVE' ? { entered: [...entered, ...transition.path], note: null } : { entered, note };
    },
    { entered: ['REQUESTED'], note: null },
  );
}

/** How far a state is from the request; a move must always increase it. */
const distance: Record<TransactionState, number> = {
  REQUESTED: 0,
  SCREENING: 1,
  IN_REVIEW: 2,
  APPROVED: 3,
  POSTING: 4,
  COMPLETED: 5,
  REJECTED: 6,
  FAILED: 6,
  EXPIRED: 6,
  REVERSED: 6,
};
const facts = fc.array(fc.constantFrom(...transactionFacts), { maxLength: 40 });
const histories = { numRuns: 500 };

describe('the saga of a transaction', () => {
  it.each(sagaPositions)('answers every fact at %s', (position) => {
    const wanted = expected[position].split(' ').filter((sign) => sign !== '|');
    expect(columns.split(' ').filter((column) => column !== '|')).toHaveLength(transactionFacts.length);
    expect(transactionFacts.map((fact) => shown(position, fact))).toEqual(wanted);
  });

  it('ends without effect in REJECTED, FAILED and EXPIRED; what is completed can only be reversed', () => {
    expect(transactionStates.filter(isTerminal)).toEqual(['REJECTED', 'FAILED', 'EXPIRED', 'REVERSED']);
    expect(transactionStates.filter(hasFailed)).toEqual(['REJECTED', 'FAILED', 'EXPIRED']);
    expect(transactionStates.filter(hasEnded)).toEqual(['COMPLETED', 'REJECTED', 'FAILED', 'EXPIRED', 'REVERSED']);
  });

  it('waits for nobody without a limit: a machine is asked again, everything else has a deadline, an end waits for nothing', () => {
    const now = new Date(0);
    for (const state of transactionStates) {
      const deadline = deadlineOf(state, now, { decisionMs: 1, reviewMs: 2 })?.getTime() ?? null;
      expect([state, awaitedAnswer(state) !== null || deadline !== null]).toEqual([state, !hasEnded(state)]);
    }
    // Only its answer can end a posting: the ledger may have moved the money.
    expect(deadlineOf('POSTING', now, { decisionMs: 1, reviewMs: 2 })).toBeNull();
  });

  it('shows the same states whichever of funds and screening answers first', () => {
    const orders = (first: TransactionFact, second: TransactionFact) => [live([first, second]), live([second, first])];
    for (const answer of ['SCREENING_CLEARED', 'SCREENING_HELD'] as const) {
      const [one, other] = orders('FUNDS_HELD', answer);
      expect(one?.entered).toEqual(other?.entered);
    }
  });

  it('never goes back, whatever becomes true in whatever order', () => {
    fc.assert(
      fc.property(facts, fc.boolean(), (reported, isLinked) => {
        const distances = live(reported, isLinked).entered.map((state) => distance[state]);
        expect(distances.every((each, index) => index === 0 || each > (distances[index - 1] ?? 0))).toBe(true);
      }),
      histories,
    );
  });

  it('posts only what is funded and cleared, and completes only what was posted', () => {
    fc.assert(
      fc.property(facts, (reported) => {
        const { entered } = live(reported);
        if (entered.includes('POSTING')) {
          expect(reported).toContain('FUNDS_HELD');
          expect(reported).toContain('SCREENING_CLEARED');
          expect(entered).toEqual(expect.arrayContaining(['SCREENING', 'APPROVED']));
        }
        if (entered.includes('COMPLETED')) expect(entered).toContain('POSTING');
      }),
      histories,
    );
  });

  it('is decided by time only before the ledger is told', () => {
    fc.assert(
      fc.property(facts, (reported) => {
        const { entered } = live(reported);
        if (entered.includes('POSTING')) expect(live([...reported, 'DEADLINE_PASSED']).entered).toEqual(entered);
      }),
      histories,
    );
  });

  it('keeps a linked payout waiting until all of its batch are approved', () => {
    fc.assert(
      fc.property(facts, (reported) => {
        const { entered } = live(reported, true);
        if (entered.includes('POSTING')) expect(reported).toContain('BATCH_APPROVED');
      }),
      histories,
    );
  });

  it('does not care how often a fact is repeated', () => {
    fc.assert(
      fc.property(facts, fc.nat(4), (reported, repeats) => {
        const repeated = reported.flatMap((fact) => Array.from({ length: repeats + 1 }, () => fact));
        expect(live(repeated)).toEqual(live(reported));
      }),
      histories,
    );
  });

  it('always ends once every answer is in and time is up', () => {
    fc.assert(
      fc.property(facts, fc.boolean(), (reported, isLinked) => {
        const answers: TransactionFact[] = [
          'FUNDS_HELD',
          'SCREENING_CLEARED',
          'BATCH_APPROVED',
          'POSTING_COMPLETED',
          'DEADLINE_PASSED',
        ];
        expect(hasEnded(live([...reported, ...answers], isLinked).entered.at(-1) ?? 'REQUESTED')).toBe(true);
      }),
      histories,
    );
  });
});
