// Rotation of the signing keys without a running service, for an operator at the machine.
import { systemClock, uuidIds } from '../../platform/clock.ts';
import type { Config } from '../../platform/config/config.ts';
import type { Database } from '../../platform/database/database.ts';
import { createOutbox } from '../../platform/events/outbox.ts';
import type { PrismaClient } from '../../prisma/generated/auth/postgresql/client.ts';
import { authPolicy } from './auth.policy.ts';
import { createSecretBox } from './secret-box.ts';
import { createSigningKeyService } from './signing-key.service.ts';

/** Rotates the keys in the auth domain's database; running replicas follow by themselves. Gives the id of the key that signs from here on. */
export async function rotateSigningKeys(
  config: Pick<Config, 'auth'>,
  database: Database,
  mode: 'NOW' | 'DISTRUST',
): Promise<string> {
  const keys = createSigningKeyService({
    database: database as unknown as Database<PrismaClient>,
    // The relay of a running replica publishes what is written here.
    outbox: createOutbox({ domain: 'auth', ids: uuidIds, clock: systemClock }),
    clock: systemClock,
    policy: authPolicy(config),
    secrets: createSecretBox(config.auth.keyEncryptionKey),
  });
  return keys.rotate(mode, 'system', null);
}
