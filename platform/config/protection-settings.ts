// The environment variables of the gateway's protection: who is asking, what they may have, and how much of it.
import { z } from 'zod';
import { algorithms } from '../identity/algorithms.ts';
import { flag, jsonSetting, list, oneOf, type Setting, text, wholeNumber } from './settings.ts';

/** So much in so much time. */
export interface Rate {
  readonly amount: number;
  readonly windowMs: number;
}

const rateShape = /^(\d{1,12})\/(\d{1,7})$/;

/** `600/60` is 600 in 60 seconds. */
const rate = (description: string): Setting<Rate | null> => {
  const accepts = 'an amount and a window in seconds: 600/60';
  return {
    description,
    default: 'unset: no limit',
    accepts,
    schema: z
      .string()
      .optional()
      .transform((value, check) => {
        if (value === undefined) return null;
        const [, amount, seconds] = rateShape.exec(value) ?? [];
        if (Number(amount) > 0 && Number(seconds) > 0) return { amount: Number(amount), windowMs: Number(seconds) * 1000 };
        check.addIssue({ code: 'custom', message: `expected ${accepts}` });
        return z.NEVER;
      }),
  };
};

const issuer = z.strictObject({
  /** The `iss` of its tokens. */
  issuer: z.string().min(1),
  jwksUrl: z.url({ protocol: /^https?$/ }),
  /** One of them must be the token's `aud`. Null accepts tokens made for anybody. */
  audiences: z.array(z.string()).min(1).nullable(),
  algorithms: z.array(z.enum(algorithms)).min(1).default(['RS256', 'ES256', 'EdDSA']),
  /** The claim that lists scopes, as words of a text or as a list. */
  scopeClaim: z.string().default('scope'),
  clockToleranceSeconds: z.int().min(0).max(600).default(5),
});

export type IssuerConfig = Readonly<z.infer<typeof issuer>>;

const issuers = z
  .array(issuer)
  .refine((all) => new Set(all.map((one) => one.issuer)).size === all.length, 'an issuer is named twice');

const plain = z.union([z.string(), z.number(), z.boolean()]);
const claimRule = z
  .strictObject({
    claim: z.string().min(1),
    includes: z.string().optional(),
    equals: plain.optional(),
    oneOf: z.array(plain).optional(),
  })
  .refine(
    ({ includes, equals, oneOf: any }) => [includes, equals, any].filter((part) => part !== undefined).length === 1,
    'expected one of includes, equals, oneOf',
  );

export type PolicyRules = Readonly<Record<string, Readonly<z.infer<typeof claimRule>>>>;

export const protectionSettings = {
  JWT_ISSUERS: jsonSetting<readonly IssuerConfig[]>(
    issuers,
    [],
    'Issuers of the tokens that the gateway verifies over a supergraph that is not ours: [{"issuer": "https://id.example.com", "jwksUrl": "https://id.example.com/jwks.json", "audiences": ["graph"], "algorithms": ["RS256"], "scopeClaim": "scope", "clockToleranceSeconds": 5}].',
    'none: tokens are passed on unread; our own graph has its auth domain',
  ),
  JWT_HEADER: text('authorization', 'Header, and key of connection_init, that holds the token.', 'a header name'),
  JWT_HEADER_PREFIX: text('Bearer', 'What stands before the token in that header; the word none: nothing.', 'a word'),
  REQUIRE_AUTHENTICATION: flag(false, 'Refuses every operation without a verified token (401).'),
  UNAUTHORIZED_FIELDS: oneOf(
    ['withhold', 'refuse', 'ignore'],
    'withhold',
    'What becomes of fields that @authenticated, @requiresScopes or @policy keep from the caller: withhold answers null with UNAUTHORIZED_FIELD_OR_TYPE, refuse refuses the whole operation, ignore leaves it to the subgraphs.',
  ),
  POLICIES: jsonSetting<PolicyRules>(
    z.record(z.string(), claimRule),
    {},
    'What holds for each policy of @policy, by the claims of the token: {"editor": {"claim": "roles", "includes": "editor"}, "team:*": {"claim": "team", "equals": "*"}}.',
    'no policy holds for anybody',
  ),
  TRUSTED_DOCUMENTS: oneOf(
    ['off', 'log', 'enforce'],
    'off',
    'Whether only documents of the manifest are executed: log writes others to the log, enforce refuses them.',
  ),
  TRUSTED_DOCUMENTS_MANIFEST: list(
    'paths of JSON files, separated by commas',
    () => true,
    'Manifests of trusted documents, reloaded when they change: ids to documents, or Apollo’s format. Their ids work as documentId also when TRUSTED_DOCUMENTS is off.',
    'none',
  ),
  PERSISTED_QUERIES: oneOf(
    ['off', 'memory', 'redis'],
    'memory',
    'Where automatic persisted queries are kept: in this process, or also in the Redis of REDIS_URL for all gateways.',
  ),
  DEMAND_CONTROL: oneOf(
    ['off', 'measure', 'enforce'],
    'off',
    'Whether the cost of operations (@cost, @listSize) is measured, or also limited.',
  ),
  DEMAND_COST_MAX: wholeNumber(1, 1_000_000_000, 1000, 'Estimated cost that one operation may have.'),
  DEMAND_LIST_SIZE: wholeNumber(
    0,
    1_000_000,
    10,
    'Length that is assumed of lists of which neither @listSize nor a page size says how long they are.',
  ),
  DEMAND_BUDGET: rate('Cost that one user may spend, or one address where nobody has signed in, in a window of time: 50000/60.'),
  DEMAND_REPORT: oneOf(
    ['off', 'headers', 'extensions'],
    'off',
    'How clients are told what their operation cost: the headers graphql-cost-estimated and graphql-cost-actual, or extensions.cost.',
  ),
  RATE_LIMIT_PER_ADDRESS: rate('Operations that may come from one address (of IPv6: one /64 network) in a window of time.'),
  RATE_LIMIT_PER_IDENTITY: rate('Operations that one user may send in a window of time.'),
} as const;

/** How the gateway protects what is behind it. */
export interface ProtectionConfig {
  readonly identity: {
    readonly issuers: readonly IssuerConfig[];
    /** In lower case. */
    readonly headerName: string;
    /** Empty: the header is the token. */
    readonly headerPrefix: string;
    readonly isRequired: boolean;
  };
  readonly unauthorizedFields: 'withhold' | 'refuse' | 'ignore';
  readonly policies: PolicyRules;
  readonly trustedDocuments: { readonly mode: 'off' | 'log' | 'enforce'; readonly manifests: readonly string[] };
  readonly persistedQueries: 'off' | 'memory' | 'redis';
  readonly demand: {
    readonly mode: 'off' | 'measure' | 'enforce';
    readonly costMax: number;
    readonly listSizeDefault: number;
    readonly budget: Rate | null;
    readonly report: 'off' | 'headers' | 'extensions';
  };
  readonly rates: { readonly perAddress: Rate | null; readonly perIdentity: Rate | null };
}

type ProtectionValues = {
  readonly [Name in keyof typeof protectionSettings]: (typeof protectionSettings)[Name]['schema']['_output'];
};

export function protectionConfig(values: ProtectionValues): ProtectionConfig {
  return {
    identity: {
      issuers: values.JWT_ISSUERS,
      headerName: values.JWT_HEADER.toLowerCase(),
      headerPrefix: values.JWT_HEADER_PREFIX === 'none' ? '' : values.JWT_HEADER_PREFIX,
      isRequired: values.REQUIRE_AUTHENTICATION ?? false,
    },
    unauthorizedFields: values.UNAUTHORIZED_FIELDS,
    policies: values.POLICIES,
    trustedDocuments: { mode: values.TRUSTED_DOCUMENTS, manifests: values.TRUSTED_DOCUMENTS_MANIFEST },
    persistedQueries: values.PERSISTED_QUERIES,
    demand: {
      mode: values.DEMAND_CONTROL,
      costMax: values.DEMAND_COST_MAX,
      listSizeDefault: values.DEMAND_LIST_SIZE,
      budget: values.DEMAND_BUDGET,
      report: values.DEMAND_REPORT,
    },
    rates: { perAddress: values.RATE_LIMIT_PER_ADDRESS, perIdentity: values.RATE_LIMIT_PER_IDENTITY },
  };
}

/** Settings that contradict each other. */
export function protectionProblems(values: ProtectionValues, redisUrl: string | null): string[] {
  const problems: string[] = [];
  if (values.TRUSTED_DOCUMENTS !== 'off' && values.TRUSTED_DOCUMENTS_MANIFEST.length === 0)
    problems.push(`TRUSTED_DOCUMENTS_MANIFEST: is needed when TRUSTED_DOCUMENTS is ${values.TRUSTED_DOCUMENTS}`);
  if (values.PERSISTED_QUERIES === 'redis' && redisUrl === null)
    problems.push('REDIS_URL: is needed when PERSISTED_QUERIES is redis');
  return problems;
}
