// Settings of what runs between the gateway and its subgraphs: policies, header rules, and the limit at the gateway's door.
import { z } from 'zod';
import { flag, jsonSetting, list, oneOf, text, wholeNumber } from './settings.ts';

const count = (min: number, max: number) => z.int().min(min).max(max);
const milliseconds = (min = 1) => count(min, 600_000);
const headerName = z.string().regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'expected a header name in lower case');
const pattern = z.string().refine(isPattern, 'expected a regular expression');

const trafficPolicy = z.strictObject({
  /** For one fetch, waiting and retries included. */
  timeoutMs: milliseconds(10),
  retries: count(0, 10),
  retryDelayMs: milliseconds(),
  retryDelayMaxMs: milliseconds(),
  budgetPercent: z.number().min(0).max(1000),
  budgetFloorPerSecond: z.number().min(0).max(10_000),
  breakerFailurePercent: z.number().min(0).max(100),
  breakerCallsMin: count(1, 1_000_000),
  breakerWindowMs: milliseconds(100),
  breakerOpenMs: milliseconds(),
  breakerProbes: count(1, 1000),
  inFlightMax: count(1, 1_000_000),
  queueMax: count(0, 1_000_000),
  responseBytesMax: count(1024, 1_073_741_824),
  /** Header that tells a subgraph the milliseconds it has left; empty tells it nothing. */
  deadlineHeader: z.union([headerName, z.literal('')]),
});

export type TrafficPolicy = Readonly<z.infer<typeof trafficPolicy>>;

/** By subgraph; `*` stands for all. */
export type TrafficPolicies = Readonly<Record<string, Partial<TrafficPolicy>>>;

const requestRule = z.union([
  z.strictObject({ propagate: headerName, rename: headerName.optional(), default: z.string().optional() }),
  z.strictObject({ propagateMatching: pattern }),
  z.strictObject({ insert: headerName, value: z.string() }),
  z.strictObject({ remove: headerName }),
  z.strictObject({ removeMatching: pattern }),
]);
const responseRule = z.strictObject({ propagate: headerName, keep: z.enum(['first', 'last', 'all']).default('last') });
const headerRules = z.strictObject({ request: z.array(requestRule).default([]), response: z.array(responseRule).default([]) });

export type RequestHeaderRule = Readonly<z.infer<typeof requestRule>>;
export type ResponseHeaderRule = Readonly<z.infer<typeof responseRule>>;

/** By subgraph, in addition to those of `*`. */
export type HeaderRules = Readonly<
  Record<string, { readonly request: readonly RequestHeaderRule[]; readonly response: readonly ResponseHeaderRule[] }>
>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'i') instanceof RegExp;
  } catch {
    return false;
  }
}

const overrideLabel = /^[^=]+?(?:\s*=\s*(?:100|\d{1,2}(?:\.\d+)?))?$/;

/** Percentages of requests by label: `new-ledger` is on for all, `beta=10` for every tenth. */
export function overridePercents(labels: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    labels.map((part) => {
      const [label = '', percent = '100'] = part.split('=');
      return [label.trim(), Number(percent)];
    }),
  );
}

export const trafficSettings = {
  SUBGRAPH_TRAFFIC: jsonSetting<TrafficPolicies>(
    z.record(z.string(), trafficPolicy.partial()) as unknown as z.ZodType<TrafficPolicies>,
    {},
    'Timeout, retries, circuit breaker and concurrency limit by subgraph; "*" is for all: {"*": {"retries": 1}, "reviews": {"timeoutMs": 500}}. Keys: docs/how-to/operate-the-gateway.md.',
    'defaults for all',
  ),
  HEADER_RULES: jsonSetting<HeaderRules>(
    z.record(z.string(), headerRules),
    {},
    'Headers that pass from clients to subgraphs and back, by subgraph; "*" is for all: {"*": {"request": [{"propagate": "accept-language"}], "response": [{"propagate": "set-cookie"}]}}.',
    'no headers pass but those of the gateway itself',
    true,
  ),
  QUERY_PLAN_ACCESS: text(
    '',
    'Who gets the query plan with its timings, when asked for with the header x-query-plan: true: everybody, nobody, or those with the permission of this name.',
    'everybody, nobody, or a permission',
    'everybody, in production nobody',
  ),
  SHARE_SUBGRAPH_QUERIES: flag(
    true,
    'Sends identical queries to a subgraph that are under way at the same time, for the same token and headers, once. Mutations are never shared, and no query joins one that began before a mutation ended.',
  ),
  SHARE_CLIENT_QUERIES: flag(
    false,
    'Executes identical queries that clients with the same token send at the same time once. Not where header rules are configured, and never for mutations.',
  ),
  RESPONSE_CACHE: oneOf(
    ['off', 'memory', 'redis'],
    'off',
    'Keeps whole answers to queries, as long as @cacheControl in the supergraph and the cache-control headers of subgraphs allow: in this process, or in REDIS_URL for all gateways.',
  ),
  RESPONSE_CACHE_BYTES_MAX: wholeNumber(
    1_048_576,
    68_719_476_736,
    67_108_864,
    'Memory that kept answers may take; only for RESPONSE_CACHE=memory.',
    'bytes',
  ),
  RESPONSE_CACHE_MAX_AGE_SECONDS: wholeNumber(
    1,
    31_536_000,
    86_400,
    'Longest time that an answer is kept, whatever subgraphs allow.',
    'seconds',
  ),
  OVERRIDE_LABELS: list(
    'labels, each alone or with a percentage (new-ledger, beta=10), separated by commas',
    (part) => overrideLabel.test(part),
    'Labels of progressive @override that are on: for every request, or for a percentage of them. percent(10) needs no setting.',
    'none',
  ),
  IN_FLIGHT_MAX: wholeNumber(
    0,
    1_000_000,
    4096,
    'Operations over HTTP that the gateway works on at a time; more are refused with 503 and Retry-After. 0 sets no limit.',
  ),
} as const;
