// What operators and plugins see of a request: spans, the plan on demand, the hooks of plugins. One gateway per way of looking.
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { loadConfig } from '../../platform/config/config.ts';
import type { SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { silentLogger } from '../../platform/log.ts';
import { createTracing } from '../../platform/telemetry/tracing.ts';
import { startOtlpReceiver } from '../../platform/testing/otlp-receiver.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { apolloServerPlugins } from '../apollo-plugins.ts';
import { answerFrom } from '../execution/answer.ts';
import type { GatewayPlugin } from '../plugins.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { inProcessClient } from '../testing/sample-graph.ts';
import { createTokens, startTestGateway, type TestGatewayOptions } from '../testing/test-gateway.ts';

async function start(options: Partial<TestGatewayOptions> = {}, responseHeaders: Record<string, string> = {}) {
  const { graph, ticker } = createLiveSample();
  const sent: SubgraphRequest[] = [];
  const gateway = await startTestGateway({
    graph,
    clients(name) {
      const client = inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never, ({ request }) =>
        sent.push(request),
      );
      return { ...client, execute: async (request) => ({ ...(await client.execute(request)), headers: responseHeaders }) };
    },
    ...options,
  });
  onTestFinished(() => gateway.stop());
  return { ...gateway, ticker, sent };
}

/** The first event of a subscription. */
async function firstEvent({ url, ticker }: Awaited<ReturnType<typeof start>>, query: string) {
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
  const events = client.iterate({ query });
  const first = events.next();
  await untilPasses(() => expect(ticker.followers).toBe(1));
  ticker.publish('a');
  const { value } = await first;
  await client.dispose();
  return value;
}
const joined = '{ instrument(id: "a") { price name } }';

describe('traces', () => {
  it('reach from the client to every fetch, with failures by their code, and give events traces of their own', async () => {
    const receiver = await startOtlpReceiver();
    onTestFinished(() => receiver.close());
    const { telemetry } = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    const tracing = await createTracing(telemetry, 'gateway', silentLogger());
    const gateway = await start({ tracing });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await gateway.post({ query: `query Named ${joined}` }, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    await gateway.post({ query: '{ nothing }' });
    await firstEvent(gateway, 'subscription { priceChanged { name } }');
    await tracing?.stop();

    const { spans } = receiver;
    const request = spans.find(({ parentSpanId }) => parentSpanId === '00f067aa0ba902b7');
    expect(request).toMatchObject({
      traceId,
      name: 'graphql.query',
      kind: 2,
      attributes: { 'graphql.operation.name': 'Named', 'clawpurse.transport': 'http' },
    });
    const below = spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId);
    expect(below.map(({ name }) => name)).toEqual(['graphql.plan', 'graphql.fetch prices', 'graphql.fetch names']);
    expect(below[2]).toMatchObject({ kind: 3, attributes: { 'clawpurse.subgraph': 'names', 'clawpurse.fetch.entities': 1 } });
    expect(gateway.sent[0]?.headers?.traceparent).toBe(`00-${traceId}-${below[1]?.spanId}-01`);
    expect(spans.find(({ status }) => status.message === 'GRAPHQL_VALIDATION_FAILED')?.name).toBe('graphql.request');

    const event = spans.find(({ name }) => name === 'graphql.subscription.event');
    const subscription = spans.find(({ name }) => name === 'graphql.subscription');
    expect(event?.attributes['clawpurse.subscription.trace_id']).toBe(subscription?.traceId);
    expect(event?.traceId).not.toBe(subscription?.traceId);
    expect(spans.filter(({ traceId }) => traceId === event?.traceId).map(({ name }) => name)).toContain('graphql.fetch names');
  });
});

describe('the plan on demand', () => {
  it('is answered with the time of each fetch to those who ask and may', async () => {
    const tokens = await createTokens();
    const gateway = await start({ planAccess: 'graph:plan', verifier: tokens.verifier });
    const allowed = { authorization: `Bearer ${await tokens.sign({ scope: 'graph:plan' })}` };
    const { body } = await gateway.post({ query: joined }, { ...allowed, 'x-query-plan': 'true' });
    expect(body.data).toEqual({ instrument: { price: 97, name: 'name a' } });
    const { node, planningMs, totalMs } = body.extensions.plan;
    expect(node).toMatchObject({
      kind: 'Sequence',
      nodes: [
        {
          kind: 'Fetch',
          subgraph: 'prices',
          operation: expect.stringContaining('instrument'),
          runs: [{ entities: null, failure: null }],
        },
        { kind: 'Flatten', path: 'instrument', node: { kind: 'Fetch', subgraph: 'names', runs: [{ entities: 1 }] } },
      ],
    });
    const [first] = node.nodes[0].runs;
    const [second] = node.nodes[1].node.runs;
    expect(second.startedMs).toBeGreaterThanOrEqual(first.startedMs + first.durationMs - 0.01);
    expect(totalMs).toBeGreaterThanOrEqual(planningMs);

    const byExtension = await gateway.post({ query: joined, extensions: { plan: true } }, allowed);
    expect(byExtension.body.extensions.plan.node.kind).toBe('Sequence');
    const unasked = await gateway.post({ query: joined }, allowed);
    const notAllowed = await gateway.post({ query: joined }, { 'x-query-plan': 'true' });
    expect([unasked.body.extensions, notAllowed.body.extensions]).toEqual([undefined, undefined]);
  });
});

describe('a plugin', () => {
  it('sees request, operation, plan, fetches, answer and events, and may answer, change and refuse', async () => {
    const seen: string[] = [];
    const plugin: GatewayPlugin = {
      name: 'test',
      start: ({ schema }) => void seen.push(`start ${schema.getQueryType()?.name}`),
      drain: () => void seen.push('drain'),
      stop: () => void seen.push('stop'),
      onRequest(request) {
        seen.push('request');
        if (request.headers['x-refuse'] === 'true') throw new Error('a defect of the plugin');
        return undefined;
      },
      onOperation(request) {
        seen.push(`operation ${request.operation?.operation}`);
        return request.operation?.name?.value === 'Own'
          ? { ...answerFrom({ data: { own: true } }), head: { headers: { 'x-own': '1' } } }
          : undefined;
      },
      onPlan: (_, plan) => void seen.push(`plan ${plan.node?.kind}`),
      onFetch(_, fetch) {
        return {
          headers: { 'x-from-plugin': '1' },
          ended: (result) => void seen.push(`fetched ${fetch.serviceName} ${result !== null}`),
        };
      },
      onResponse(_, answer) {
        seen.push(`response ${answer.errorCodes.join()}`);
        return undefined;
      },
      onSubscriptionEvent: () => void seen.push('event'),
    };
    const gateway = await start({ plugins: [plugin] });
    const take = () => seen.splice(0);
    take();
    await gateway.post({ query: joined });
    expect(take()).toEqual([
      'request',
      'operation query',
      'plan Sequence',
      'fetched prices true',
      'fetched names true',
      'response ',
    ]);
    expect(gateway.sent[0]?.headers).toMatchObject({ 'x-from-plugin': '1' });

    const own = await gateway.post({ query: 'query Own { whoami }' });
    expect([own.body, own.headers.get('x-own'), take()]).toEqual([
      { data: { own: true } },
      '1',
      ['request', 'operation query', 'response '],
    ]);

    await gateway.post({ query: '{ nothing }' });
    expect(take()).toEqual(['request', 'response GRAPHQL_VALIDATION_FAILED']);

    const failed = await gateway.post({ query: joined }, { 'x-refuse': 'true' });
    expect([failed.status, failed.body.errors[0].extensions.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(failed.body)).not.toContain('defect of the plugin');

    take();
    await firstEvent(gateway, 'subscription { priceChanged { name } }');
    expect(take()).toEqual(['request', 'operation subscription', 'plan Subscription', 'fetched names true', 'event']);
    await gateway.stop();
    expect(take()).toEqual(['drain', 'stop']);
  });
});

describe('plugins of Apollo Server', () => {
  it('run with their hooks in the order of Apollo Server', async () => {
    const seen: string[] = [];
    const note = (hook: string) => async () => void seen.push(hook);
    const gateway = await start({
      plugins: [
        apolloServerPlugins([
          {
            async serverWillStart() {
              seen.push('serverWillStart');
              return {
                schemaDidLoadOrUpdate: () => void seen.push('schemaDidLoadOrUpdate'),
                drainServer: note('drainServer'),
                serverWillStop: note('serverWillStop'),
              };
            },
            async requestDidStart({ request }) {
              seen.push(`requestDidStart ${request.http?.headers.get('x-test')}`);
              return {
                didResolveSource: async ({ source }) => void seen.push(`didResolveSource ${source.length}`),
                parsingDidStart: async () => async (error) => void seen.push(`parsed ${error?.message.split(':')[0]}`),
                validationDidStart: async () => async (errors) => void seen.push(`validated ${errors?.length}`),
                didResolveOperation: async ({ operationName, operation }) =>
                  void seen.push(`didResolveOperation ${operationName} ${operation?.operation}`),
                responseForOperation: async ({ operationName }) => {
                  if (operationName !== 'Own') return null;
                  const { HeaderMap } = await import('@apollo/server');
                  return {
                    http: { headers: new HeaderMap([['x-own', '1']]) },
                    body: { kind: 'single', singleResult: { data: { own: true } } },
                  };
                },
                executionDidStart: async () => ({ executionDidEnd: note('executionDidEnd') }),
                didEncounterErrors: async ({ errors }) => void seen.push(`didEncounterErrors ${errors[0]?.extensions.code}`),
                willSendResponse: async ({ response, contextValue }) => {
                  seen.push(`willSendResponse ${contextValue.requestId !== ''}`);
                  if (response.body.kind === 'single') response.body.singleResult.extensions = { added: 1 };
                  response.http.headers.set('x-added', 'yes');
                },
              };
            },
          },
        ]),
      ],
    });
    const take = () => seen.splice(0);
    expect(take()).toEqual(['serverWillStart', 'schemaDidLoadOrUpdate']);
    const answer = await gateway.post({ query: 'query Q { whoami }' }, { 'x-test': 'T' });
    expect(answer.body).toEqual({ data: { whoami: null }, extensions: { added: 1 } });
    expect(answer.headers.get('x-added')).toBe('yes');
    const until = [
      'requestDidStart T',
      'didResolveSource 18',
      'parsed undefined',
      'validated undefined',
      'didResolveOperation Q query',
    ];
    expect(take()).toEqual([...until, 'executionDidEnd', 'willSendResponse true']);

    const own = await gateway.post({ query: 'query Own { whoami }' });
    expect([own.body.data, own.headers.get('x-own')]).toEqual([{ own: true }, '1']);
    take();
    await gateway.post({ query: '{ nothing }' });
    expect(take().slice(1)).toEqual([
      'didResolveSource 11',
      'parsed undefined',
      'validated 1',
      'didEncounterErrors GRAPHQL_VALIDATION_FAILED',
      'willSendResponse true',
    ]);
    const broken = await gateway.post({ query: '{ broken(' });
    expect([broken.status, take().slice(2)]).toEqual([
      400,
      ['parsed Syntax Error', 'didEncounterErrors GRAPHQL_PARSE_FAILED', 'willSendResponse true'],
    ]);
    await gateway.stop();
    expect(take()).toEqual(['drainServer', 'serverWillStop']);
  });

  it('that are published do what they do: cache control and inline trace', async () => {
    const plugins = [apolloServerPlugins([ApolloServerPluginCacheControl(), ApolloServerPluginInlineTrace()])];
    const gateway = await start({ plugins }, { 'cache-control': 'max-age=60, private' });
    const answer = await gateway.post({ query: joined }, { 'apollo-federation-include-trace': 'ftv1' });
    expect(answer.headers.get('cache-control')).toBe('max-age=60, private');
    expect(Buffer.from(answer.body.extensions.ftv1, 'base64').length).toBeGreaterThan(10);
    const failed = await gateway.post({ query: '{ broken }' });
    expect([failed.headers.get('cache-control'), failed.body.extensions]).toEqual(['no-store', undefined]);
  });
});
