// Publishes the keys of access tokens (RFC 7517), so that anybody can verify what the auth domain has signed.
import type { FastifyInstance } from 'fastify';
import type { KeySource } from '../identity/token-verifier.ts';

export const jwksPath = '/.well-known/jwks.json';
/** Verifiers may keep the key set this long; less than the time a new key is published before it signs. */
const jwksMaxAgeSeconds = 60;

export function serveKeySet(app: FastifyInstance, keys: KeySource): void {
  app.get(jwksPath, async (_, reply) => {
    const keySet = await keys.jwks();
    return reply.header('cache-control', `public, max-age=${jwksMaxAgeSeconds}`).send(keySet);
  });
}
