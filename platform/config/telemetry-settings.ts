// The standard OpenTelemetry variables that are understood here, and what they mean when they are not set.
import { flag, list, oneOf, optionalUrl, type Setting, text, wholeNumber } from './settings.ts';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const isPair = (part: string) => /^[^=\s]+=([^%]|%[0-9a-f]{2})+$/i.test(part);
const urls = ['http:', 'https:'] as const;

export const telemetrySettings = {
  OTEL_SDK_DISABLED: flag(false, 'Turns tracing off, whatever else is set.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl(
    urls,
    'OpenTelemetry collector that traces are sent to, over OTLP/HTTP at /v1/traces. Unset: no tracing, at no cost.',
    'unset: no tracing',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optionalUrl(
    urls,
    'Full URL for traces, when it is not /v1/traces at OTEL_EXPORTER_OTLP_ENDPOINT.',
    'derived from OTEL_EXPORTER_OTLP_ENDPOINT',
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(['http/protobuf', 'http/json'], 'http/protobuf', 'Encoding of exported traces.'),
  OTEL_EXPORTER_OTLP_HEADERS: secret(
    list('name=value pairs, separated by commas', isPair, 'Headers of every export, such as an API key.', 'none'),
  ),
  OTEL_EXPORTER_OTLP_TIMEOUT: wholeNumber(1, 600_000, 10_000, 'Time that one export may take.', 'milliseconds'),
  OTEL_SERVICE_NAME: text('', 'Name of the service in traces. Unset: clawpurse-<service>.'),
  OTEL_RESOURCE_ATTRIBUTES: list(
    'name=value pairs, separated by commas',
    isPair,
    'Attributes of every trace of this process, such as deployment.environment=staging.',
    'none',
  ),
  OTEL_TRACES_SAMPLER: oneOf(samplers, 'parentbased_always_on', 'Which traces are recorded.'),
  OTEL_TRACES_SAMPLER_ARG: text('1', 'Share of traces that the ratio samplers record.', 'a number from 0 to 1'),
  OTEL_BSP_SCHEDULE_DELAY: wholeNumber(1, 600_000, 5000, 'Longest time that a span waits for its export.', 'milliseconds'),
  OTEL_BSP_MAX_QUEUE_SIZE: wholeNumber(1, 1_000_000, 2048, 'Spans that may wait for export; more are dropped.'),
} as const;

export interface TelemetryConfig {
  /** Where traces go; null turns tracing off. */
  readonly url: string | null;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly serviceName: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sampler: {
    readonly kind: 'always_on' | 'always_off' | 'traceidratio';
    readonly ratio: number;
    readonly asksParent: boolean;
  };
  readonly exportDelayMs: number;
  readonly queueMax: number;
}

type Values = { readonly [Name in keyof typeof telemetrySettings]: (typeof telemetrySettings)[Name]['schema']['_output'] };

export function telemetryConfig(values: Values): TelemetryConfig {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const derived = base === null ? null : `${base.replace(/\/$/, '')}/v1/traces`;
  const ratio = Number(values.OTEL_TRACES_SAMPLER_ARG);
  return {
    url: values.OTEL_SDK_DISABLED === true ? null : (values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? derived),
    protocol: values.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: pairs(values.OTEL_EXPORTER_OTLP_HEADERS),
    timeoutMs: values.OTEL_EXPORTER_OTLP_TIMEOUT,
    serviceName: values.OTEL_SERVICE_NAME || null,
    attributes: pairs(values.OTEL_RESOURCE_ATTRIBUTES),
    sampler: {
      kind: values.OTEL_TRACES_SAMPLER.replace('parentbased_', '') as TelemetryConfig['sampler']['kind'],
      ratio: ratio >= 0 && ratio <= 1 ? ratio : 1,
      asksParent: values.OTEL_TRACES_SAMPLER.startsWith('parentbased_'),
    },
    exportDelayMs: values.OTEL_BSP_SCHEDULE_DELAY,
    queueMax: values.OTEL_BSP_MAX_QUEUE_SIZE,
  };
}

/** The specification has names and values percent-encoded. */
function pairs(parts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())];
    }),
  );
}

function secret<T>(setting: Setting<T>): Setting<T> {
  return { ...setting, isSecret: true };
}
