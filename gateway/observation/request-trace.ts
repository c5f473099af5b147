// The spans of one request: the request, its plan, each fetch; of a subscription, each event in a trace of its own.
import type { TraceSpan, Tracing } from '../../platform/telemetry/tracing.ts';
import type { Answer, GatewayRequest } from '../edge/pipeline.ts';
import type { CallObserver, FetchWatch } from '../execution/execution.ts';
import type { FetchNode } from '../planning/plan.ts';

export interface RequestTrace {
  readonly traceId: string;
  readonly observer: CallObserver;
  /** Null for a subscription that was accepted. */
  answered(request: GatewayRequest, answer: Answer | null): void;
}

export function traceRequest(tracing: Tracing, request: GatewayRequest): RequestTrace {
  const span = tracing.start('graphql.request', 'server', request.headers, {
    'clawpurse.request.id': request.context.requestId,
    'clawpurse.transport': request.transport,
  });
  return {
    traceId: span.traceId,
    observer: {
      ...fetchesOf(span),
      planned(_, durationMs) {
        span.child('graphql.plan', 'internal', { 'clawpurse.plan.duration_ms': durationMs }).end();
      },
      event() {
        // One trace per event: a subscription may live for days, and no store of traces takes a trace of days.
        const event = tracing.start(
          'graphql.subscription.event',
          'server',
          {},
          { 'clawpurse.subscription.trace_id': span.traceId },
        );
        return {
          observer: fetchesOf(event),
          ended(errorCodes) {
            finish(event, errorCodes);
          },
        };
      },
    },
    answered({ operation }, answer) {
      if (operation !== null) {
        const name = operation.name?.value;
        // Operation names are the client's: in the attributes they may be many, in span names they must be few.
        span.rename(`graphql.${operation.operation}`);
        span.set({
          'graphql.operation.type': operation.operation,
          ...(name === undefined ? {} : { 'graphql.operation.name': name }),
        });
      }
      finish(span, answer?.errorCodes ?? []);
    },
  };
}

function finish(span: TraceSpan, errorCodes: readonly string[]): void {
  const [first] = errorCodes;
  if (first !== undefined) span.fail(first);
  span.end();
}

function fetchesOf(parent: TraceSpan): Pick<CallObserver, 'fetching'> {
  return {
    fetching(fetch, variables): FetchWatch {
      const span = parent.child(`graphql.fetch ${fetch.serviceName}`, 'client', attributesOf(fetch, variables));
      return {
        headers: span.headers,
        ended(result, failure) {
          const count = result?.errors?.length ?? 0;
          if (count > 0) span.set({ 'clawpurse.fetch.errors': count });
          if (failure !== null) span.fail(failure.code);
          span.end();
        },
      };
    },
  };
}

function attributesOf(fetch: FetchNode, variables: Readonly<Record<string, unknown>>) {
  const { representations } = variables;
  return {
    'clawpurse.subgraph': fetch.serviceName,
    'graphql.operation.type': fetch.operationKind,
    ...(Array.isArray(representations) ? { 'clawpurse.fetch.entities': representations.length } : {}),
  };
}
