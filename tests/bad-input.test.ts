// What bad input gets, from outside: a stable code, and nothing changed.
import { randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { CreateTransferDocument, MyTransactionsDocument } from '../clients/generated/graphql.ts';
import { createGraphClient } from '../clients/graph-client.ts';
import { type People, type Person, peopleOf, refusalOf, transferInput } from './support/people.ts';
import { describeEachTopology, type System } from './support/system.ts';

describeEachTopology('bad input', (startSystem) => {
  let system: System;
  let people: People;
  let ann: Person;
  let source: string;
  let destination: string;

  beforeAll(async () => {
    system = await startSystem();
    people = peopleOf(system);
    ann = await people.register('Ann Anders');
    const ben = await people.register('Ben Bright');
    [source, destination] = await Promise.all([people.openWallet(ann), people.openWallet(ben)]);
    await people.deposit(source, '50.00');
  });

  const url = () => system.graphqlUrls[0] as string;
  const transfer = (change: Partial<Parameters<typeof transferInput>[0]>) =>
    ann.client.request(CreateTransferDocument, { input: transferInput({ source, destination, amount: '1.00', ...change }) });

  async function post(
    body: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; codes: string[]; text: string }> {
    const response = await fetch(url(), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    const text = await response.text();
    const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: string } }[] };
    return { status: response.status, codes: errors.map(({ extensions }) => extensions?.code ?? 'none'), text };
  }
  const ask = (query: string, headers?: Record<string, string>) => post(JSON.stringify({ query }), headers);

  describe('a transfer that cannot be', () => {
    it.each([
      ['an unknown asset', { asset: 'DOGE' }, 'UNKNOWN_ASSET'],
      ['zero', { amount: '0' }, 'AMOUNT_NOT_POSITIVE'],
      ['a negative amount', { amount: '-1.00' }, 'AMOUNT_NOT_POSITIVE'],
      ['too many decimals', { amount: '1.001' }, 'AMOUNT_TOO_PRECISE'],
      ['an absurdly large amount', { amount: '9'.repeat(90) }, 'AMOUNT_TOO_LARGE'],
      ['no number', { amount: '1e3' }, 'INVALID_AMOUNT'],
    ] as const)('is refused with %s', async (_, change, code) => {
      expect(await refusalOf(transfer(change))).toBe(code);
    });

    it('is refused between a wallet and itself', async () => {
      expect(await refusalOf(transfer({ destination: source }))).toBe('TRANSFER_TO_SELF');
    });

    it('is refused to a wallet that is not there', async () => {
      expect(await refusalOf(transfer({ destination: randomUUID() }))).toBe('WALLET_NOT_FOUND');
    });

    it('leaves no transaction and no balance changed', async () => {
      const { transactions } = await ann.client.request(MyTransactionsDocument, { first: 50, after: null });
      expect(transactions.nodes.map(({ kind }) => kind)).toEqual(['DEPOSIT']);
      expect(await people.balance(ann, source)).toBe('50.00');
    });

    it('fails without funds, says so, and moves nothing', async () => {
      expect(await people.pay(ann, { source, destination, amount: '50.01' })).toBe('FAILED');
      const { transactions } = await ann.client.request(MyTransactionsDocument, { first: 1, after: null });
      expect(transactions.nodes[0]?.failure?.code).toBe('INSUFFICIENT_FUNDS');
      expect(await people.balance(ann, source)).toBe('50.00');
    });
  });

  describe('an idempotency key', () => {
    it('gives the same transaction again for the same request, also when sent 20 times at once', async () => {
      const idempotencyKey = randomUUID();
      const answers = await Promise.all(Array.from({ length: 20 }, () => transfer({ idempotencyKey, amount: '0.01' })));
      expect(new Set(answers.map(({ createTransfer }) => createTransfer.transaction.id)).size).toBe(1);
    });

    it('is refused for another request', async () => {
      const idempotencyKey = randomUUID();
      await transfer({ idempotencyKey, amount: '0.01' });
      expect(await refusalOf(transfer({ idempotencyKey, amount: '0.02' }))).toBe('IDEMPOTENCY_CONFLICT');
    });
  });

  describe('a token that is none', () => {
    const claims = { sub: randomUUID(), sid: randomUUID(), scope: 'audit:read', roles: ['AUDITOR'], amr: ['pwd'] };
    const forged = () =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'guess' })
        .setIssuer('https://auth.clawpurse.dev')
        .setAudience('clawpurse')
        .setExpirationTime('5m')
        .sign(new TextEncoder().encode('a secret of the attacker, 32 bytes'));

    it.each([
      ['garbage', async () => 'not-a-token'],
      ['another algorithm', forged],
      ['no signature', async () => new UnsecuredJWT(claims).setExpirationTime('5m').encode()],
      ['a changed payload', async () => tamper(ann.accessToken)],
    ])('is refused: %s', async (_, token) => {
      const { status, codes } = await ask('{ me { id } }', { authorization: `Bearer ${await token()}` });
      expect(status).toBe(401);
      expect(codes).toEqual(['UNAUTHENTICATED']);
    });

    it('is refused where it is absent and the field needs one', async () => {
      const client = createGraphClient({ url: url() });
      expect(await refusalOf(client.request(MyTransactionsDocument, { first: 1, after: null }))).toBe(
        'UNAUTHORIZED_FIELD_OR_TYPE',
      );
    });
  });

  describe('an operation that asks too much', () => {
    it('is refused when it is deep', async () => {
      const query = `{ me { ${'transactions { nodes { requestedBy { '.repeat(6)}id${' } } }'.repeat(6)} } }`;
      expect((await ask(query)).codes).toEqual(['OPERATION_TOO_DEEP']);
    });

    it('is refused when it is alias-bombed', async () => {
      const query = `{ ${Array.from({ length: 100 }, (_, index) => `a${index}: __typename`).join(' ')} }`;
      expect((await ask(query)).codes).toEqual(['TOO_MANY_ALIASES']);
    });

    it('is refused when its body is too large', async () => {
      const { status, codes } = await ask(`{ me { id } } # ${'x'.repeat(2_000_000)}`);
      expect(status).toBe(413);
      expect(codes).toEqual(['BODY_TOO_LARGE']);
    });

    it.each([
      ['no GraphQL', '{ me { ', 'GRAPHQL_PARSE_FAILED'],
      ['a field that is not there', '{ me { shoeSize } }', 'GRAPHQL_VALIDATION_FAILED'],
    ])('is refused when it is %s', async (_, query, code) => {
      const { status, codes } = await ask(query);
      expect(status).toBe(400);
      expect(codes).toEqual([code]);
    });

    it('is refused when a variable has the wrong type', async () => {
      const query = 'query T($first: Int!) { transactions(first: $first) { nodes { id } } }';
      const { codes } = await post(JSON.stringify({ query, variables: { first: 'many' } }));
      expect(codes).toEqual(['BAD_USER_INPUT']);
    });

    it('never shows a stack trace or the name of a service', async () => {
      const { text } = await ask('{ transaction(id: "\\u0000") { id } }', { authorization: `Bearer ${ann.accessToken}` });
      expect(text).not.toMatch(/at .*\.(js|ts):\d+|127\.0\.0\.1|node_modules/);
    });
  });
});

/** Another user's id under the signature of the first. */
function tamper(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: randomUUID() })).toString('base64url');
  return [header, changed, signature].join('.');
}
