// What every way of calling a subgraph has in common: run it with a client in process and with one over HTTP.
import type { ExecutionResult } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DomainError } from '../errors.ts';
import type { SubgraphClient, SubgraphRequest } from '../graph/subgraph.ts';
import { aRegistration, createSampleModule, type Probe } from './sample-domain.ts';
import { startTestSubgraph, type TestSubgraph } from './subgraph.ts';

/** Gives a client of the running sample domain; what it opens it closes when the test ends. */
export type OpenClient = (domain: TestSubgraph) => Promise<OpenedClient> | OpenedClient;

export interface OpenedClient {
  readonly client: SubgraphClient;
  /** Stops the subgraph the way its process would. */
  stop(): Promise<void>;
}

/**
 * @example
 * describeSubgraphClient('a subgraph in process', ({ running }) => running);
 */
export function describeSubgraphClient(name: string, openClient: OpenClient): void {
  async function start(probe?: Probe) {
    const domain = await startTestSubgraph(createSampleModule(probe));
    const { client, stop } = await openClient(domain);
    onTestFinished(async () => {
      await client.close();
      await stop();
    });
    const request = (query: string, rest: Partial<SubgraphRequest> = {}): SubgraphRequest => ({
      query,
      token: null,
      requestId: domain.ids.next(),
      ...rest,
    });
    return { domain, client, stop, request, token: await domain.tokenFor({ userId: 'alice' }) };
  }

  const notes = 'subscription ($after: Cursor) { noted(after: $after) { text cursor } }';
  const codesOf = (result: ExecutionResult) => result.errors?.map((error) => error.extensions.code);

  describe(name, () => {
    it('runs queries with variables for the caller of the token', async () => {
      const { client, request, token } = await start();
      expect(await client.execute(request('{ whoAmI }', { token }))).toEqual({ data: { whoAmI: 'alice' } });
      const query = 'mutation Echo($input: MoneyInput!) { echoMoney(input: $input) { amount asset { code } } }';
      const variables = { input: { amount: '123456789012345678.000000000000000001', asset: 'ETH' } };
      expect(await client.execute(request(query, { variables, operationName: 'Echo' }))).toEqual({
        data: { echoMoney: { amount: variables.input.amount, asset: { code: 'ETH' } } },
      });
    });

    it('resolves entities', async () => {
      const { client, request } = await start();
      const variables = { keys: ['a', 'missing'].map((id) => ({ __typename: 'Note', id })) };
      const result = await client.execute(
        request('query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Note { text } } }', { variables }),
      );
      expect(result).toEqual({ data: { _entities: [{ text: 'note a' }, null] } });
    });

    it('passes on the request id and where the person is', async () => {
      const { client, request } = await start();
      const person = { requestId: 'request-1', client: { address: '203.0.113.7', userAgent: 'Lynx' } };
      expect(await client.execute(request('{ request { requestId address userAgent } }', person))).toEqual({
        data: { request: { requestId: 'request-1', address: '203.0.113.7', userAgent: 'Lynx' } },
      });
    });

    it.each([
      ['no token where one is needed', '{ whoAmI }', null, 'UNAUTHENTICATED'],
      ['a token that is none, also where none is needed', '{ request { requestId } }', 'nonsense', 'UNAUTHENTICATED'],
      [
        'what the domain refuses',
        'mutation { echoMoney(input: { amount: "0", asset: "USD" }) { amount } }',
        null,
        'AMOUNT_NOT_POSITIVE',
      ],
      ['a document that does not parse', '{ whoAmI', null, 'GRAPHQL_PARSE_FAILED'],
      ['a field that does not exist', '{ whoAreYou }', null, 'GRAPHQL_VALIDATION_FAILED'],
      ['what breaks inside', '{ broken }', null, 'INTERNAL_SERVER_ERROR'],
    ])('answers %s with an error code', async (_, query, token, code) => {
      const { client, request } = await start();
      const result = await client.execute(request(query, { token }));
      expect(codesOf(result)).toEqual([code]);
      expect(JSON.stringify(result)).not.toMatch(/inner reason|stack/);
    });

    it('answers variables that do not fit with BAD_USER_INPUT', async () => {
      const { client, request } = await start();
      const variables = { input: { amount: 1.5, asset: 'USD' } };
      const result = await client.execute(
        request('mutation ($input: MoneyInput!) { echoMoney(input: $input) { amount } }', { variables }),
      );
      expect(codesOf(result)).toEqual(['BAD_USER_INPUT']);
    });

    it('keeps the data of the fields that succeeded, and says where one failed', async () => {
      const { client, request } = await start();
      const result = await client.execute(request('{ request { requestId } secret }', { requestId: 'r' }));
      expect(result.data ?? null).toBeNull();
      expect(result.errors?.[0]?.path).toEqual(['secret']);
    });

    it('gives up at once when the caller does, and tells the domain', async () => {
      const begun = deferred();
      const aborted = deferred();
      const { client, request } = await start({ begun: begun.resolve, aborted: aborted.resolve });
      const giveUp = new AbortController();
      const answer = client.execute(request('{ slow(ms: 60000) }', { signal: giveUp.signal }));
      const outcome = expect(answer).rejects.toThrow();
      await begun.promise;
      giveUp.abort();
      await outcome;
      await aborted.promise;
    });

    it('streams results live, and resumes from a cursor', async () => {
      const { domain, client, request, token } = await start();
      const live = client.subscribe(request(notes, { token }))[Symbol.asyncIterator]();
      const first = live.next();
      await domain.whenFollowed();
      await domain.publish(aRegistration('Alice'));
      await domain.publish(aRegistration('Bob'));
      const { value } = await first;
      expect(value.data).toMatchObject({ noted: { text: 'Alice joined' } });
      await live.return?.();
      const resumed = client
        .subscribe(request(notes, { token, variables: { after: value.data.noted.cursor } }))
        [Symbol.asyncIterator]();
      expect((await resumed.next()).value.data).toMatchObject({ noted: { text: 'Bob joined' } });
      await resumed.return?.();
    });

    it('ends a stream when its source ends', async () => {
      const { client, request } = await start();
      const counts = [];
      for await (const result of client.subscribe(request('subscription { countdown(from: 3) }')))
        counts.push(result.data?.countdown);
      expect(counts).toEqual([3, 2, 1]);
    });

    it('gives the failure of a source as its last result', async () => {
      const { client, request } = await start();
      const results = [];
      for await (const result of client.subscribe(request('subscription { countdown(from: -1) }'))) results.push(result);
      expect(results.map(codesOf)).toEqual([['INTERNAL_SERVER_ERROR']]);
    });

    it.each([
      ['needs a token', '{ noted { text } }', 'UNAUTHENTICATED'],
      ['has a wrong cursor', '{ noted(after: "nonsense") { text } }', 'INVALID_CURSOR'],
      ['asks for what does not exist', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ])('refuses a subscription that %s with one result', async (_, selection, code) => {
      const { client, request, token } = await start();
      const results = [];
      const options = code === 'UNAUTHENTICATED' ? {} : { token };
      for await (const result of client.subscribe(request(`subscription ${selection}`, options))) results.push(result);
      expect(results.map(codesOf)).toEqual([[code]]);
    });

    it('closes the source at once when the consumer leaves', async () => {
      const { domain, client, request, token } = await start();
      const live = client.subscribe(request(notes, { token }))[Symbol.asyncIterator]();
      const waiting = live.next();
      await domain.whenFollowed();
      await live.return?.();
      expect((await waiting).done).toBe(true);
      await expect.poll(async () => (await domain.running.events.status()).followers).toBe(0);
    });

    it('ends also a stream whose source never says anything', async () => {
      const { client, request } = await start();
      const giveUp = new AbortController();
      const silent = client.subscribe(request('subscription { silence }', { signal: giveUp.signal }))[Symbol.asyncIterator]();
      const waiting = silent.next();
      setImmediate(() => giveUp.abort());
      expect((await waiting).done).toBe(true);
    });

    it('breaks a stream when its token expires, so that the client refreshes and resumes', async () => {
      const { domain, client, request } = await start();
      const token = await domain.tokenFor({ expiresInSeconds: 1 });
      const live = client.subscribe(request(notes, { token }))[Symbol.asyncIterator]();
      await expect(live.next()).rejects.toBeInstanceOf(DomainError);
    });

    it('lets a stream outlive its token when a newer one of the same session is brought, and only then', async () => {
      const { domain, client, request } = await start();
      const follow = async (userId: string, bringing: string) => {
        const newer = await domain.tokenFor({ userId: bringing, sessionId: 's1', expiresInSeconds: 60 });
        const token = await domain.tokenFor({ userId, sessionId: 's1', expiresInSeconds: 3 });
        let renew = (_: string) => {};
        const onRenewable = (give: typeof renew) => {
          renew = give;
        };
        const live = client.subscribe(request(notes, { token, onRenewable }))[Symbol.asyncIterator]();
        const next = live.next();
        return { live, next, renew: () => renew(newer) };
      };
      const renewed = await follow('alice', 'alice');
      await domain.whenFollowed();
      renewed.renew();
      const foreign = await follow('bob', 'carol');
      const broken = expect(foreign.next).rejects.toBeInstanceOf(DomainError);
      await domain.whenFollowed(2);
      foreign.renew();
      // It began later, so that the token of the first has ended by then.
      await broken;
      await domain.publish(aRegistration('Dora'));
      expect((await renewed.next).value.data).toMatchObject({ noted: { text: 'Dora joined' } });
      await renewed.live.return?.();
    });

    it('breaks streams and refuses requests when the subgraph stops, so that the client goes elsewhere', async () => {
      const { domain, client, stop, request, token } = await start();
      const live = client.subscribe(request(notes, { token }))[Symbol.asyncIterator]();
      const waiting = expect(live.next()).rejects.toMatchObject({ retryable: true });
      await domain.whenFollowed();
      await stop();
      await waiting;
      await expect(client.execute(request('{ request { requestId } }'))).rejects.toMatchObject({ retryable: true });
      await expect(client.ping()).rejects.toThrow();
    });

    it('answers a ping while the subgraph is ready', async () => {
      const { client } = await start();
      await expect(client.ping()).resolves.toBeUndefined();
    });
  });
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
