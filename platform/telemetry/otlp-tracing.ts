// Tracing by the OpenTelemetry SDK, exported over OTLP/HTTP. Spans are passed by hand, not by async context, which every promise would pay for.
import {
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/telemetry-settings.ts';
import type { ReceivedHeaders } from '../graph/subgraph.ts';
import type { Logger } from '../log.ts';
import type { SpanAttributes, SpanRole, TraceSpan, Tracing } from './tracing.ts';

const kinds: Readonly<Record<SpanRole, SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
};

type OtlpConfig = TelemetryConfig & { readonly url: string };

export async function createOtlpTracing(config: OtlpConfig, service: string, log: Logger): Promise<Tracing> {
  reportTo(log);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.serviceName ?? `clawpurse-${service}`,
      ...config.attributes,
    }),
    sampler: samplerOf(config.sampler),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: await createExporter(config),
        maxQueueSize: config.queueMax,
        maxExportBatchSize: Math.min(512, config.queueMax),
        scheduledDelayMillis: config.exportDelayMs,
        exportTimeoutMillis: config.timeoutMs,
      }),
    ],
  });
  const tracer = provider.getTracer('clawpurse');
  return {
    start: (name, role, headers, attributes) => startSpan(tracer, contextFrom(headers), name, role, attributes),
    async stop() {
      await provider
        .shutdown()
        .catch((error: unknown) => log.warn({ error }, 'The last spans could not be sent to the collector.'));
    },
  };
}

async function createExporter({ url, protocol, headers, timeoutMs }: OtlpConfig): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeoutMs });
}

function samplerOf({ kind, ratio, asksParent }: TelemetryConfig['sampler']): Sampler {
  const root =
    kind === 'always_on'
      ? new AlwaysOnSampler()
      : kind === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return asksParent ? new ParentBasedSampler({ root }) : root;
}

function contextFrom({ traceparent, tracestate }: ReceivedHeaders): Context {
  const parent = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  if (parent === null) return ROOT_CONTEXT;
  const context = trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
  return typeof tracestate === 'string' ? context.setValue(stateKey, tracestate) : context;
}

/** Vendors' state is passed on as it came. */
const stateKey = Symbol.for('clawpurse.tracestate');

function startSpan(tracer: Tracer, parent: Context, name: string, role: SpanRole, attributes: SpanAttributes = {}): TraceSpan {
  const span = tracer.startSpan(name, { kind: kinds[role], attributes: { ...attributes } as Record<string, string> }, parent);
  return wrapSpan(tracer, span, trace.setSpan(parent, span));
}

function wrapSpan(tracer: Tracer, span: Span, context: Context): TraceSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const state = context.getValue(stateKey);
  return {
    traceId,
    headers: {
      traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`,
      ...(typeof state === 'string' ? { tracestate: state } : {}),
    },
    child: (name, role, attributes) => startSpan(tracer, context, name, role, attributes),
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes({ ...attributes } as Record<string, string>),
    fail: (code) => void span.setStatus({ code: SpanStatusCode.ERROR, message: code }).setAttribute('error.type', code),
    end: () => span.end(),
  };
}

/** The SDK speaks of failed exports and dropped spans to nobody, unless it is told to whom. */
function reportTo(log: Logger): void {
  const at =
    (level: 'debug' | 'info' | 'warn') =>
    (message: string, ...more: unknown[]) =>
      log[level]({ telemetry: more.map(String).join(' ') }, message);
  diag.setLogger(
    { error: at('warn'), warn: at('warn'), info: at('info'), debug: at('debug'), verbose: at('debug') },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
