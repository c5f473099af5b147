// Stops calling what keeps failing: closed, open, half-open, judged by a rolling window of outcomes. No timers and no allocation per call.

export type BreakerState = 'closed' | 'open' | 'half-open';

/** `abandoned` says nothing about the subgraph: the client has gone, or the answer was unusable through no outage. */
export type CallOutcome = 'succeeded' | 'failed' | 'abandoned';

export interface CircuitBreaker {
  readonly state: BreakerState;
  /** Milliseconds until calls are let through again; 0 unless open. */
  readonly retryAfterMs: number;
  /** The pass of one call, or `noPass`. Every pass has to be settled. */
  pass(): number;
  settle(pass: number, outcome: CallOutcome): void;
}

export interface BreakerRules {
  /** Share of failures in the window that opens the circuit; 0 turns the breaker off. */
  readonly failurePercent: number;
  /** Calls that the window must hold before it is judged. */
  readonly callsMin: number;
  readonly windowMs: number;
  /** How long the circuit stays open before probes are let through. */
  readonly openMs: number;
  /** Calls let through at a time while half-open; that many successes close the circuit, one failure opens it again. */
  readonly probes: number;
}

export const noPass = -1;
const slots = 10;

/**
 * A pass belongs to the period (of one state) in which it was given. What was begun in an earlier period is not judged: a slow call from
 * before the circuit opened must neither close nor reopen it.
 */
export function createCircuitBreaker(
  rules: BreakerRules,
  {
    now = () => performance.now(),
    onChange = () => {},
  }: { readonly now?: () => number; readonly onChange?: (state: BreakerState) => void } = {},
): CircuitBreaker {
  const window = createOutcomeWindow(rules.windowMs);
  let state: BreakerState = 'closed';
  let period = 0;
  let openUntil = 0;
  let probing = 0;
  let probesSucceeded = 0;

  function enter(next: BreakerState): void {
    state = next;
    period += 1;
    probing = 0;
    probesSucceeded = 0;
    window.clear();
    if (next === 'open') openUntil = now() + rules.openMs;
    onChange(next);
  }

  function settleProbe(outcome: CallOutcome): void {
    probing -= 1;
    if (outcome === 'succeeded') probesSucceeded += 1;
    if (outcome === 'failed') enter('open');
    else if (probesSucceeded >= rules.probes) enter('closed');
  }

  function judge(outcome: CallOutcome): void {
    window.add(outcome === 'failed', now());
    const { calls, failures } = window;
    if (outcome === 'failed' && calls >= rules.callsMin && failures * 100 >= calls * rules.failurePercent) enter('open');
  }

  return {
    get state() {
      return state;
    },
    get retryAfterMs() {
      return state === 'open' ? Math.max(0, Math.ceil(openUntil - now())) : 0;
    },
    pass() {
      if (rules.failurePercent === 0 || state === 'closed') return period;
      if (state === 'open') {
        if (now() < openUntil) return noPass;
        enter('half-open');
      }
      if (probing >= rules.probes) return noPass;
      probing += 1;
      return period;
    },
    settle(pass, outcome) {
      if (rules.failurePercent === 0 || pass !== period) return;
      if (state === 'half-open') settleProbe(outcome);
      else if (outcome !== 'abandoned') judge(outcome);
    },
  };
}

/** Counts of the last `windowMs`, in tenths of it. */
function createOutcomeWindow(windowMs: number) {
  const slotMs = windowMs / slots;
  const callsIn = new Uint32Array(slots);
  const failuresIn = new Uint32Array(slots);
  let calls = 0;
  let failures = 0;
  let newest = 0;

  function forget(slot: number): void {
    calls -= callsIn[slot] ?? 0;
    failures -= failuresIn[slot] ?? 0;
    callsIn[slot] = 0;
    failuresIn[slot] = 0;
  }

  return {
    get calls() {
      return calls;
    },
    get failures() {
      return failures;
    },
    add(hasFailed: boolean, nowMs: number) {
      const tick = Math.floor(nowMs / slotMs);
      for (let next = Math.max(newest + 1, tick - slots + 1); next <= tick; next++) forget(next % slots);
      newest = Math.max(newest, tick);
      const slot = tick % slots;
      callsIn[slot] = (callsIn[slot] ?? 0) + 1;
      calls += 1;
      if (!hasFailed) return;
      failuresIn[slot] = (failuresIn[slot] ?? 0) + 1;
      failures += 1;
    },
    clear() {
      callsIn.fill(0);
      failuresIn.fill(0);
      calls = 0;
      failures = 0;
    },
  };
}
