// Keeps the keys that sign access tokens: created, rotated and retired under one lock, so that any number of replicas agree on them.
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import type { NewEvent } from '../../platform/events/event.ts';
import type { KeySource } from '../../platform/identity/token-verifier.ts';
import type { AuthDeps, AuthTransaction } from './auth.deps.ts';
import { audited } from './auth.events.ts';
import type { RequestOrigin } from './request-origin.ts';
import {
  activateSigningKey,
  deleteSigningKey,
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  retireSigningKey,
  type SigningKeyRecord,
} from './signing-key.repository.ts';
import { type KeyStep, planKeys, type RotationMode } from './signing-key.rules.ts';

export interface ActiveKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

export interface SigningKeyService {
  /** The key that signs now. At most `cacheMs` old. */
  active(): Promise<ActiveKey>;
  /** Public keys for verifiers: the next one ahead of its use, the active one, and retired ones while their tokens live. */
  readonly source: KeySource;
  /** Does what is due: creates, rotates on schedule, drops what is over. Safe to call at any time from any replica. */
  maintain(): Promise<void>;
  /** Rotates now. Gives the id of the key that signs from here on. */
  rotate(mode: 'NOW' | 'DISTRUST', actorId: string, origin: RequestOrigin | null): Promise<string>;
}

interface KeyRing {
  readonly loadedAtMs: number;
  readonly active: ActiveKey;
  readonly jwks: JSONWebKeySet;
}

export function createSigningKeyService(deps: Omit<AuthDeps, 'passwords' | 'ids'>): SigningKeyService {
  const { database, outbox, clock, policy, secrets } = deps;
  let ring: KeyRing | null = null;
  let loading: Promise<KeyRing> | null = null;

  async function change(mode: RotationMode, actorId: string, origin: RequestOrigin | null): Promise<void> {
    await database.transaction(async (tx) => {
      const now = clock.now();
      const steps = planKeys(await lockSigningKeys(tx.client), policy, now, mode);
      const events: NewEvent[] = [];
      for (const step of steps) {
        const kid = await execute(tx, step, now);
        events.push(keyAudit(step, kid, mode, actorId, origin));
      }
      await outbox.append(tx, events);
    });
    ring = null;
  }

  async function execute(tx: AuthTransaction, step: KeyStep, now: Date): Promise<string> {
    switch (step.do) {
      case 'CREATE': {
        const key = await newKey(step.state, now);
        await insertSigningKey(tx.client, key);
        return key.kid;
      }
      case 'ACTIVATE':
        await activateSigningKey(tx.client, step.kid, now);
        return step.kid;
      case 'RETIRE':
        await retireSigningKey(tx.client, step.kid, step.verifiesUntil);
        return step.kid;
      case 'DELETE':
        await deleteSigningKey(tx.client, step.kid);
        return step.kid;
    }
  }

  async function newKey(state: 'NEXT' | 'ACTIVE', now: Date): Promise<SigningKeyRecord> {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const { kty, crv, x } = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint({ kty, crv, x } as JWK);
    return {
      kid,
      state,
      publicJwk: JSON.stringify({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }),
      sealedPrivateJwk: secrets.seal(JSON.stringify(await exportJWK(pair.privateKey)), sealContext(kid)),
      createdAt: now,
      activatedAt: state === 'ACTIVE' ? now : null,
      verifiesUntil: null,
    };
  }

  async function load(): Promise<KeyRing> {
    let keys = await listSigningKeys(database.client);
    if (planKeys(keys, policy, clock.now()).length > 0) {
      await change('SCHEDULE', 'system', null);
      keys = await listSigningKeys(database.client);
    }
    const active = keys.find((key) => key.state === 'ACTIVE');
    if (active === undefined || active.sealedPrivateJwk === null) throw new Error('No signing key is active after maintenance.');
    const privateJwk = JSON.parse(secrets.open(active.sealedPrivateJwk, sealContext(active.kid))) as JWK;
    const privateKey = (await importJWK({ ...privateJwk, alg: 'EdDSA' }, 'EdDSA')) as CryptoKey;
    return {
      loadedAtMs: clock.now().getTime(),
      active: { kid: active.kid, privateKey },
      jwks: { keys: keys.map((key) => JSON.parse(key.publicJwk) as JWK) },
    };
  }

  async function current(maxAgeMs: number): Promise<KeyRing> {
    if (ring !== null && clock.now().getTime() - ring.loadedAtMs < maxAgeMs) return ring;
    loading ??= load().finally(() => {
      loading = null;
    });
    ring = await loading;
    return ring;
  }

  return {
    active: async () => (await current(policy.keys.cacheMs)).active,
    source: { jwks: async () => (await current(policy.keys.publicCacheMs)).jwks },
    async maintain() {
      if (planKeys(await listSigningKeys(database.client), policy, clock.now()).length > 0)
        await change('SCHEDULE', 'system', null);
    },
    async rotate(mode, actorId, origin) {
      await change(mode, actorId, origin);
      return (await current(policy.keys.cacheMs)).active.kid;
    },
  };
}

/** Binds the sealed key to its row. */
function sealContext(kid: string): string {
  return `auth:signing-key:${kid}`;
}

function keyAudit(step: KeyStep, kid: string, mode: RotationMode, actorId: string, origin: RequestOrigin | null): NewEvent {
  const actions = {
    CREATE: 'signing_key.create',
    ACTIVATE: 'signing_key.activate',
    RETIRE: 'signing_key.retire',
    DELETE: 'signing_key.delete',
  };
  return audited(
    { actorId, action: actions[step.do], resourceType: 'SigningKey', resourceId: kid, subjectUserId: null, details: { mode } },
    origin,
  );
}
