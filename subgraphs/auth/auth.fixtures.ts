// Fixtures of the auth tests: a running domain with cheap password hashes and the demo users, and people who act through the graph.
import { TOTP } from 'otpauth';
import type { DatabaseProvider } from '../../platform/database/database.ts';
import { demoUsers } from '../../platform/demo.ts';
import type { AuditRecord } from '../../platform/events/event.ts';
import { type Refusal, startTestSubgraph, type TestSubgraph, type TestSubgraphOptions } from '../../platform/testing/subgraph.ts';
import type { AuthPolicy } from './auth.policy.ts';
import { createAuthModule } from './index.ts';

export const cheapHashes = { passwordCost: { memoryKiB: 8, passes: 1, lanes: 1 } } satisfies Partial<AuthPolicy>;

export const alicesPhone = { address: '192.0.2.10', userAgent: 'AlicePhone/1.0' };
export const stranger = { address: '203.0.113.66', userAgent: 'Stranger/6.6' };

export interface Tokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: string;
  readonly session: { readonly id: string; readonly methods: readonly string[] };
  readonly user: { readonly id: string; readonly displayName: string; readonly email: string };
}

export interface CallAs {
  readonly token?: string;
  readonly client?: { readonly address: string | null; readonly userAgent: string | null };
}

const tokenFields = `accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt session { id methods } user { id displayName email }`;
const selections: Readonly<Record<string, string>> = {
  register: 'email',
  signIn: tokenFields,
  completeSignIn: tokenFields,
  refreshSession: tokenFields,
  signOut: 'isSignedOut',
  revokeSession: 'sessionId',
  revokeAllSessions: 'revokedCount',
  changePassword: 'revokedSessionsCount',
  assignRoles: 'user { id roles { name } }',
  suspendUser: 'user { id status }',
  reinstateUser: 'user { id status }',
  beginTotpEnrolment: 'otpauthUri secret expiresAt',
  confirmTotpEnrolment: 'recoveryCodes',
  disableTotp: 'mfa { isTotpEnabled recoveryCodesLeft }',
  renewRecoveryCodes: 'recoveryCodes',
  rotateSigningKeys: 'activeKeyId',
};

export type Auth = Awaited<ReturnType<typeof startAuth>>;

export async function startAuth(
  provider: DatabaseProvider,
  overrides: Partial<AuthPolicy> = {},
  options: TestSubgraphOptions = {},
) {
  const module = createAuthModule({ ...cheapHashes, ...overrides });
  const subgraph = await startTestSubgraph(module, { provider, ...options, env: { CLAWPURSE_DEMO: 'true', ...options.env } });

  /** The mutation of this name, with its whole answer. */
  async function call<Answer>(name: string, input: object, as: CallAs = {}): Promise<Answer> {
    const data = await subgraph.data(mutation(name), { input }, { client: alicesPhone, ...as });
    return data[name];
  }
  const refusal = (name: string, input: object, as: CallAs = {}): Promise<Refusal> =>
    subgraph.refusal(mutation(name), { input }, { client: alicesPhone, ...as });

  const signIn = ({ email, password }: { email: string; password: string }, as: CallAs = {}) =>
    call<Tokens>('signIn', { email, password }, as);

  /** Someone new, registered and signed in. */
  async function aUser(name = 'Walter Finch', as: CallAs = {}) {
    const email = `${name.toLowerCase().replace(/\W+/g, '.')}.${subgraph.ids.next().slice(-12)}@example.org`;
    const person = { email, password: 'tiny-otters-juggle', displayName: name };
    await call('register', person, as);
    return { ...person, ...(await signIn(person, as)) };
  }

  return {
    subgraph,
    clock: subgraph.clock,
    call,
    refusal,
    signIn,
    aUser,
    alice: (as?: CallAs) => signIn(demoUsers.alice, as),
    bob: (as?: CallAs) => signIn(demoUsers.bob, as),
    ada: (as?: CallAs) => signIn(demoUsers.ada, as),
    olivia: (as?: CallAs) => signIn(demoUsers.olivia, as),
    refresh: (refreshToken: string, as: CallAs = {}) => call<Tokens>('refreshSession', { refreshToken }, as),
    /** A user with an authenticator: its secret, and the codes that it shows now. */
    async withTotp<User extends Tokens & { readonly password: string }>(user: User) {
      const as = { token: user.accessToken };
      const { secret } = await call<{ secret: string }>('beginTotpEnrolment', { password: user.password }, as);
      const { recoveryCodes } = await call<{ recoveryCodes: string[] }>(
        'confirmTotpEnrolment',
        { code: codeOf(subgraph, secret) },
        as,
      );
      return { ...user, secret, recoveryCodes };
    },
    /** The code that the authenticator shows. */
    code: (secret: string, shiftSteps = 0) => codeOf(subgraph, secret, shiftSteps),
    /** A time step later: the authenticator shows another code. */
    nextCode(secret: string) {
      subgraph.clock.advance(30_000);
      return codeOf(subgraph, secret);
    },
    async audits(action?: string): Promise<readonly AuditRecord[]> {
      await settled(subgraph);
      const events = await subgraph.emitted('clawpurse.auth.audit.v1');
      const records = events.map((event) => event.data as unknown as AuditRecord);
      return action === undefined ? records : records.filter((record) => record.action === action);
    },
    async events(type: string) {
      await settled(subgraph);
      return subgraph.emitted(type);
    },
  };
}

function mutation(name: string): string {
  const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${inputType}!) { ${name}(input: $input) { ${selections[name]} } }`;
}

function codeOf(subgraph: TestSubgraph, secret: string, shiftSteps = 0): string {
  return new TOTP({ secret }).generate({ timestamp: subgraph.clock.now().getTime() + shiftSteps * 30_000 });
}

/** Until the relay has taken everything that is committed: a marker event comes last. */
async function settled(subgraph: TestSubgraph): Promise<void> {
  const marker = subgraph.ids.next();
  const { database, running } = subgraph;
  await database.transaction((tx) =>
    running.events.outbox.append(tx, [{ type: 'clawpurse.auth.test_marker.v1', kind: 'system', subject: marker, data: {} }]),
  );
  await subgraph.waitForEvent('clawpurse.auth.test_marker.v1', (event) => event.subject === marker);
}
