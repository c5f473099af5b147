// One deadline for a whole operation: what is ready by then is answered, what is not is said to be late, and nothing more is begun.
import { describe, expect, it } from 'vitest';
import type { OperationDeadline, SubgraphClient, SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { type SampleEngineOptions, startSampleEngine } from '../testing/sample-engine.ts';
import { createFlights } from './flights.ts';
import { operationTimeout } from './operation-deadlines.ts';

/** Long enough for everything that does answer, on a slow machine too. */
const operationTimeoutMs = 1000;
const late = { code: 'OPERATION_TIMEOUT', retryable: true, details: { timeoutMs: operationTimeoutMs } };

/** The market, whose `names` never answers; tells what it was asked, and what was ended early. */
function slowMarket(options: SampleEngineOptions = {}) {
  const asked: SubgraphRequest[] = [];
  const ended: string[] = [];
  const engine = startSampleEngine(createLiveSample().graph, {
    operationTimeoutMs,
    clientFor(name, client): SubgraphClient {
      if (name !== 'names') return client;
      return {
        ...client,
        execute(request) {
          asked.push(request);
          request.onCancel?.((reason) => ended.push((reason as { code?: string }).code ?? ''));
          return new Promise(() => {});
        },
      };
    },
    ...options,
  });
  return { engine, asked, ended };
}

describe('an operation that takes too long', () => {
  it('is answered with what is there, and with an error of its own at each field that is not', async () => {
    const { engine, asked, ended } = slowMarket();
    const { data, errors } = await engine.execute('{ instrument(id: "a") { price name } nameOf(id: "x") }');
    expect(JSON.stringify(data)).toBe('{"instrument":{"price":97,"name":null},"nameOf":null}');
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions])).toEqual(
      expect.arrayContaining([
        ['instrument.name', late],
        ['nameOf', late],
      ]),
    );
    expect(ended).toEqual(asked.map(() => 'OPERATION_TIMEOUT'));
    // The subgraph was told how long it had, which was less than its own time.
    for (const { headers } of asked) {
      expect(Number(headers?.['x-request-deadline'])).toBeGreaterThan(0);
      expect(Number(headers?.['x-request-deadline'])).toBeLessThanOrEqual(operationTimeoutMs);
    }
  });

  it('does not begin what waits for the late, and runs no later field of a mutation', async () => {
    const { engine, asked } = slowMarket();
    const { data, errors } = await engine.execute('mutation { rename(id: "a") { name } setPrice(id: "b", price: 3) { price } }');
    expect(data).toBeNull();
    expect(asked).toHaveLength(1);
    expect(engine.requests).toEqual([]);
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions?.code])).toEqual([
      ['rename', 'OPERATION_TIMEOUT'],
      ['setPrice', 'OPERATION_TIMEOUT'],
    ]);
  });

  it('may be the joined part of an event: the next event has its own time', async () => {
    const { graph, ticker } = createLiveSample();
    let isSlow = true;
    const engine = startSampleEngine(graph, {
      operationTimeoutMs,
      clientFor: (name, client) =>
        name === 'names'
          ? { ...client, execute: (request) => (isSlow ? new Promise(() => {}) : client.execute(request)) }
          : client,
    });
    const stream = await engine.subscribe('subscription { priceChanged { price name } }');
    if (!(Symbol.asyncIterator in stream)) throw new Error('refused');
    const first = stream.next();
    while (ticker.followers === 0) await new Promise(setImmediate);
    ticker.publish('a');
    expect(JSON.parse(JSON.stringify((await first).value))).toMatchObject({
      data: { priceChanged: { price: 97, name: null } },
      errors: [{ path: ['priceChanged', 'name'], extensions: late }],
    });
    isSlow = false;
    ticker.publish('c');
    expect((await stream.next()).value).toMatchObject({ data: { priceChanged: { price: 99, name: 'name c' } } });
    await stream.return?.();
  });

  it('does not count against the subgraph, whose own time is not over', async () => {
    let calls = 0;
    const { engine } = slowMarket({
      operationTimeoutMs: 500,
      clientFor: (name, client) =>
        name !== 'names'
          ? client
          : {
              ...client,
              execute: (request) => {
                calls += 1;
                return calls <= 25 ? new Promise(() => {}) : client.execute(request);
              },
            },
    });
    await Promise.all(Array.from({ length: 25 }, (_, id) => engine.execute(`{ nameOf(id: "${id}") }`)));
    expect(await engine.execute('{ nameOf(id: "x") }')).toEqual({ data: { nameOf: 'name x' } });
  });
});

describe('what is shared while it is under way', () => {
  const { signal } = new AbortController();
  const deadline = (timeoutMs: number): OperationDeadline => {
    return { timeoutMs, expiresAt: performance.now() + 60_000, isOver: false, underWay: new Set() };
  };

  it('is waited for no longer than the one who joins has time, and asked again when the leader had less', async () => {
    const flights = createFlights<string>((result) => () => result);
    const failures: ((error: unknown) => void)[] = [];
    const start = () => new Promise<string>((_, reject) => failures.push(reject));
    const leader = flights.share({ key: 'k', sharer: {}, signal, deadline: deadline(10) }, start);
    const hasted = deadline(5);
    const first = flights.share({ key: 'k', sharer: {}, signal, deadline: hasted }, start);
    const patient = flights.share({ key: 'k', sharer: {}, signal, deadline: deadline(60_000) }, async () => 'again');
    hasted.isOver = true;
    for (const expire of hasted.underWay) expire();
    await expect(first).rejects.toMatchObject({ code: 'OPERATION_TIMEOUT', details: { timeoutMs: 5 } });
    expect(failures).toHaveLength(1);
    failures[0]?.(operationTimeout(deadline(10)));
    await expect(leader).rejects.toMatchObject({ code: 'OPERATION_TIMEOUT' });
    expect(await patient).toBe('again');
  });
});
