// What the services of the identity domain are made from.
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import type { Outbox } from '../../platform/events/event.ts';
import type { PrismaClient } from '../../prisma/generated/auth/postgresql/client.ts';
import type { AuthPolicy } from './auth.policy.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { SecretBox } from './secret-box.ts';

export type AuthClient = PrismaClient;
export type AuthTransaction = DatabaseTransaction<PrismaClient>;

export interface AuthDeps {
  readonly database: Database<PrismaClient>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policy: AuthPolicy;
  readonly secrets: SecretBox;
  readonly passwords: PasswordHasher;
}
