// Every query on signing keys, and the lock under which they change.
import type { AuthClient } from './auth.deps.ts';
import type { SigningKeyLife, SigningKeyState } from './signing-key.rules.ts';

export interface SigningKeyRecord extends SigningKeyLife {
  readonly publicJwk: string;
  readonly sealedPrivateJwk: string | null;
}

const ringId = 'access-token';
const states: readonly SigningKeyState[] = ['NEXT', 'ACTIVE', 'RETIRED'];

export async function listSigningKeys(client: AuthClient): Promise<readonly SigningKeyRecord[]> {
  const rows = await client.signingKey.findMany({ orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }] });
  return rows.map((row) => {
    const state = states.find((known) => known === row.state);
    if (state === undefined) throw new Error(`Signing key ${row.kid} has the unknown state "${row.state}".`);
    return { ...row, state };
  });
}

/** Locks all keys until the transaction ends. */
export async function lockSigningKeys(client: AuthClient): Promise<readonly SigningKeyRecord[]> {
  await client.signingKeyRing.upsert({
    where: { id: ringId },
    create: { id: ringId, revision: 1 },
    update: { revision: { increment: 1 } },
  });
  return listSigningKeys(client);
}

export async function insertSigningKey(client: AuthClient, key: SigningKeyRecord): Promise<void> {
  await client.signingKey.create({ data: key });
}

export async function activateSigningKey(client: AuthClient, kid: string, now: Date): Promise<void> {
  await client.signingKey.update({ where: { kid }, data: { state: 'ACTIVE', activatedAt: now } });
}

/** The private part is destroyed: only verification is left. */
export async function retireSigningKey(client: AuthClient, kid: string, verifiesUntil: Date): Promise<void> {
  await client.signingKey.update({ where: { kid }, data: { state: 'RETIRED', verifiesUntil, sealedPrivateJwk: null } });
}

export async function deleteSigningKey(client: AuthClient, kid: string): Promise<void> {
  await client.signingKey.delete({ where: { kid } });
}
