import { describe, expect, it } from 'vitest';
import { ConfigError, demoKeyEncryptionKey, describeConfig, loadConfig } from './config.ts';

const productionKey = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing at all in development', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      environment: 'development',
      isProduction: false,
      port: 4000,
      dataDir: '.data',
      database: { url: null },
      redisUrl: null,
      demo: true,
      metrics: true,
      auth: { accessTokenTtlSeconds: 600, refreshTokenTtlSeconds: 2_592_000 },
      gateway: { playground: true, introspection: true, subgraphUrls: { wallet: [] } },
    });
    expect(config.auth.keyEncryptionKey).toHaveLength(32);
  });

  it('reports every problem at once, each with its variable and what it accepts', () => {
    const problems = problemsOf({
      NODE_ENV: 'staging',
      PORT: '99999',
      DATABASE_URL: 'mysql://db',
      KEY_ENCRYPTION_KEY: 'short',
      SUBGRAPH_URL_WALLET: 'http://one:4002,two:4002',
    });
    expect(problems).toHaveLength(5);
    expect(problems).toEqual([
      expect.stringMatching(/^NODE_ENV: expected one of development, test, production, got "staging"$/),
      expect.stringMatching(/^PORT: expected a whole number from 0 to 65535, got "99999"$/),
      expect.stringMatching(/^DATABASE_URL: expected a URL that starts with postgresql:\/\/ or postgres:\/\/, got/),
      expect.stringMatching(/^KEY_ENCRYPTION_KEY: expected 32 bytes in base64/),
      expect.stringMatching(/^SUBGRAPH_URL_WALLET: expected one or several URLs/),
    ]);
  });

  it('puts all of them into the message', () => {
    expect(() => loadConfig({ PORT: 'x', LOG_LEVEL: 'loud' })).toThrow(/2 problems:\n {2}- PORT: .*\n {2}- LOG_LEVEL: /);
  });

  it('does not repeat secrets in its complaints', () => {
    const [problem] = problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db/x' });
    expect(problem).not.toContain('hunter2');
  });

  it.each(['1e3', '0x10', '-1', '4000.5', ' ', '４０００'])('does not take %j for a port', (PORT) => {
    if (PORT.trim() === '') expect(loadConfig({ PORT }).port).toBe(4000);
    else expect(problemsOf({ PORT })).toHaveLength(1);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig({ REDIS_URL: '', DATABASE_URL: ' ' })).toMatchObject({ redisUrl: null, database: { url: null } });
  });

  it('reads addresses of several replicas', () => {
    const config = loadConfig({ SUBGRAPH_URL_AUTH: 'http://a:4001, http://b:4001' });
    expect(config.gateway.subgraphUrls.auth).toEqual(['http://a:4001', 'http://b:4001']);
  });

  it('reads the proxies that are trusted, by default none', () => {
    const TRUSTED_PROXIES = 'loopback, 10.1.0.0/16,192.0.2.1,2001:db8::/32';
    const networks = ['loopback', '10.1.0.0/16', '192.0.2.1', '2001:db8::/32'];
    expect(loadConfig({ TRUSTED_PROXIES }).gateway.trustedProxies).toEqual(networks);
    expect(loadConfig({}).gateway.trustedProxies).toEqual([]);
  });

  it.each(['true', '1', 'lb.internal', '10.0.0.0/33', '10.0.0.0/x', '0.0.0.0/0', '*'])(
    'does not take %j for trusted proxies',
    (part) => {
      expect(problemsOf({ TRUSTED_PROXIES: `loopback,${part}` })).toEqual([
        expect.stringMatching(/^TRUSTED_PROXIES: expected IP addresses, CIDR blocks or the names loopback, /),
      ]);
    },
  );

  it('is frozen all the way down', () => {
    const config = loadConfig({});
    expect(() => Object.assign(config.limits, { depthMax: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.database.domainUrls, { auth: 'x' })).toThrow(TypeError);
  });

  it('notices when only some domains have a PostgreSQL database', () => {
    expect(problemsOf({ DATABASE_URL_WALLET: 'postgresql://db/wallet' })).toEqual([
      expect.stringMatching(/^DATABASE_URL: is needed, because DATABASE_URL_AUTH/),
    ]);
  });

  describe('in production', () => {
    it('starts with a key of its own and closes what is for development', () => {
      const config = loadConfig({ NODE_ENV: 'production', KEY_ENCRYPTION_KEY: productionKey });
      expect(config).toMatchObject({
        isProduction: true,
        demo: false,
        metrics: false,
        gateway: { playground: false, introspection: false },
      });
      expect(Buffer.from(config.auth.keyEncryptionKey).toString('base64')).toBe(productionKey);
    });

    it('refuses demonstration data, the Playground, introspection and the demonstration key, all at once', () => {
      const open = { CLAWPURSE_DEMO: 'true', PLAYGROUND: 'true', INTROSPECTION: '1' };
      const problems = problemsOf({ NODE_ENV: 'production', KEY_ENCRYPTION_KEY: demoKeyEncryptionKey, ...open });
      expect(problems.map((problem) => problem.split(':')[0])).toEqual([
        'KEY_ENCRYPTION_KEY',
        'CLAWPURSE_DEMO',
        'PLAYGROUND',
        'INTROSPECTION',
      ]);
    });

    it('serves metrics when it is told to', () => {
      const env = { NODE_ENV: 'production', KEY_ENCRYPTION_KEY: productionKey };
      expect(loadConfig({ ...env, METRICS: 'true' }).metrics).toBe(true);
    });

    it('requires a key', () => {
      expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
        expect.stringMatching(/^KEY_ENCRYPTION_KEY: is required in production/),
      ]);
    });

    it('asks a gateway alone for no key', () => {
      expect(loadConfig({ NODE_ENV: 'production' }, { holdsKeys: false }).isProduction).toBe(true);
    });
  });
});

describe('describeConfig', () => {
  it('describes every variable with its default', () => {
    const entries = describeConfig();
    expect(entries.find((entry) => entry.name === 'PORT')).toMatchObject({
      default: '4000',
      accepts: 'a whole number from 0 to 65535',
    });
    expect(entries.find((entry) => entry.name === 'SUBGRAPH_URL_COMPLIANCE')).toBeDefined();
    for (const entry of entries) expect(entry.description, entry.name).toMatch(/\.|openssl/);
  });
});
