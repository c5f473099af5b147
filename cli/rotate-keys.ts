// `clawpurse rotate-keys`: replaces the keys that sign access tokens, in the database; running services follow by themselves.
import type { Config } from '../platform/config/config.ts';
import { openDatabase } from '../platform/database/open.ts';
import { rotateSigningKeys } from '../subgraphs/auth/index.ts';

export async function rotateKeys(config: Config, { compromised }: { compromised: boolean }): Promise<void> {
  const database = await openDatabase({ domain: 'auth', config });
  try {
    const keyId = await rotateSigningKeys(config, database, compromised ? 'DISTRUST' : 'NOW');
    console.log(`The key ${keyId} signs from now on. Running services follow within a minute, verifiers elsewhere within five.`);
  } finally {
    await database.close();
  }
}
