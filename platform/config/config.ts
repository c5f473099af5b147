// Reads the environment once, reports every problem at once and freezes the result. Nothing else reads `process.env`.
import { type DomainName, domainNames } from '../domains.ts';
import { type DoorConfig, doorConfig, doorSettings } from './door-settings.ts';
import { limitConfig, limitSettings, type OperationLimitConfig } from './limit-settings.ts';
import { type ProtectionConfig, protectionConfig, protectionProblems, protectionSettings } from './protection-settings.ts';
import {
  databaseSettings,
  demoKeyEncryptionKey,
  domainVariable,
  type Environment,
  generalSettings,
  type LogLevel,
  type Setting,
  subgraphSettings,
} from './settings.ts';
import { type TelemetryConfig, telemetryConfig, telemetrySettings } from './telemetry-settings.ts';
import { type HeaderRules, overridePercents, type TrafficPolicies, trafficSettings } from './traffic-settings.ts';

export { demoKeyEncryptionKey } from './settings.ts';

export interface Config {
  readonly environment: Environment;
  readonly isProduction: boolean;
  readonly port: number;
  readonly host: string;
  /** Folder of SQLite files and other local state. */
  readonly dataDir: string;
  readonly database: {
    /** Base PostgreSQL URL, or null for SQLite. */
    readonly url: string | null;
    /** PostgreSQL URL per domain that overrides the derived one. */
    readonly domainUrls: Readonly<Record<DomainName, string | null>>;
  };
  /** Null keeps events in this process. */
  readonly redisUrl: string | null;
  readonly auth: {
    readonly issuer: string;
    readonly audience: string;
    readonly jwksUrl: string | null;
    readonly accessTokenTtlSeconds: number;
    readonly refreshTokenTtlSeconds: number;
    /** 32 bytes. */
    readonly keyEncryptionKey: Uint8Array;
  };
  readonly transactions: {
    readonly decisionTimeoutMs: number;
    readonly reviewTimeoutMs: number;
  };
  readonly exchange: { readonly quoteLifeMs: number };
  readonly audit: {
    /** Ed25519 seed of 32 bytes, or null: derived from the key-encryption key. */
    readonly signingKey: Uint8Array | null;
    readonly origin: string;
  };
  readonly demo: boolean;
  readonly logLevel: LogLevel;
  /** Whether /metrics is served. */
  readonly metrics: boolean;
  readonly gateway: {
    readonly supergraph: string;
    readonly subgraphUrls: Readonly<Record<DomainName, readonly string[]>>;
    /** Addresses, CIDR blocks and names of networks whose X-Forwarded-For is believed. */
    readonly trustedProxies: readonly string[];
    readonly playground: boolean;
    readonly introspection: boolean;
    readonly traffic: TrafficPolicies;
    /** Percentages of requests for which labels of progressive `@override` are on. */
    readonly overridePercents: ReadonlyMap<string, number>;
    readonly headerRules: HeaderRules;
    /** `everybody`, `nobody`, or the permission that it takes to see query plans. */
    readonly planAccess: string;
    readonly responseCache: {
      readonly store: 'off' | 'memory' | 'redis';
      readonly bytesMax: number;
      readonly maxAgeSecondsMax: number;
    };
    /** What is asked several times at once is done once. */
    readonly sharing: { readonly subgraphQueries: boolean; readonly clientQueries: boolean };
    /** 0 is no limit. */
    readonly inFlightMax: number;
    readonly door: DoorConfig;
    readonly protection: ProtectionConfig;
  };
  readonly limits: OperationLimitConfig & {
    readonly subgraphTimeoutMs: number;
    /** 0 is no limit. */
    readonly operationTimeoutMs: number;
  };
  readonly telemetry: TelemetryConfig;
  readonly shutdownGraceMs: number;
}

/** Everything that is wrong with the environment, in one message. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`The environment has ${count}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration. Empty variables count as not set.
 *
 * @param use.holdsKeys False for a gateway alone, which signs and decrypts nothing: production then asks it for no key.
 * @example
 * const config = loadConfig(process.env);
 * @throws {ConfigError} naming every problem at once.
 */
export function loadConfig(env: EnvironmentVariables = process.env, use = { holdsKeys: true }): Config {
  const problems: string[] = [];
  const general = readSettings(generalSettings, env, problems) as SettingValues<typeof generalSettings>;
  const traffic = readSettings(trafficSettings, env, problems) as SettingValues<typeof trafficSettings>;
  const door = readSettings(doorSettings, env, problems) as SettingValues<typeof doorSettings>;
  const telemetry = readSettings(telemetrySettings, env, problems) as SettingValues<typeof telemetrySettings>;
  const limits = readSettings(limitSettings, env, problems) as SettingValues<typeof limitSettings>;
  const protection = readSettings(protectionSettings, env, problems) as SettingValues<typeof protectionSettings>;
  const domainUrls = readSettings(databaseSettings, env, problems) as Record<string, string | null>;
  const subgraphUrls = readSettings(subgraphSettings, env, problems) as Record<string, readonly string[]>;

  const isProduction = general.NODE_ENV === 'production';
  if (isProduction) problems.push(...(use.holdsKeys ? keyProblems(general, env) : []), ...productionProblems(general));
  problems.push(...partialDatabaseProblems(general.DATABASE_URL ?? null, domainUrls));
  if (problems.length === 0) problems.push(...protectionProblems(protection, general.REDIS_URL));
  if (traffic.RESPONSE_CACHE === 'redis' && general.REDIS_URL === null)
    problems.push('RESPONSE_CACHE: redis needs REDIS_URL; without Redis: RESPONSE_CACHE=memory');
  if (problems.length > 0) throw new ConfigError(problems);

  return deepFreeze({
    environment: general.NODE_ENV,
    isProduction,
    port: general.PORT,
    host: general.HOST,
    dataDir: general.CLAWPURSE_DATA_DIR,
    database: {
      url: general.DATABASE_URL,
      domainUrls: byDomain((domain) => domainUrls[domainVariable('DATABASE_URL', domain)] ?? null),
    },
    redisUrl: general.REDIS_URL,
    auth: {
      issuer: general.AUTH_ISSUER,
      audience: general.AUTH_AUDIENCE,
      jwksUrl: general.AUTH_JWKS_URL,
      accessTokenTtlSeconds: general.ACCESS_TOKEN_TTL_SECONDS,
      refreshTokenTtlSeconds: general.REFRESH_TOKEN_TTL_SECONDS,
      keyEncryptionKey: new Uint8Array(Buffer.from(general.KEY_ENCRYPTION_KEY ?? demoKeyEncryptionKey, 'base64')),
    },
    transactions: {
      decisionTimeoutMs: general.TRANSACTION_DECISION_TIMEOUT_SECONDS * 1000,
      reviewTimeoutMs: general.TRANSACTION_REVIEW_TIMEOUT_SECONDS * 1000,
    },
    exchange: { quoteLifeMs: general.EXCHANGE_QUOTE_SECONDS * 1000 },
    audit: {
      signingKey: general.AUDIT_SIGNING_KEY === null ? null : new Uint8Array(Buffer.from(general.AUDIT_SIGNING_KEY, 'base64')),
      origin: general.AUDIT_LOG_ORIGIN,
    },
    demo: general.CLAWPURSE_DEMO ?? !isProduction,
    logLevel: general.LOG_LEVEL,
    metrics: general.METRICS ?? !isProduction,
    gateway: {
      supergraph: general.SUPERGRAPH,
      subgraphUrls: byDomain((domain) => subgraphUrls[domainVariable('SUBGRAPH_URL', domain)] ?? []),
      trustedProxies: general.TRUSTED_PROXIES,
      playground: general.PLAYGROUND ?? !isProduction,
      introspection: general.INTROSPECTION ?? !isProduction,
      traffic: traffic.SUBGRAPH_TRAFFIC,
      headerRules: traffic.HEADER_RULES,
      responseCache: {
        store: traffic.RESPONSE_CACHE,
        bytesMax: traffic.RESPONSE_CACHE_BYTES_MAX,
        maxAgeSecondsMax: traffic.RESPONSE_CACHE_MAX_AGE_SECONDS,
      },
      sharing: {
        subgraphQueries: traffic.SHARE_SUBGRAPH_QUERIES ?? true,
        clientQueries: traffic.SHARE_CLIENT_QUERIES ?? false,
      },
      inFlightMax: traffic.IN_FLIGHT_MAX,
      overridePercents: overridePercents(traffic.OVERRIDE_LABELS),
      planAccess: traffic.QUERY_PLAN_ACCESS || (isProduction ? 'nobody' : 'everybody'),
      door: doorConfig(door),
      protection: protectionConfig(protection),
    },
    limits: {
      ...limitConfig(limits),
      subgraphTimeoutMs: general.SUBGRAPH_TIMEOUT_MS,
      operationTimeoutMs: general.OPERATION_TIMEOUT_MS,
    },
    telemetry: telemetryConfig(telemetry),
    shutdownGraceMs: general.SHUTDOWN_GRACE_MS,
  });
}

type AnySettings = Readonly<Record<string, Setting<unknown>>>;
type SettingValues<Settings extends AnySettings> = {
  readonly [Name in keyof Settings]: Settings[Name] extends Setting<infer Value> ? Value : never;
};

function readSettings(settings: AnySettings, env: EnvironmentVariables, problems: string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const raw = env[name]?.trim();
    const parsed = setting.schema.safeParse(raw === '' ? undefined : raw);
    if (parsed.success) values[name] = parsed.data;
    else
      problems.push(
        `${name}: ${parsed.error.issues[0]?.message ?? 'is not valid'}, got ${setting.isSecret ? 'something else (not shown: it may be a secret)' : JSON.stringify(raw)}`,
      );
  }
  return values;
}

function productionProblems(general: SettingValues<typeof generalSettings>): string[] {
  return (['CLAWPURSE_DEMO', 'PLAYGROUND', 'INTROSPECTION'] as const)
    .filter((name) => general[name] === true)
    .map((name) => `${name}: production refuses it; remove it or set it to false`);
}

function keyProblems(general: SettingValues<typeof generalSettings>, env: EnvironmentVariables): string[] {
  const makeOne = 'make one with: openssl rand -base64 32';
  // A malformed key was reported already; only a missing or a demonstration one is a problem of production.
  if (!env.KEY_ENCRYPTION_KEY?.trim()) return [`KEY_ENCRYPTION_KEY: is required in production (${makeOne})`];
  if (general.KEY_ENCRYPTION_KEY !== demoKeyEncryptionKey) return [];
  return [`KEY_ENCRYPTION_KEY: is the demonstration key, which production refuses (${makeOne})`];
}

/** Some domains on PostgreSQL and others on SQLite is always a forgotten variable. */
function partialDatabaseProblems(base: string | null, domainUrls: Readonly<Record<string, string | null>>): string[] {
  if (base !== null) return [];
  const names = Object.keys(domainUrls);
  const unset = names.filter((name) => domainUrls[name] === null);
  if (unset.length === 0 || unset.length === names.length) return [];
  return [
    `DATABASE_URL: is needed, because ${unset.join(', ')} ${unset.length === 1 ? 'is' : 'are'} not set while other domains are on PostgreSQL`,
  ];
}

function byDomain<T>(settingOf: (domain: DomainName) => T): Record<DomainName, T> {
  return Object.fromEntries(domainNames.map((domain) => [domain, settingOf(domain)])) as Record<DomainName, T>;
}

function deepFreeze<T>(value: T): T {
  // Typed arrays cannot be frozen; only the keys are some.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

export interface ConfigEntry {
  readonly name: string;
  readonly description: string;
  readonly accepts: string;
  readonly default: string;
}

/** Every environment variable with its meaning and default, for the generated reference. */
export function describeConfig(): readonly ConfigEntry[] {
  const all: AnySettings = {
    ...generalSettings,
    ...doorSettings,
    ...limitSettings,
    ...protectionSettings,
    ...trafficSettings,
    ...telemetrySettings,
    ...databaseSettings,
    ...subgraphSettings,
  };
  return Object.entries(all).map(([name, { description, accepts, default: fallback }]) => ({
    name,
    description,
    accepts,
    default: fallback,
  }));
}
