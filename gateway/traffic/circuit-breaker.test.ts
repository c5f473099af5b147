// The circuit breaker and the retry budget by a clock of the test's own.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallOutcome, createCircuitBreaker, noPass } from './circuit-breaker.ts';
import { createRetryBudget } from './retry-budget.ts';

const rules = { failurePercent: 50, callsMin: 10, windowMs: 1000, openMs: 500, probes: 2 };

function breakerWithClock(changes = {}) {
  const clock = { ms: 0 };
  const states: string[] = [];
  const breaker = createCircuitBreaker(
    { ...rules, ...changes },
    { now: () => clock.ms, onChange: (state) => states.push(state) },
  );
  const calls = (count: number, outcome: CallOutcome) => {
    for (let call = 0; call < count; call++) breaker.settle(breaker.pass(), outcome);
  };
  return { breaker, clock, states, calls };
}

describe('a circuit breaker', () => {
  it('opens once the window holds enough calls and enough of them failed', () => {
    const { breaker, calls } = breakerWithClock();
    calls(5, 'succeeded');
    calls(4, 'failed');
    expect(breaker.state).toBe('closed');
    calls(1, 'failed');
    expect(breaker.state).toBe('open');
    expect([breaker.pass(), breaker.retryAfterMs]).toEqual([noPass, 500]);
  });

  it('forgets what is older than the window, and what says nothing', () => {
    const { breaker, clock, calls } = breakerWithClock();
    calls(9, 'failed');
    clock.ms = 1100;
    calls(9, 'failed');
    calls(100, 'abandoned');
    expect(breaker.state).toBe('closed');
    clock.ms = 1500;
    calls(1, 'failed');
    expect(breaker.state).toBe('open');
  });

  it('lets a few probes through after a while; their success closes it', () => {
    const { breaker, clock, states, calls } = breakerWithClock();
    calls(10, 'failed');
    clock.ms = 500;
    const probes = [breaker.pass(), breaker.pass()];
    expect([...probes.map((pass) => pass !== noPass), breaker.pass() === noPass]).toEqual([true, true, true]);
    for (const pass of probes) breaker.settle(pass, 'succeeded');
    expect(states).toEqual(['open', 'half-open', 'closed']);
    calls(9, 'failed');
    expect(breaker.state, 'the old failures are forgotten').toBe('closed');
  });

  it('opens again when a probe fails, and gives an abandoned probe to the next', () => {
    const { breaker, clock, states } = breakerWithClock({ callsMin: 1, probes: 1 });
    breaker.settle(breaker.pass(), 'failed');
    clock.ms = 500;
    const abandoned = breaker.pass();
    expect(breaker.pass()).toBe(noPass);
    breaker.settle(abandoned, 'abandoned');
    breaker.settle(breaker.pass(), 'failed');
    expect(states).toEqual(['open', 'half-open', 'open']);
  });

  it('does not judge by calls that began before it opened', () => {
    const { breaker, clock, calls } = breakerWithClock();
    const slow = [breaker.pass(), breaker.pass()];
    calls(10, 'failed');
    clock.ms = 500;
    const probe = breaker.pass();
    for (const pass of slow) breaker.settle(pass, 'failed');
    expect(breaker.state).toBe('half-open');
    breaker.settle(probe, 'succeeded');
    breaker.settle(breaker.pass(), 'succeeded');
    expect(breaker.state).toBe('closed');
  });

  it('is off with a share of 0', () => {
    const { breaker, calls } = breakerWithClock({ failurePercent: 0 });
    calls(100, 'failed');
    expect([breaker.state, breaker.pass() === noPass]).toEqual(['closed', false]);
  });

  it('always lets calls through again, whatever happened', () => {
    const step = fc.record({ waitMs: fc.nat(700), outcome: fc.constantFrom<CallOutcome>('succeeded', 'failed', 'abandoned') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { breaker, clock } = breakerWithClock({ callsMin: 3 });
        for (const { waitMs, outcome } of steps) {
          clock.ms += waitMs;
          const pass = breaker.pass();
          if (pass !== noPass) breaker.settle(pass, outcome);
        }
        clock.ms += rules.openMs;
        for (let probe = 0; probe < rules.probes; probe++) breaker.settle(breaker.pass(), 'succeeded');
        return breaker.pass() !== noPass && breaker.state === 'closed';
      }),
      { numRuns: 200 },
    );
  });
});

describe('a retry budget', () => {
  it('never lets retries be more than the floor and the share of requests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ requests: fc.nat(50), retries: fc.nat(50), waitMs: fc.nat(300) }), { maxLength: 40 }),
        (steps) => {
          const clock = { ms: 0 };
          const budget = createRetryBudget({ budgetPercent: 20, budgetFloorPerSecond: 1 }, () => clock.ms);
          let requests = 0;
          let retries = 0;
          for (const step of steps) {
            clock.ms += step.waitMs;
            requests += step.requests;
            for (let n = 0; n < step.requests; n++) budget.deposit();
            for (let n = 0; n < step.retries; n++) if (budget.withdraw()) retries += 1;
          }
          return retries <= requests * 0.2 + 10 + clock.ms / 1000;
        },
      ),
      { numRuns: 200 },
    );
  });
});
