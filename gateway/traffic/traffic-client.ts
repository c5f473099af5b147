// One subgraph's client with its traffic policy around it: deadline, retries, circuit breaker, concurrency limit. Knows no GraphQL but the
// kind of an operation.
import type { TrafficPolicy } from '../../platform/config/traffic-settings.ts';
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import type { DownloadAnswer } from '../../platform/graph/download.ts';
import type { SubgraphClient, SubgraphRequest, SubgraphResult } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { type BreakerState, type CallOutcome, createCircuitBreaker, noPass } from './circuit-breaker.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';
import { createDeadlines } from './deadlines.ts';
import { forgetDeparture, onDeparture } from './departures.ts';
import { createRetryBudget } from './retry-budget.ts';
import { type StreamStart, startStream } from './stream-start.ts';

/** What happens besides calls and their outcomes. */
export interface TrafficEvents {
  retried?(subgraph: string): void;
  /** A call that was not even begun. */
  refused?(subgraph: string, reason: 'circuit_open' | 'overloaded'): void;
  breakerChanged?(subgraph: string, state: BreakerState): void;
}

export interface TrafficState {
  readonly subgraph: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly queued: number;
}

export interface TrafficClient extends SubgraphClient {
  readonly traffic: TrafficState;
}

export interface TrafficDeps {
  readonly events?: TrafficEvents;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
}

/** One call, from its first attempt to its end. */
interface Call {
  readonly request: SubgraphRequest;
  readonly startedAt: number;
  readonly isRepeatable: boolean;
  isOver: boolean;
  attempts: number;
  /** Ends what the call is busy with now: waiting, or an attempt. */
  interrupt: ((reason: Error) => void) | null;
  resolve(result: SubgraphResult): void;
  reject(error: unknown): void;
}

/**
 * Wraps a client. Queries are tried again, with full jitter and within a budget, as long as the deadline allows; mutations never are.
 *
 * Written as a state machine, not with promises per step: of a fetch's whole cost in the gateway this may be no visible part.
 */
export function withTrafficPolicy(client: SubgraphClient, policy: TrafficPolicy, deps: TrafficDeps = {}): TrafficClient {
  const { name } = client;
  const { events = {}, random = Math.random } = deps;
  const deadlines = createDeadlines(policy.timeoutMs);
  const limit = createConcurrencyLimit(policy);
  const budget = createRetryBudget(policy);
  const breaker = createCircuitBreaker(
    {
      failurePercent: policy.breakerFailurePercent,
      callsMin: policy.breakerCallsMin,
      windowMs: policy.breakerWindowMs,
      openMs: policy.breakerOpenMs,
      probes: policy.breakerProbes,
    },
    { onChange: (state) => events.breakerChanged?.(name, state) },
  );

  /** Waits for room, then attempts. */
  function enter(call: Call): void {
    if (limit.tryEnter()) {
      attempt(call);
      return;
    }
    const waiter = () => {
      call.interrupt = null;
      // Its own listener, which is about to be called, ends the call; nothing more is begun for it.
      if (call.request.signal?.aborted || remainingMs(call) <= 0) limit.leave();
      else attempt(call);
    };
    if (limit.enqueue(waiter)) {
      call.interrupt = () => limit.forget(waiter);
      return;
    }
    events.refused?.(name, 'overloaded');
    call.reject(gatewayErrors.SUBGRAPH_OVERLOADED({}));
  }

  function attempt(call: Call): void {
    const pass = breaker.pass();
    if (pass === noPass) {
      limit.leave();
      events.refused?.(name, 'circuit_open');
      call.reject(gatewayErrors.SUBGRAPH_CIRCUIT_OPEN({ retryAfterMs: breaker.retryAfterMs }));
      return;
    }
    call.attempts += 1;
    let isSettled = false;
    const settle = (outcome: CallOutcome): boolean => {
      if (isSettled) return false;
      isSettled = true;
      call.interrupt = null;
      breaker.settle(pass, outcome);
      limit.leave();
      return true;
    };
    let cancel: ((reason: Error) => void) | null = null;
    call.interrupt = (reason) => {
      settle(isDomainError(reason) && reason.code === 'SUBGRAPH_TIMEOUT' ? 'failed' : 'abandoned');
      cancel?.(reason);
    };
    client
      .execute({
        ...call.request,
        headers: withDeadline(call),
        signal: undefined,
        responseBytesMax: policy.responseBytesMax,
        onCancel: (give) => {
          cancel = give;
        },
      })
      .then(
        (result) => {
          if (settle('succeeded')) call.resolve(result);
        },
        (error: unknown) => {
          const isOutage = isOutageOf(error);
          if (!settle(isOutage ? 'failed' : 'abandoned')) return;
          if (isOutage && mayRetry(call)) retry(call);
          else call.reject(error);
        },
      );
  }

  function remainingMs({ startedAt, request: { deadline } }: Call): number {
    const expiresAt = startedAt + policy.timeoutMs;
    return (deadline === undefined ? expiresAt : Math.min(expiresAt, deadline.expiresAt)) - performance.now();
  }

  function withDeadline(call: Call): SubgraphRequest['headers'] {
    const { headers } = call.request;
    if (policy.deadlineHeader === '') return headers;
    return { ...headers, [policy.deadlineHeader]: String(Math.max(1, Math.ceil(remainingMs(call)))) };
  }

  function mayRetry(call: Call): boolean {
    return call.isRepeatable && call.attempts <= policy.retries && breaker.state !== 'open' && budget.withdraw();
  }

  function retry(call: Call): void {
    const ceilingMs = Math.min(policy.retryDelayMaxMs, policy.retryDelayMs * 2 ** (call.attempts - 1));
    events.retried?.(name);
    const timer = setTimeout(() => {
      call.interrupt = null;
      enter(call);
    }, random() * ceilingMs);
    call.interrupt = () => clearTimeout(timer);
  }

  function execute(request: SubgraphRequest): Promise<SubgraphResult> {
    return new Promise((resolve, reject) => {
      const { signal, deadline } = request;
      if (signal?.aborted) {
        reject(clientGone(signal));
        return;
      }
      const end = () => {
        call.isOver = true;
        deadlines.remove(expire);
        deadline?.underWay.delete(endWithOperation);
        if (signal !== undefined) forgetDeparture(signal, leave);
      };
      const call: Call = {
        request,
        startedAt: performance.now(),
        isRepeatable: isQuery(request.query),
        isOver: false,
        attempts: 0,
        interrupt: null,
        resolve(result) {
          if (call.isOver) return;
          end();
          resolve(result);
        },
        reject(error) {
          if (call.isOver) return;
          end();
          reject(error);
        },
      };
      const stop = (reason: DomainError) => {
        const { interrupt } = call;
        call.interrupt = null;
        call.reject(reason);
        interrupt?.(reason);
      };
      const expire = () => stop(gatewayErrors.SUBGRAPH_TIMEOUT({ timeoutMs: policy.timeoutMs }));
      // It does not speak against the subgraph: others may have taken most of the time.
      const endWithOperation = () => stop(gatewayErrors.OPERATION_TIMEOUT({ timeoutMs: deadline?.timeoutMs ?? 0 }));
      const leave = () => stop(clientGone(signal));
      deadlines.add(expire);
      deadline?.underWay.add(endWithOperation);
      if (signal !== undefined) onDeparture(signal, leave);
      budget.deposit();
      enter(call);
    });
  }

  /** The same place, pass and time as a call has. A stream that was lost is opened again by those who know its cursor, and judged anew. */
  function startOf(request: SubgraphRequest): StreamStart {
    return {
      limit,
      deadlines,
      pass() {
        const pass = breaker.pass();
        if (pass !== noPass) return { settle: (outcome) => breaker.settle(pass, outcome) };
        events.refused?.(name, 'circuit_open');
        return gatewayErrors.SUBGRAPH_CIRCUIT_OPEN({ retryAfterMs: breaker.retryAfterMs });
      },
      outcomeOf: (error) => (!request.signal?.aborted && isOutageOf(error) ? 'failed' : 'abandoned'),
      overloaded() {
        events.refused?.(name, 'overloaded');
        return gatewayErrors.SUBGRAPH_OVERLOADED({});
      },
      timedOut: () => gatewayErrors.SUBGRAPH_TIMEOUT({ timeoutMs: policy.timeoutMs }),
      open: (opened) => client.subscribe({ ...request, onOpen: opened })[Symbol.asyncIterator](),
    };
  }

  return {
    name,
    execute,
    subscribe: (request) => ({ [Symbol.asyncIterator]: () => startStream(startOf(request)) }),
    // Takes as long as its reader does, so that no deadline, breaker or limit of calls fits it.
    ...(client.download === undefined ? {} : { download: (request) => client.download?.(request) as Promise<DownloadAnswer> }),
    ping: () => client.ping(),
    async close() {
      deadlines.close();
      await client.close();
    },
    get traffic() {
      return { subgraph: name, breaker: breaker.state, inFlight: limit.inFlight, queued: limit.queued };
    },
  };
}

/** The answer is for nobody; the code is never seen. */
function clientGone(signal: AbortSignal | undefined): DomainError {
  return gatewayErrors.SUBGRAPH_UNAVAILABLE({}, signal?.reason);
}

/**
 * Failures that speak against the subgraph. An answer that cannot be used does not: an operation of a client's choice may provoke it, and
 * nobody may close a subgraph to all others by asking for too much.
 */
function isOutageOf(error: unknown): boolean {
  return !isDomainError(error) || (error.retryable && error.code !== 'SUBGRAPH_INVALID_RESPONSE');
}

/** Plans start an operation with its kind; anything but a query is taken for a mutation. */
export function isQuery(query: string): boolean {
  return /^\s*(query\b|\{)/.test(query);
}
