// What the gateway tells Prometheus beyond what every service does: fetches per subgraph, plans, reloads, sockets.
import type { GraphQLFormattedError } from 'graphql';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Metrics, type OperationType, outcomeOf } from '../platform/server/metrics.ts';
import type { FetchObserver } from './execution/execution.ts';
import type { PlanObserver } from './planning/plan-cache.ts';
import type { CacheOutcome } from './traffic/cache/response-cache.ts';
import type { TrafficEvents, TrafficState } from './traffic/traffic-client.ts';

export interface GatewayMetrics {
  operationFinished(type: OperationType, errors: readonly GraphQLFormattedError[] | undefined, seconds: number): void;
  /** Call the result when the subscription ends. */
  subscriptionOpened(): () => void;
  readonly fetchObserved: FetchObserver;
  readonly planObserved: PlanObserver;
  reloaded(outcome: 'replaced' | 'refused'): void;
  /** Reads the number of open sockets when Prometheus asks. Returns what stops it. */
  watchSockets(read: () => number): () => void;
  /** An operation that was refused at the door. */
  turnedAway(): void;
  watchInFlight(read: () => number): () => void;
  cacheObserved(outcome: CacheOutcome): void;
  watchCache(read: () => number): () => void;
  readonly protection: ProtectionMetrics;
  readonly traffic: Required<TrafficEvents>;
  /** Reads the state of the clients when Prometheus asks. */
  watchTraffic(read: () => readonly TrafficState[]): void;
}

/** What protection has to tell. */
export interface ProtectionMetrics {
  rateLimited(limit: 'address' | 'identity'): void;
  costMeasured(cost: { readonly estimated: number; readonly actual: number | null; readonly refusal: string | null }): void;
}

const service = 'gateway';

export function createGatewayMetrics(metrics: Metrics): GatewayMetrics {
  const registers = [metrics.registry];
  const fetches = new Histogram({
    name: 'clawpurse_gateway_fetch_seconds',
    help: 'Time of calls to subgraphs; outcome is ok, or the code of the failure.',
    labelNames: ['subgraph', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const plans = new Counter({
    name: 'clawpurse_gateway_plans_total',
    help: 'Query plans taken from the cache (hit) or made (miss).',
    labelNames: ['cache'],
    registers,
  });
  const planning = new Histogram({
    name: 'clawpurse_gateway_planning_seconds',
    help: 'Time to make a query plan that was not in the cache.',
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const reloads = new Counter({
    name: 'clawpurse_gateway_supergraph_loads_total',
    help: 'New supergraphs by outcome: replaced the old one, or refused.',
    labelNames: ['outcome'],
    registers,
  });
  const cached = new Counter({
    name: 'clawpurse_gateway_response_cache_total',
    help: 'Queries by what the response cache did: hit, miss, bypass (the client asked for it), and answers stored.',
    labelNames: ['outcome'],
    registers,
  });
  const turnedAway = new Counter({
    name: 'clawpurse_gateway_turned_away_total',
    help: 'Operations that were refused because IN_FLIGHT_MAX others were being worked on.',
    registers,
  });
  const traffic = createTrafficMetrics(registers);
  return {
    ...traffic,
    turnedAway: () => turnedAway.inc(),
    cacheObserved: (outcome) => cached.inc({ outcome }),
    watchCache: (read) =>
      metrics.gauge({ name: 'clawpurse_gateway_response_cache_bytes', help: 'Memory that kept answers take.', service, read }),
    watchInFlight: (read) =>
      metrics.gauge({ name: 'clawpurse_operations_in_flight', help: 'Operations that are being worked on.', service, read }),
    protection: createProtectionMetrics(registers),
    operationFinished: (type, errors, seconds) => metrics.operationFinished(service, type, outcomeOf(errors), seconds),
    subscriptionOpened: () => metrics.subscriptionOpened(service),
    fetchObserved: ({ subgraph, durationSeconds, failure }) =>
      fetches.observe({ subgraph, outcome: failure?.code ?? 'ok' }, durationSeconds),
    planObserved({ cached, durationSeconds }) {
      plans.inc({ cache: cached ? 'hit' : 'miss' });
      if (!cached) planning.observe(durationSeconds);
    },
    reloaded: (outcome) => reloads.inc({ outcome }),
    watchSockets: (read) =>
      metrics.gauge({ name: 'clawpurse_websockets_open', help: 'WebSocket connections that are open now.', service, read }),
  };
}

function createProtectionMetrics(registers: Registry[]): ProtectionMetrics {
  const limited = new Counter({
    name: 'clawpurse_gateway_rate_limited_total',
    help: 'Operations that were refused because of a rate limit: of an address, or of an identity.',
    labelNames: ['limit'],
    registers,
  });
  const costs = new Histogram({
    name: 'clawpurse_gateway_operation_cost',
    help: 'Cost of operations by @cost and @listSize, estimated before and counted after.',
    labelNames: ['kind'],
    buckets: [1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 100_000],
    registers,
  });
  const judged = new Counter({
    name: 'clawpurse_gateway_costs_judged_total',
    help: 'Operations by what their cost led to: ok, or the code of a refusal, also where costs are only measured.',
    labelNames: ['result'],
    registers,
  });
  return {
    rateLimited: (limit) => limited.inc({ limit }),
    costMeasured({ estimated, actual, refusal }) {
      costs.observe({ kind: 'estimated' }, estimated);
      if (actual !== null) costs.observe({ kind: 'actual' }, actual);
      judged.inc({ result: refusal ?? 'ok' });
    },
  };
}

const breakerStates = { closed: 0, 'half-open': 1, open: 2 } as const;

function createTrafficMetrics(registers: Registry[]): Pick<GatewayMetrics, 'traffic' | 'watchTraffic'> {
  const retries = new Counter({
    name: 'clawpurse_gateway_retries_total',
    help: 'Queries that were sent to a subgraph again.',
    labelNames: ['subgraph'],
    registers,
  });
  const refusals = new Counter({
    name: 'clawpurse_gateway_fetches_refused_total',
    help: 'Fetches that were not sent: circuit_open, or overloaded (the queue was full).',
    labelNames: ['subgraph', 'reason'],
    registers,
  });
  const changes = new Counter({
    name: 'clawpurse_gateway_breaker_changes_total',
    help: 'Changes of a circuit breaker, by the state that it entered.',
    labelNames: ['subgraph', 'state'],
    registers,
  });
  return {
    traffic: {
      retried: (subgraph) => retries.inc({ subgraph }),
      refused: (subgraph, reason) => refusals.inc({ subgraph, reason }),
      breakerChanged: (subgraph, state) => changes.inc({ subgraph, state }),
    },
    watchTraffic(read) {
      const gauge = (name: string, help: string, measure: (state: TrafficState) => number) =>
        new Gauge({
          name,
          help,
          labelNames: ['subgraph'],
          registers,
          collect() {
            this.reset();
            for (const state of read()) this.set({ subgraph: state.subgraph }, measure(state));
          },
        });
      gauge(
        'clawpurse_gateway_breaker_state',
        'Circuit breaker: 0 closed, 1 half-open, 2 open.',
        ({ breaker }) => breakerStates[breaker],
      );
      gauge('clawpurse_gateway_fetches_in_flight', 'Fetches that a subgraph is working on.', ({ inFlight }) => inFlight);
      gauge('clawpurse_gateway_fetch_queue_depth', 'Fetches that wait for room at a subgraph.', ({ queued }) => queued);
    },
  };
}
