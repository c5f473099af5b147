// The numbers of the identity domain in one place: lifetimes, limits and the cost of a password hash. Units last in each name.
import type { Config } from '../../platform/config/config.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How fast attempts are answered: some free ones, then a wait that doubles. */
export interface ThrottlePolicy {
  readonly freeAttempts: number;
  readonly firstLockMs: number;
  readonly lockMsMax: number;
  /** Attempts are forgotten after this long without a further one. */
  readonly forgetAfterMs: number;
}

/** Cost of one argon2id hash. */
export interface PasswordCost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

export interface AuthPolicy {
  readonly accessTokenTtlMs: number;
  /** A session that is not refreshed for this long ends… */
  readonly refreshTokenTtlMs: number;
  /** …and every session ends after this long (ASVS 5, 7.3.2). */
  readonly sessionLifetimeMsMax: number;
  /** For this long the same client may repeat a refresh whose answer it lost. */
  readonly refreshRetryMs: number;
  readonly challengeTtlMs: number;
  readonly challengeAttemptsMax: number;
  readonly totpEnrolmentTtlMs: number;
  readonly passwordCost: PasswordCost;
  readonly throttle: {
    /** Wrong passwords and codes, per account. */
    readonly account: ThrottlePolicy;
    /** Wrong passwords and codes, per address; higher, because an office shares one. */
    readonly address: ThrottlePolicy;
    /** Registrations, per address. */
    readonly registration: ThrottlePolicy;
  };
  readonly keys: {
    readonly rotateEveryMs: number;
    /** A key is published this long before it signs, so that every verifier's copy of the key set has it. */
    readonly publishAheadMs: number;
    /** How long a replica may go on with its copy of the keys. */
    readonly cacheMs: number;
    /** The same for the public keys: short, because verifiers ask when they meet a key that they do not know. */
    readonly publicCacheMs: number;
    /** Difference of clocks that a verifier tolerates. */
    readonly skewMs: number;
  };
  readonly sweep: {
    readonly everyMs: number;
    readonly batchSize: number;
    /** Ended sessions are kept this long, so that a late replay is still recognised as one. */
    readonly keepEndedSessionsMs: number;
  };
}

export function authPolicy(config: Pick<Config, 'auth'>): AuthPolicy {
  return {
    accessTokenTtlMs: config.auth.accessTokenTtlSeconds * second,
    refreshTokenTtlMs: config.auth.refreshTokenTtlSeconds * second,
    sessionLifetimeMsMax: Math.max(90 * day, config.auth.refreshTokenTtlSeconds * second),
    refreshRetryMs: 10 * second,
    challengeTtlMs: 5 * minute,
    challengeAttemptsMax: 5,
    totpEnrolmentTtlMs: 15 * minute,
    // OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane.
    passwordCost: { memoryKiB: 19_456, passes: 2, lanes: 1 },
    throttle: {
      account: { freeAttempts: 5, firstLockMs: 15 * second, lockMsMax: 15 * minute, forgetAfterMs: 6 * hour },
      address: { freeAttempts: 50, firstLockMs: 15 * second, lockMsMax: 15 * minute, forgetAfterMs: hour },
      registration: { freeAttempts: 100, firstLockMs: minute, lockMsMax: hour, forgetAfterMs: hour },
    },
    keys: { rotateEveryMs: 7 * day, publishAheadMs: hour, cacheMs: 30 * second, publicCacheMs: 2 * second, skewMs: minute },
    sweep: { everyMs: minute, batchSize: 500, keepEndedSessionsMs: 30 * day },
  };
}
