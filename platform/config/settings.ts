// Every environment variable of the system: its type, default, limits and meaning. Generated reference and error messages come from here.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { compile } from '@fastify/proxy-addr';
import { z } from 'zod';
import { type DomainName, domainNames } from '../domains.ts';

/** 32 bytes that everybody knows, so that development starts with no setup. Production refuses it. */
export const demoKeyEncryptionKey = Buffer.from('clawpurse-demo-key-not-a-secret!').toString('base64');

export const environments = ['development', 'test', 'production'] as const;
export type Environment = (typeof environments)[number];
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One environment variable. */
export interface Setting<T> {
  readonly description: string;
  /** How the default reads in the reference. */
  readonly default: string;
  /** Names the values that are accepted, for people: "a whole number from 1 to 65535". */
  readonly accepts: string;
  readonly isSecret?: boolean;
  /** Parses the raw text; undefined when the variable is not set. */
  readonly schema: z.ZodType<T, string | undefined>;
}

export const wholeNumber = (min: number, max: number, fallback: number, description: string, unit = ''): Setting<number> => {
  const accepts = `a whole number from ${min} to ${max}${unit === '' ? '' : ` (${unit})`}`;
  return {
    description,
    default: String(fallback),
    accepts,
    schema: z
      .string()
      .optional()
      .transform((text, check) => {
        if (text === undefined) return fallback;
        const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
        if (value >= min && value <= max) return value;
        check.addIssue({ code: 'custom', message: `expected ${accepts}` });
        return z.NEVER;
      }),
  };
};

export const flag = (fallback: boolean | null, description: string, defaultText = String(fallback)): Setting<boolean | null> => ({
  description,
  default: defaultText,
  accepts: 'true or false',
  schema: z
    .enum(['true', 'false', '1', '0'], { error: 'expected true or false' })
    .optional()
    .transform((text) => (text === undefined ? fallback : text === 'true' || text === '1')),
});

export const oneOf = <const Value extends string>(
  values: readonly Value[],
  fallback: Value,
  description: string,
): Setting<Value> => ({
  description,
  default: fallback,
  accepts: values.join(', '),
  schema: z
    .enum(values, { error: `expected one of ${values.join(', ')}` })
    .optional()
    .transform((value) => (value ?? fallback) as Value),
});

export const text = (fallback: string, description: string, accepts = 'text', whenUnset = fallback): Setting<string> => ({
  description,
  default: whenUnset,
  accepts,
  schema: z
    .string()
    .optional()
    .transform((value) => value ?? fallback),
});

function isUrl(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

export const optionalUrl = (
  protocols: readonly string[],
  description: string,
  whenUnset: string,
  isSecret = false,
): Setting<string | null> => {
  const accepts = `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  return {
    description,
    default: whenUnset,
    accepts,
    isSecret,
    schema: z
      .string()
      .optional()
      .refine((value) => value === undefined || isUrl(value, protocols), { error: `expected ${accepts}` })
      .transform((value) => value ?? null),
  };
};

export const list = (
  accepts: string,
  isPart: (part: string) => boolean,
  description: string,
  whenUnset: string,
): Setting<readonly string[]> => {
  const split = (value: string | undefined) =>
    (value ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  return {
    description,
    default: whenUnset,
    accepts,
    schema: z
      .string()
      .optional()
      .refine((value) => split(value).every(isPart), { error: `expected ${accepts}` })
      .transform(split),
  };
};

const urlList = (protocols: readonly string[], description: string, whenUnset: string): Setting<readonly string[]> =>
  list(
    `one or several URLs that start with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}, separated by commas`,
    (part) => isUrl(part, protocols),
    description,
    whenUnset,
  );

const networkNames: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

function isNetwork(part: string): boolean {
  if (networkNames.includes(part)) return true;
  // The compiler also takes shorthands, such as 10 for 0.0.0.10, that nobody means.
  if (isIP(part.split('/')[0] ?? '') === 0) return false;
  try {
    compile([part]);
    return true;
  } catch {
    return false;
  }
}

const secretKey = (description: string, whenUnset: string): Setting<string | null> => ({
  description,
  default: whenUnset,
  accepts: '32 bytes in base64',
  isSecret: true,
  schema: z
    .string()
    .optional()
    .refine(
      (value) => value === undefined || (/^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, 'base64').length === 32),
      {
        error: 'expected 32 bytes in base64 (make one with: openssl rand -base64 32)',
      },
    )
    .transform((value) => value ?? null),
});

/** Structured settings: JSON, or the path of a file that has it. */
export const jsonSetting = <T>(
  shape: z.ZodType<T>,
  fallback: T,
  description: string,
  whenUnset: string,
  isSecret = false,
): Setting<T> => ({
  description,
  default: whenUnset,
  accepts: 'JSON, or the path of a JSON file',
  isSecret,
  schema: z
    .string()
    .optional()
    .transform((text, check) => {
      if (text === undefined) return fallback;
      const fail = (message: string) => {
        check.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      let value: unknown;
      try {
        value = JSON.parse(/^\s*[[{"]/.test(text) ? text : readFileSync(text, 'utf8'));
      } catch (error) {
        return fail(`expected JSON, or the path of a JSON file (${error instanceof Error ? error.message : String(error)})`);
      }
      const parsed = shape.safeParse(value);
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      return fail(`${issue?.path.map(String).join('.') || 'the value'}: ${issue?.message ?? 'is not valid'}`);
    }),
});

const postgres = ['postgresql:', 'postgres:'] as const;

/** Settings that exist once per domain, for example `SUBGRAPH_URL_WALLET`. */
function perDomain<T>(prefix: string, create: (domain: DomainName) => Setting<T>): Record<string, Setting<T>> {
  return Object.fromEntries(domainNames.map((domain) => [domainVariable(prefix, domain), create(domain)]));
}

/** `domainVariable('DATABASE_URL', 'wallet')` is `DATABASE_URL_WALLET`. */
export function domainVariable(prefix: string, domain: DomainName): string {
  return `${prefix}_${domain.toUpperCase()}`;
}

export const generalSettings = {
  NODE_ENV: oneOf(
    environments,
    'development',
    'What kind of installation this is. Production refuses demonstration secrets, the Playground and open introspection.',
  ),
  PORT: wholeNumber(0, 65_535, 4000, 'TCP port of the HTTP server; 0 takes a free one.'),
  HOST: text('0.0.0.0', 'Address that the HTTP server binds to.', 'an IP address or host name'),
  CLAWPURSE_DATA_DIR: text('.data', 'Folder of the SQLite files and other local state.', 'a path'),
  DATABASE_URL: optionalUrl(
    postgres,
    'PostgreSQL server; each domain uses its own database clawpurse_<domain> on it. Unset: SQLite in CLAWPURSE_DATA_DIR.',
    'unset: SQLite',
    true,
  ),
  REDIS_URL: optionalUrl(
    ['redis:', 'rediss:'],
    'Redis of the event bus and of shared rate limits. Unset: events stay in this process.',
    'unset: in process',
    true,
  ),
  AUTH_ISSUER: text('https://auth.clawpurse.dev', 'Issuer (iss) of access tokens.'),
  AUTH_AUDIENCE: text('clawpurse', 'Audience (aud) of access tokens.'),
  AUTH_JWKS_URL: optionalUrl(
    ['http:', 'https:'],
    'Where public keys of access tokens are fetched. Unset: the auth domain of this process, else its SUBGRAPH_URL.',
    'unset: the auth domain',
  ),
  ACCESS_TOKEN_TTL_SECONDS: wholeNumber(10, 86_400, 600, 'Life of an access token.', 'seconds'),
  REFRESH_TOKEN_TTL_SECONDS: wholeNumber(
    60,
    31_536_000,
    2_592_000,
    'Life of a refresh token; using it starts the time anew.',
    'seconds',
  ),
  TRANSACTION_DECISION_TIMEOUT_SECONDS: wholeNumber(60, 604_800, 3_600, 'Longest wait of a payment for the rules.', 'seconds'),
  TRANSACTION_REVIEW_TIMEOUT_SECONDS: wholeNumber(60, 3_888_000, 604_800, 'Longest wait of a payment for a person.', 'seconds'),
  EXCHANGE_QUOTE_SECONDS: wholeNumber(1, 600, 30, 'Life of a quote for an exchange of assets.', 'seconds'),
  KEY_ENCRYPTION_KEY: secretKey(
    'Key that encrypts signing keys and TOTP secrets at rest. Required in production; make one with: openssl rand -base64 32',
    'a well-known demonstration key, refused in production',
  ),
  AUDIT_SIGNING_KEY: secretKey(
    'Ed25519 seed that signs the checkpoints of the audit log. Keep it from whoever administers the database.',
    'derived from KEY_ENCRYPTION_KEY',
  ),
  AUDIT_LOG_ORIGIN: text(
    'clawpurse.dev/audit',
    'Name of the audit log in its signed checkpoints: unique to this installation.',
    'text without spaces and plus signs',
  ),
  CLAWPURSE_DEMO: flag(null, 'Seeds the demonstration users and wallets. Refused in production.', 'true, in production false'),
  LOG_LEVEL: oneOf(logLevels, 'info', 'Least severe level that is logged.'),
  METRICS: flag(
    null,
    'Serves Prometheus metrics at /metrics, to anybody: only where the port is not public, or with that path closed by the proxy in front.',
    'true, in production false',
  ),
  SUPERGRAPH: text(
    'schema/supergraph.graphql',
    'Composed supergraph that the gateway serves; reloaded when it changes.',
    'a path, or a URL that starts with http:// or https://',
  ),
  TRUSTED_PROXIES: list(
    `IP addresses, CIDR blocks or the names ${networkNames.join(', ')}, separated by commas`,
    isNetwork,
    'Proxies in front of the gateway whose X-Forwarded-For tells the address of a client, which sign-in and registration are limited by. From anybody else the header is ignored.',
    'none',
  ),
  PLAYGROUND: flag(null, 'Serves the Playground at /. Refused in production.', 'true, in production false'),
  INTROSPECTION: flag(null, 'Answers introspection queries at the gateway. Refused in production.', 'true, in production false'),
  SUBGRAPH_TIMEOUT_MS: wholeNumber(100, 300_000, 10_000, 'Time that a subgraph may take for one request.', 'milliseconds'),
  OPERATION_TIMEOUT_MS: wholeNumber(
    0,
    600_000,
    30_000,
    'Time for all fetches of one operation, or of one event of a subscription; what is not there by then is answered with OPERATION_TIMEOUT. 0 sets no limit.',
    'milliseconds',
  ),
  SHUTDOWN_GRACE_MS: wholeNumber(
    0,
    300_000,
    10_000,
    'Time that open requests get to finish when the process is told to stop.',
    'milliseconds',
  ),
} as const;

export const databaseSettings = perDomain('DATABASE_URL', (domain) =>
  optionalUrl(
    postgres,
    `PostgreSQL database of the ${domain} domain, when it is not the one derived from DATABASE_URL.`,
    'derived from DATABASE_URL',
    true,
  ),
);

export const subgraphSettings = perDomain('SUBGRAPH_URL', (domain) =>
  urlList(
    ['http:', 'https:'],
    `Where the ${domain} subgraph's replicas listen, used in turn. Unset: the port of the domain on this machine.`,
    'unset',
  ),
);
