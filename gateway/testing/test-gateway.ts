// A gateway over a sample graph that really listens. For tests only.
import { Writable } from 'node:stream';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { loadConfig } from '../../platform/config/config.ts';
import type { DoorConfig } from '../../platform/config/door-settings.ts';
import type { ProtectionConfig } from '../../platform/config/protection-settings.ts';
import type { HeaderRules, TrafficPolicies } from '../../platform/config/traffic-settings.ts';
import { createTokenVerifier, type TokenVerifier } from '../../platform/identity/token-verifier.ts';
import { createLogger } from '../../platform/log.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import { staticSource } from '../supergraph/source.ts';
import { composeSample, inProcessClient, type SampleGraph } from './sample-graph.ts';

export const testLimits: GatewayOptions['config']['limits'] = {
  depthMax: 8,
  aliasesMax: 10,
  rootFieldsMax: 5,
  tokensMax: 500,
  fieldsMax: 10_000,
  directivesMax: 100,
  listItemsMax: 50,
  objectsMax: 1000,
  bodyBytesMax: 20_000,
  subgraphTimeoutMs: 2000,
  operationTimeoutMs: 0,
};

/** As it is when nothing is configured. */
export const { door: testDoor, protection: testProtection } = loadConfig({ NODE_ENV: 'test' }).gateway;

export interface TestGateway extends Gateway {
  readonly url: string;
  readonly logged: Record<string, unknown>[];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  post(body: unknown, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; body: any }>;
}

export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, 'config'>> {
  readonly graph: SampleGraph;
  readonly limits?: Partial<GatewayOptions['config']['limits']>;
  readonly door?: Partial<DoorConfig>;
  readonly protection?: Partial<ProtectionConfig>;
  readonly redisUrl?: string;
  readonly introspection?: boolean;
  readonly showPlayground?: boolean;
  readonly trustedProxies?: readonly string[];
  readonly showMetrics?: boolean;
  readonly sharesClientQueries?: boolean;
  readonly traffic?: TrafficPolicies;
  readonly headerRules?: HeaderRules;
  readonly inFlightMax?: number;
  readonly planAccess?: string;
  readonly responseCache?: Partial<GatewayOptions['config']['gateway']['responseCache']>;
}

export async function startTestGateway({
  graph,
  limits,
  door,
  protection,
  ...options
}: TestGatewayOptions): Promise<TestGateway> {
  const subgraphs = new Map(graph.subgraphs.map((subgraph) => [subgraph.name, subgraph]));
  const { log, logged } = recordingLog();
  const gateway = await createGateway({
    source: options.source ?? staticSource(composeSample(graph)),
    clients(name) {
      const subgraph = subgraphs.get(name);
      if (subgraph === undefined) throw new Error(`No sample subgraph ${name}.`);
      return inProcessClient(subgraph);
    },
    verifier: null,
    log,
    ...options,
    config: {
      gateway: {
        introspection: options.introspection ?? true,
        playground: options.showPlayground ?? false,
        trustedProxies: options.trustedProxies ?? [],
        traffic: options.traffic ?? {},
        headerRules: options.headerRules ?? {},
        sharing: { subgraphQueries: true, clientQueries: options.sharesClientQueries ?? false },
        inFlightMax: options.inFlightMax ?? 0,
        overridePercents: new Map(),
        planAccess: options.planAccess ?? 'nobody',
        responseCache: { store: 'off', bytesMax: 1_000_000, maxAgeSecondsMax: 3600, ...options.responseCache },
        door: { ...testDoor, ...door },
        protection: { ...testProtection, ...protection },
      },
      limits: { ...testLimits, ...limits },
      redisUrl: options.redisUrl ?? null,
      metrics: options.showMetrics ?? true,
      shutdownGraceMs: 2000,
    },
  });
  const url = await gateway.listen({ port: 0, host: '127.0.0.1' });
  return {
    ...gateway,
    url,
    logged,
    async post(body, headers = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
  };
}

function recordingLog() {
  const logged: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _, done) {
      for (const line of String(chunk).split('\n')) if (line !== '') logged.push(JSON.parse(line));
      done();
    },
  });
  return { log: createLogger({ logLevel: 'info' }, 'gateway', destination), logged };
}

/** Tokens as the auth domain makes them, signed by a key of this test. */
export async function createTokens(): Promise<{
  verifier: TokenVerifier;
  sign(claims?: JWTPayload, ttlSeconds?: number): Promise<string>;
}> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' };
  return {
    verifier: createTokenVerifier({ issuer: 'test', audience: 'test', keys: { jwks: async () => ({ keys: [jwk] }) } }),
    sign: (claims = {}, ttlSeconds = 60) =>
      new SignJWT({ sid: 's1', scope: '', roles: [], ...claims })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
        .setIssuer('test')
        .setAudience('test')
        .setSubject(claims.sub ?? 'u1')
        .setJti('j1')
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds)
        .sign(privateKey),
  };
}
