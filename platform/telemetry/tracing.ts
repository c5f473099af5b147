// What services know of tracing: spans that continue the caller's trace and pass it on. Off is null, and then nothing is loaded or done.
import type { TelemetryConfig } from '../config/telemetry-settings.ts';
import type { CallHeaderFields, ReceivedHeaders } from '../graph/subgraph.ts';
import type { Logger } from '../log.ts';

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** `server` answers somebody, `client` waits for somebody, `internal` is work of this service. */
export type SpanRole = 'server' | 'client' | 'internal';

/** One piece of work in a trace. */
export interface TraceSpan {
  readonly traceId: string;
  child(name: string, role: SpanRole, attributes?: SpanAttributes): TraceSpan;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Marks the work as failed; the text is a code, never what a client or a database said. */
  fail(code: string): void;
  end(): void;
  /** Headers by which the next service continues the trace (W3C Trace Context). */
  readonly headers: CallHeaderFields;
}

export interface Tracing {
  /** Begins a span: in the trace that the headers carry, else in a new one. */
  start(name: string, role: SpanRole, headers: ReceivedHeaders, attributes?: SpanAttributes): TraceSpan;
  /** Sends what is waiting, then nothing any more. */
  stop(): Promise<void>;
}

/** Null when no collector is configured: the OpenTelemetry packages are then not even loaded. */
export async function createTracing(config: TelemetryConfig, service: string, log: Logger): Promise<Tracing | null> {
  if (config.url === null) return null;
  const { createOtlpTracing } = await import('./otlp-tracing.ts');
  return createOtlpTracing({ ...config, url: config.url }, service, log);
}
