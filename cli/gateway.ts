// The gateway as a process of its own: over our supergraph with our tokens, or over any Federation 2 supergraph.
import { createGateway } from '../gateway/gateway.ts';
import { httpClients } from '../gateway/http-subgraph.ts';
import { SupergraphError } from '../gateway/supergraph/supergraph.ts';
import type { Config } from '../platform/config/config.ts';
import { createEventTransport } from '../platform/events/runtime.ts';
import { createIssuersVerifier } from '../platform/identity/issuers.ts';
import { jwksUrl, remoteKeySource } from '../platform/identity/key-source.ts';
import { createTokenVerifier, type TokenVerifier } from '../platform/identity/token-verifier.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { createShutdown, type Shutdown } from '../platform/server/shutdown.ts';
import { createTracing } from '../platform/telemetry/tracing.ts';
import { playgroundUsers } from './demo-users.ts';
import { isDomainName } from './domains.ts';
import { CommandError } from './failure.ts';
import { playgroundFolder, supergraphSource } from './paths.ts';
import { assertPortFree } from './port.ts';

const shutdownMarginMs = 10_000;

export interface ServedGateway {
  readonly url: string;
  readonly shutdown: Shutdown;
  readonly log: Logger;
}

/** `foreign`: the supergraph is not ours: tokens are those of JWT_ISSUERS, or passed on unread, and nobody is offered to sign in as. */
export async function serveGateway(config: Config, options: { readonly foreign: boolean }): Promise<ServedGateway> {
  const log = createLogger(config, 'gateway');
  const shutdown = createShutdown({ log, limitMs: config.shutdownGraceMs + shutdownMarginMs });
  await assertPortFree(config.port, config.host);
  const { issuer, audience } = config.auth;
  const keys = options.foreign ? undefined : remoteKeySource(jwksUrl(config));
  const source = await supergraphSource(config);
  const tracing = await createTracing(config.telemetry, 'gateway', log);
  if (tracing !== null) shutdown.add('tracing', () => tracing.stop());
  // Over a foreign supergraph there are no domains of ours to hear from.
  const hearsEvents = config.gateway.responseCache.store !== 'off' && config.redisUrl !== null && !options.foreign;
  const events = hearsEvents ? await createEventTransport(config, log) : undefined;
  if (events !== undefined) shutdown.add('event transport', () => events.close());
  const gateway = await createGateway({
    config,
    source,
    clients: httpClients(
      log,
      (name) => (isDomainName(name) ? config.gateway.subgraphUrls[name] : []),
      config.gateway.door.subscriptions.overEventStream,
    ),
    verifier: keys === undefined ? foreignVerifier(config) : createTokenVerifier({ issuer, audience, keys }),
    ...(keys === undefined ? {} : { keys }),
    log,
    tracing,
    downloads: !options.foreign,
    ...(events === undefined ? {} : { events }),
    playground: { folder: playgroundFolder, demoUsers: config.demo && !options.foreign ? playgroundUsers() : [] },
  }).catch((error: unknown) => {
    if (error instanceof SupergraphError) throw new CommandError(`${source.description}: ${error.message}`, { cause: error });
    throw error;
  });
  shutdown.add('gateway', () => gateway.stop());
  const url = await gateway.listen({ port: config.port, host: config.host }).catch(async (error: unknown) => {
    await shutdown.run('the start failed');
    throw error;
  });
  return { url, shutdown, log };
}

/** Null when nobody's tokens are known. */
function foreignVerifier(config: Config): TokenVerifier | null {
  const { issuers, isRequired } = config.gateway.protection.identity;
  if (issuers.length > 0) return createIssuersVerifier({ issuers });
  if (isRequired) throw new CommandError('REQUIRE_AUTHENTICATION needs JWT_ISSUERS: without them no token can be verified.');
  return null;
}
