// Verifies access tokens (JWT, EdDSA only) against a key source. Used by the gateway and, again, by every subgraph.
import type { JSONWebKeySet } from 'jose';

/** Where public keys come from: the auth domain in process, or its JWKS endpoint. */
export interface KeySource {
  /** The current key set (public parts only), including keys that are retired but may still verify unexpired tokens. */
  jwks(): Promise<JSONWebKeySet>;
}
