// Traces as a collector gets them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { silentLogger } from '../log.ts';
import { serveSubgraph } from '../server/subgraph-http.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../testing/otlp-receiver.ts';
import { createSampleModule } from '../testing/sample-domain.ts';
import { startTestSubgraph } from '../testing/subgraph.ts';
import { createTracing, type Tracing } from './tracing.ts';

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

async function tracingWith(env: Record<string, string> = {}): Promise<Tracing> {
  const { telemetry } = loadConfig({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...env,
  });
  const tracing = await createTracing(telemetry, 'test', silentLogger());
  if (tracing === null) throw new Error('Tracing is off.');
  return tracing;
}
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const caller = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' };

describe('tracing', () => {
  it('is off without a collector, and when it is turned off', async () => {
    expect(await createTracing(loadConfig({}).telemetry, 'test', silentLogger())).toBeNull();
    const off = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: 'true' });
    expect(await createTracing(off.telemetry, 'test', silentLogger())).toBeNull();
  });

  it('continues the trace of the caller and passes it on', async () => {
    const tracing = await tracingWith({ OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=a%20b' });
    const span = tracing.start('work', 'server', caller, { size: 3 });
    const call = span.child('call', 'client');
    expect(call.headers).toEqual({
      traceparent: expect.stringMatching(`^00-${traceId}-[0-9a-f]{16}-01$`),
      tracestate: 'vendor=1',
    });
    call.fail('SUBGRAPH_TIMEOUT');
    call.end();
    span.end();
    await tracing.stop();
    const [inner, outer] = receiver.spans;
    expect(outer).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', name: 'work', kind: 2, attributes: { size: 3 } });
    expect(outer?.resource).toMatchObject({ 'service.name': 'shop', 'deployment.environment': 'a b' });
    expect(inner).toMatchObject({
      traceId,
      parentSpanId: outer?.spanId,
      kind: 3,
      status: { code: 2, message: 'SUBGRAPH_TIMEOUT' },
    });
  });

  it('begins a trace where the caller has none that can be read, and records the share that it is told', async () => {
    const all = await tracingWith();
    const none = await tracingWith({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
    const begun = all.start('work', 'server', { traceparent: 'nonsense' });
    const left = none.start('work', 'server', {});
    expect(begun.headers.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    expect(left.headers.traceparent, 'not recorded, and the next is told').toMatch(/-00$/);
    none.start('asked for by the caller', 'server', caller).end();
    for (const span of [begun, left]) span.end();
    await Promise.all([all.stop(), none.stop()]);
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['asked for by the caller', 'work']);
  });

  it('exports protobuf by default, with the headers and to the URL that are configured', async () => {
    const tracing = await tracingWith({
      OTEL_EXPORTER_OTLP_PROTOCOL: '',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/own/path`,
    });
    tracing.start('work', 'server', {}).end();
    await tracing.stop();
    expect(receiver.exports).toEqual([{ path: '/own/path', contentType: 'application/x-protobuf', authorization: 'Bearer key' }]);
  });

  it('goes on in a subgraph, over HTTP and in process', async () => {
    const tracing = await tracingWith();
    const domain = await startTestSubgraph(createSampleModule(), { tracing });
    const server = await serveSubgraph(domain.running, { config: domain.config, host: '127.0.0.1', port: 0 });
    const query = '{ request { requestId } }';
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...caller },
      body: JSON.stringify({ query }),
    });
    await domain.running.client.execute({ query: '{ broken }', token: null, requestId: 'r', headers: caller });
    await server.stop();
    await tracing.stop();
    expect(receiver.spans).toHaveLength(2);
    for (const span of receiver.spans) expect(span).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', kind: 2 });
    expect(receiver.spans[1]?.status.message).toBe('INTERNAL_SERVER_ERROR');
  });
});
