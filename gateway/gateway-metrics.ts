// What the gateway tells Prometheus beyond what every service does: fetches per subgraph, plans, reloads, sockets.
import type { GraphQLFormattedError } from 'graphql';
import { Counter, Histogram } from 'prom-client';
import { type Metrics, type OperationType, outcomeOf } from '../platform/server/metrics.ts';
import type { FetchObserver } from './execution/execution.ts';
import type { PlanObserver } from './planning/plan-cache.ts';

export interface GatewayMetrics {
  operationFinished(type: OperationType, errors: readonly GraphQLFormattedError[] | undefined, seconds: number): void;
  /** Call the result when the subscription ends. */
  subscriptionOpened(): () => void;
  readonly fetchObserved: FetchObserver;
  readonly planObserved: PlanObserver;
  reloaded(outcome: 'replaced' | 'refused'): void;
  /** Reads the number of open sockets when Prometheus asks. Returns what stops it. */
  watchSockets(read: () => number): () => void;
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
  return {
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
