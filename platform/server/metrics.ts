// What a process tells Prometheus. Labels take few values only: service names, operation types and outcomes, never names or ids from callers.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type OperationOutcome = 'ok' | 'refused' | 'failed';
export type OperationType = 'query' | 'mutation' | 'subscription' | 'unknown';

export interface Metrics {
  readonly registry: Registry;
  /** One finished query or mutation, or one subscription that was started. */
  operationFinished(service: string, type: OperationType, outcome: OperationOutcome, seconds: number): void;
  /** Call the result when the subscription ends. */
  subscriptionOpened(service: string): () => void;
  /** A value that is read when Prometheus asks. Reading may fail; the value is then left out. */
  gauge(options: { name: string; help: string; service: string; read: () => number | Promise<number> }): () => void;
}

/** One per process; services share it and are told apart by the label `service`. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  // Each look at the event loop wakes the process: ten milliseconds, the default, cost an idle one a hundredth of a core.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const operations = new Counter({
    name: 'clawpurse_graphql_operations_total',
    help: 'GraphQL operations by type and outcome: ok, refused (a known error) or failed (an unexpected one).',
    labelNames: ['service', 'type', 'outcome'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'clawpurse_graphql_operation_seconds',
    help: 'Time from the parsed request to the result.',
    labelNames: ['service', 'type', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const subscriptions = new Gauge({
    name: 'clawpurse_subscriptions_open',
    help: 'Subscriptions that are open now.',
    labelNames: ['service'],
    registers: [registry],
  });
  const readings = new Map<string, Map<string, () => number | Promise<number>>>();

  function addGauge(name: string, help: string): Map<string, () => number | Promise<number>> {
    const readers = new Map<string, () => number | Promise<number>>();
    new Gauge({
      name,
      help,
      labelNames: ['service'],
      registers: [registry],
      async collect() {
        const values = await Promise.allSettled([...readers].map(async ([service, read]) => ({ service, value: await read() })));
        this.reset();
        for (const reading of values)
          if (reading.status === 'fulfilled') this.set({ service: reading.value.service }, reading.value.value);
      },
    });
    readings.set(name, readers);
    return readers;
  }

  return {
    registry,
    operationFinished(service, type, outcome, seconds) {
      operations.inc({ service, type, outcome });
      duration.observe({ service, type, outcome }, seconds);
    },
    subscriptionOpened(service) {
      subscriptions.inc({ service });
      let isOpen = true;
      return () => {
        if (isOpen) subscriptions.dec({ service });
        isOpen = false;
      };
    },
    gauge({ name, help, service, read }) {
      const readers = readings.get(name) ?? addGauge(name, help);
      readers.set(service, read);
      return () => void readers.delete(service);
    },
  };
}

/** The code of the first error, for spans. */
export function codeOf(errors: readonly { readonly extensions?: { readonly [key: string]: unknown } | undefined }[]): string {
  const code = errors[0]?.extensions?.code;
  return typeof code === 'string' ? code : 'UNKNOWN';
}

/** How an operation ended, from the codes of its errors. */
export function outcomeOf(
  errors: readonly { readonly extensions?: { readonly [key: string]: unknown } | undefined }[] | undefined,
): OperationOutcome {
  if (errors === undefined || errors.length === 0) return 'ok';
  return errors.some((error) => error.extensions?.code === 'INTERNAL_SERVER_ERROR') ? 'failed' : 'refused';
}
