// The auth domain: who people are, how they prove it, what they may do, and the tokens and keys that say so to everybody else.
import type { Database } from '../../platform/database/database.ts';
import { demoUsers } from '../../platform/demo.ts';
import type { SubgraphModule, SubgraphService } from '../../platform/graph/subgraph.ts';
import type { PrismaClient } from '../../prisma/generated/auth/postgresql/client.ts';
import { createAccessTokenService } from './access-token.service.ts';
import type { AuthDeps } from './auth.deps.ts';
import { type AuthPolicy, authPolicy } from './auth.policy.ts';
import { createPasswordService } from './password.service.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { createSecretBox } from './secret-box.ts';
import { SessionResolver } from './session.resolver.ts';
import { createSessionService } from './session.service.ts';
import { createSignInService } from './sign-in.service.ts';
import { SigningKeyResolver } from './signing-key.resolver.ts';
import { createSigningKeyService } from './signing-key.service.ts';
import { createSweeper } from './sweeper.ts';
import { createThrottleService } from './throttle.service.ts';
import { TotpResolver } from './totp.resolver.ts';
import { createTotpService } from './totp.service.ts';
import { createReferences } from './user.reference.ts';
import { UserResolver } from './user.resolver.ts';
import { createUserService } from './user.service.ts';

export { rotateSigningKeys } from './signing-key.command.ts';

/** The module, with other numbers where a test needs them: cheap password hashes, short lives. */
export function createAuthModule(overrides: Partial<AuthPolicy> = {}): SubgraphModule {
  return {
    name: 'auth',
    schema: { resolvers: [UserResolver, SessionResolver, TotpResolver, SigningKeyResolver] },

    create({ config, database, outbox, clock, ids, log }): SubgraphService {
      const policy = { ...authPolicy(config), ...overrides };
      const deps: AuthDeps = {
        database: database as unknown as Database<PrismaClient>,
        outbox,
        clock,
        ids,
        policy,
        secrets: createSecretBox(config.auth.keyEncryptionKey),
        passwords: createPasswordHasher(policy.passwordCost),
      };
      const keys = createSigningKeyService(deps);
      const accessTokens = createAccessTokenService({
        ...deps,
        keys,
        issuer: config.auth.issuer,
        audience: config.auth.audience,
      });
      const throttle = createThrottleService(deps);
      const sessions = createSessionService({ ...deps, accessTokens });
      const passwordService = createPasswordService({ ...deps, sessions, throttle });
      const totp = createTotpService({ ...deps, sessions, throttle, passwordService });
      const signIns = createSignInService({ ...deps, sessions, throttle, totp });
      const users = createUserService({ ...deps, sessions, throttle });
      const sweeper = createSweeper({ ...deps, keys, log });

      return {
        resolvers: [
          new UserResolver(users, sessions, totp),
          new SessionResolver(signIns, sessions, passwordService),
          new TotpResolver(totp),
          new SigningKeyResolver(keys),
        ],
        references: createReferences(users, sessions),
        keys: keys.source,
        async seed() {
          if (!config.demo) return;
          for (const user of Object.values(demoUsers)) await users.enrol(user);
        },
        start: sweeper.start,
        stop: sweeper.stop,
      };
    },
  };
}

export const authModule = createAuthModule();
