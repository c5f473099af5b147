import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { jwksUrl, mergeKeySources, remoteKeySource } from './key-source.ts';

async function serve(body: string, status = 200): Promise<string> {
  const server = createServer((_, response) => void response.writeHead(status, { location: '/elsewhere' }).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`;
}

describe('remoteKeySource', () => {
  it('fetches a key set', async () => {
    const keySet = { keys: [{ kty: 'OKP', kid: 'a' }] };
    expect(await remoteKeySource(await serve(JSON.stringify(keySet))).jwks()).toEqual(keySet);
  });

  it.each([
    ['an error', '{}', 500],
    ['a redirect', '', 302],
    ['no JSON', '<html>', 200],
    ['no key set', '{"keys":"none"}', 200],
    ['a huge body', JSON.stringify({ keys: [], padding: 'x'.repeat(70_000) }), 200],
  ])('says that keys cannot be had when the answer is %s', async (_, body, status) => {
    await expect(remoteKeySource(await serve(body, status)).jwks()).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('says so when nobody answers', async () => {
    await expect(remoteKeySource('http://127.0.0.1:1/').jwks()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('jwksUrl', () => {
  it.each([
    ['the port of the auth domain by default', {}, 'http://127.0.0.1:4001/.well-known/jwks.json'],
    [
      'the address of the auth subgraph',
      { SUBGRAPH_URL_AUTH: 'http://auth:80/graphql,http://auth2' },
      'http://auth/.well-known/jwks.json',
    ],
    [
      'its own setting before all',
      { SUBGRAPH_URL_AUTH: 'http://auth', AUTH_JWKS_URL: 'https://id.test/keys' },
      'https://id.test/keys',
    ],
  ])('is %s', (_, env, url) => {
    expect(jwksUrl(loadConfig(env))).toBe(url);
  });
});

it('several sources give all their keys', async () => {
  const source = (kid: string) => ({ jwks: async () => ({ keys: [{ kty: 'OKP', kid }] }) });
  const merged = await mergeKeySources([source('a'), source('b')]).jwks();
  expect(merged.keys.map((key) => key.kid)).toEqual(['a', 'b']);
});
