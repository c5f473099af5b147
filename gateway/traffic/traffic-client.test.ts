// A subgraph's traffic policy over a client that does what the test says.
import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TrafficPolicy } from '../../platform/config/traffic-settings.ts';
import type { SubgraphClient, SubgraphRequest, SubgraphResult } from '../../platform/graph/subgraph.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { withTrafficPolicy } from './traffic-client.ts';
import { defaultTrafficPolicy, trafficPolicyFor } from './traffic-policy.ts';

const ok: SubgraphResult = { data: { a: 1 } };
const outage = () => gatewayErrors.SUBGRAPH_UNAVAILABLE({}, new Error('refused'));
const query = (more: Partial<SubgraphRequest> = {}): SubgraphRequest => ({
  query: '{ a }',
  token: null,
  requestId: 'r',
  ...more,
});

/** Calls wait until the test settles them. */
function policed(policy: Partial<TrafficPolicy> = {}) {
  const calls: {
    request: SubgraphRequest;
    answer(result?: SubgraphResult): void;
    fail(error?: unknown): void;
    cancelledBy: unknown;
  }[] = [];
  const client: SubgraphClient = {
    name: 'things',
    execute: (request) =>
      new Promise((resolve, reject) => {
        const call = {
          request,
          answer: (result = ok) => resolve(result),
          fail: (error: unknown = outage()) => reject(error),
          cancelledBy: undefined as unknown,
        };
        request.onCancel?.((reason) => {
          call.cancelledBy = reason;
        });
        calls.push(call);
      }),
    subscribe: () => (async function* () {})(),
    ping: async () => {},
    close: async () => {},
  };
  const retried = vi.fn();
  const refused = vi.fn();
  const wrapped = withTrafficPolicy(
    client,
    { ...defaultTrafficPolicy, retryDelayMs: 1, ...policy },
    { events: { retried, refused }, random: () => 0.5 },
  );
  const nth = async (index: number) => {
    await untilPasses(() => expect(calls.length).toBeGreaterThan(index));
    return calls[index] as (typeof calls)[number];
  };
  return { client: wrapped, calls, nth, retried, refused };
}
interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((give, fail) => {
    resolve = give;
    reject = fail;
  });
  return { promise, resolve, reject };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a query', () => {
  it('is tried again after an outage, and answered', async () => {
    const { client, nth, retried } = policed();
    const answer = client.execute(query());
    (await nth(0)).fail();
    (await nth(1)).fail();
    (await nth(2)).answer();
    expect(await answer).toEqual(ok);
    expect(retried).toHaveBeenCalledTimes(2);
    expect(client.traffic).toEqual({ subgraph: 'things', breaker: 'closed', inFlight: 0, queued: 0 });
  });

  it('is not tried again beyond its retries, without a budget, or for an answer that cannot be used', async () => {
    const once = policed({ retries: 1 });
    const answer = once.client.execute(query());
    (await once.nth(0)).fail();
    (await once.nth(1)).fail();
    await expect(answer).rejects.toEqual(code('SUBGRAPH_UNAVAILABLE'));

    const poor = policed({ budgetPercent: 0, budgetFloorPerSecond: 0 });
    const refused = poor.client.execute(query());
    (await poor.nth(0)).fail();
    await expect(refused).rejects.toEqual(code('SUBGRAPH_UNAVAILABLE'));

    const garbled = policed();
    const unusable = garbled.client.execute(query());
    (await garbled.nth(0)).fail(gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}));
    await expect(unusable).rejects.toEqual(code('SUBGRAPH_INVALID_RESPONSE'));
    expect([once.calls.length, poor.calls.length, garbled.calls.length]).toEqual([2, 1, 1]);
  });

  it('knows how much time it has left', async () => {
    const { client, nth } = policed({ timeoutMs: 5000 });
    const answer = client.execute(query({ headers: { 'x-tenant': 't' } }));
    const first = await nth(0);
    expect(first.request.headers).toMatchObject({
      'x-tenant': 't',
      'x-request-deadline': expect.stringMatching(/^(5000|49\d\d)$/),
    });
    first.answer();
    await answer;
  });
});

describe('a mutation', () => {
  it('is never sent twice', async () => {
    const { client, nth, calls } = policed();
    const answer = client.execute(query({ query: 'mutation { pay }' }));
    (await nth(0)).fail();
    await expect(answer).rejects.toEqual(code('SUBGRAPH_UNAVAILABLE'));
    expect(calls).toHaveLength(1);
  });
});

describe('a call', () => {
  it('ends at its deadline, also in the middle of its retries, and its work is cancelled', async () => {
    const { client, nth } = policed({ timeoutMs: 500 });
    const ended = expect(client.execute(query())).rejects.toMatchObject({
      code: 'SUBGRAPH_TIMEOUT',
      details: { timeoutMs: 500 },
      retryable: true,
    });
    (await nth(0)).fail();
    const second = await nth(1);
    await ended;
    expect(second.cancelledBy).toEqual(code('SUBGRAPH_TIMEOUT'));
    expect(client.traffic.inFlight).toBe(0);
  });

  it('ends when the client goes: running, waiting or between two attempts', async () => {
    const { client, nth, calls } = policed({ inFlightMax: 1, retryDelayMs: 10_000, retryDelayMaxMs: 10_000 });
    const gone = new AbortController();
    const running = client.execute(query({ signal: gone.signal }));
    const waiting = client.execute(query({ signal: gone.signal }));
    const first = await nth(0);
    expect(client.traffic).toMatchObject({ inFlight: 1, queued: 1 });
    gone.abort(new Error('gone'));
    await expect(running).rejects.toMatchObject({ cause: new Error('gone') });
    await expect(waiting).rejects.toMatchObject({ cause: new Error('gone') });
    expect(first.cancelledBy).toBeDefined();

    const goneToo = new AbortController();
    const between = client.execute(query({ signal: goneToo.signal }));
    (await nth(1)).fail();
    await untilPasses(() => expect(client.traffic.inFlight).toBe(0));
    goneToo.abort(new Error('gone'));
    await expect(between).rejects.toMatchObject({ cause: new Error('gone') });
    expect([client.traffic.queued, calls.length, getEventListeners(gone.signal, 'abort').length]).toEqual([0, 2, 0]);
    await expect(client.execute(query({ signal: gone.signal }))).rejects.toBeDefined();
  });

  it('waits for room in order, and is turned away when the queue is full', async () => {
    const { client, nth, calls, refused } = policed({ inFlightMax: 1, queueMax: 2 });
    const answers = ['a', 'b', 'c'].map((requestId) => client.execute(query({ requestId })));
    await expect(client.execute(query())).rejects.toMatchObject({ code: 'SUBGRAPH_OVERLOADED', retryable: true });
    expect(refused).toHaveBeenCalledWith('things', 'overloaded');
    for (const index of [0, 1, 2]) (await nth(index)).answer();
    await Promise.all(answers);
    expect(calls.map(({ request }) => request.requestId)).toEqual(['a', 'b', 'c']);
    expect(client.traffic).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it('is not begun while the circuit is open, and probes close it again', async () => {
    const { client, nth, calls, refused } = policed({ retries: 0, breakerCallsMin: 2, breakerOpenMs: 20, breakerProbes: 1 });
    for (const index of [0, 1]) {
      const answer = client.execute(query());
      (await nth(index)).fail();
      await answer.catch(() => {});
    }
    await expect(client.execute(query())).rejects.toMatchObject({ code: 'SUBGRAPH_CIRCUIT_OPEN', retryable: true });
    expect([calls.length, refused.mock.calls]).toEqual([2, [['things', 'circuit_open']]]);
    await untilPasses(async () => {
      const probe = client.execute(query());
      if (calls.length === 2) await probe;
      (await nth(2)).answer();
      expect(await probe).toEqual(ok);
    });
    expect(client.traffic).toMatchObject({ breaker: 'closed', inFlight: 0 });
  });
});

describe('the start of a stream', () => {
  /** Streams open, fail and speak when the test says so. */
  function streaming(policy: Partial<TrafficPolicy> = {}) {
    const starts: { request: SubgraphRequest; next: Deferred<IteratorResult<SubgraphResult>>; isClosed: boolean }[] = [];
    const client: SubgraphClient = {
      name: 'things',
      execute: () => Promise.reject(new Error('not here')),
      subscribe: (request) => ({
        [Symbol.asyncIterator]() {
          const next = deferred<IteratorResult<SubgraphResult>>();
          const start = { request, next, isClosed: false };
          starts.push(start);
          return {
            next: () => next.promise,
            async return() {
              start.isClosed = true;
              return { done: true, value: undefined };
            },
          };
        },
      }),
      ping: async () => {},
      close: async () => {},
    };
    const refused = vi.fn();
    const wrapped = withTrafficPolicy(client, { ...defaultTrafficPolicy, ...policy }, { events: { refused } });
    const open = () => wrapped.subscribe(query({ query: 'subscription { a }' }))[Symbol.asyncIterator]();
    return { client: wrapped, open, starts, refused };
  }

  it('has a place until the subgraph has taken it, and the quiet stream none', async () => {
    const { client, open, starts, refused } = streaming({ inFlightMax: 1, queueMax: 1, timeoutMs: 60_000 });
    const [first, second, third] = [open(), open(), open()];
    const firstEvent = first.next();
    const secondEvent = second.next();
    await expect(third.next()).rejects.toEqual(code('SUBGRAPH_OVERLOADED'));
    expect(client.traffic).toMatchObject({ inFlight: 1, queued: 1 });
    expect(refused).toHaveBeenCalledWith('things', 'overloaded');
    starts[0]?.request.onOpen?.();
    expect([starts.length, client.traffic.queued]).toEqual([2, 0]);
    starts[1]?.request.onOpen?.();
    expect(client.traffic).toMatchObject({ inFlight: 0, queued: 0 });
    starts[0]?.next.resolve({ done: false, value: ok });
    expect(await firstEvent).toEqual({ done: false, value: ok });
    await second.return?.();
    expect(starts.map(({ isClosed }) => isClosed)).toEqual([false, true]);
    starts[1]?.next.resolve({ done: true, value: undefined });
    expect((await secondEvent).done).toBe(true);
  });

  it('ends at its deadline, and a client that goes while it waits leaves nothing behind', async () => {
    const { client, open, starts } = streaming({ inFlightMax: 1, timeoutMs: 30 });
    const late = open();
    await expect(late.next()).rejects.toEqual(code('SUBGRAPH_TIMEOUT'));
    expect([starts[0]?.isClosed, (await late.next()).done]).toEqual([true, true]);
    const running = open();
    void running.next();
    const waiting = open();
    const event = waiting.next();
    await waiting.return?.();
    expect((await event).done).toBe(true);
    expect(client.traffic).toMatchObject({ inFlight: 1, queued: 0 });
    await running.return?.();
    expect([client.traffic.inFlight, starts.length]).toEqual([0, 2]);
  });

  it('opens the circuit when it keeps failing, is refused while that is open, and closes it again', async () => {
    const now = performance.now.bind(performance);
    let aheadMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
    onTestFinished(() => clock.mockRestore());
    const { client, open, starts, refused } = streaming({ breakerCallsMin: 2, breakerOpenMs: 60_000, breakerProbes: 1 });
    for (const error of [gatewayErrors.TOKEN_OF_ANOTHER({}), outage(), outage()]) {
      const event = open().next();
      starts.at(-1)?.next.reject(error);
      await expect(event).rejects.toEqual(error);
    }
    expect(client.traffic.breaker).toBe('open');
    await expect(open().next()).rejects.toMatchObject({ code: 'SUBGRAPH_CIRCUIT_OPEN', retryable: true });
    expect([starts.length, refused.mock.calls]).toEqual([3, [['things', 'circuit_open']]]);
    aheadMs = 60_001;
    void open().next();
    expect([starts.length, client.traffic]).toMatchObject([4, { breaker: 'half-open', inFlight: 1 }]);
    starts[3]?.request.onOpen?.();
    expect(client.traffic).toMatchObject({ breaker: 'closed', inFlight: 0 });
  });
});

describe('a policy', () => {
  it('is the default, changed for all, changed for the one', () => {
    const policies = { '*': { retries: 1, queueMax: 5 }, slow: { timeoutMs: 60_000, retries: 0 } };
    expect(trafficPolicyFor('slow', policies, 3000)).toMatchObject({
      timeoutMs: 60_000,
      retries: 0,
      queueMax: 5,
      inFlightMax: 1024,
    });
    expect(trafficPolicyFor('other', policies, 3000)).toMatchObject({ timeoutMs: 3000, retries: 1 });
  });
});
