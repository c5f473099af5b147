// Where public keys come from when the auth domain runs in another process. Its cache belongs to the verifier.
import type { JSONWebKeySet } from 'jose';
import type { Config } from '../config/config.ts';
import { domainPorts } from '../domains.ts';
import { platformErrors } from '../errors.ts';
import type { KeySource } from './token-verifier.ts';

const fetchTimeoutMs = 3000;
/** A key set has a few keys of some 100 bytes; anything much larger is not one. */
const jwksBytesMax = 65_536;

/**
 * Fetches the key set from a JWKS endpoint, afresh on every call.
 *
 * @throws SERVICE_UNAVAILABLE when it cannot be fetched or is not a key set.
 */
export function remoteKeySource(url: string, fetchKeys: typeof fetch = fetch): KeySource {
  return {
    async jwks() {
      try {
        const response = await fetchKeys(url, {
          headers: { accept: 'application/json' },
          signal: AbortSignal.timeout(fetchTimeoutMs),
          redirect: 'error',
        });
        if (!response.ok) throw new Error(`${url} answered with status ${response.status}.`);
        const text = await response.text();
        if (text.length > jwksBytesMax) throw new Error(`${url} answered with ${text.length} characters.`);
        const body: unknown = JSON.parse(text);
        if (!isKeySet(body)) throw new Error(`${url} did not answer with a key set.`);
        return body;
      } catch (error) {
        throw platformErrors.SERVICE_UNAVAILABLE({ service: 'sign-in service' }, error);
      }
    },
  };
}

/** All keys of several sources. */
export function mergeKeySources(sources: readonly KeySource[]): KeySource {
  return {
    jwks: async () => ({ keys: (await Promise.all(sources.map((source) => source.jwks()))).flatMap((keySet) => keySet.keys) }),
  };
}

/** The JWKS endpoint of this configuration: its own setting, else the auth subgraph's address. */
export function jwksUrl(config: Pick<Config, 'auth' | 'gateway'>): string {
  const auth = config.gateway.subgraphUrls.auth[0] ?? `http://127.0.0.1:${domainPorts.auth}`;
  return config.auth.jwksUrl ?? new URL('/.well-known/jwks.json', auth).href;
}

function isKeySet(body: unknown): body is JSONWebKeySet {
  return typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys);
}
