// One domain as a process of its own, over HTTP and WebSocket.
import type { Config } from '../platform/config/config.ts';
import { type DomainName, domainPorts } from '../platform/domains.ts';
import { createEventTransport } from '../platform/events/runtime.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { createShutdown, type Shutdown } from '../platform/server/shutdown.ts';
import { serveSubgraph } from '../platform/server/subgraph-http.ts';
import { startSubgraph } from '../platform/server/subgraph-service.ts';
import { createTracing } from '../platform/telemetry/tracing.ts';
import { loadDomain } from './domains.ts';
import { CommandError } from './failure.ts';
import { assertPortFree } from './port.ts';

const shutdownMarginMs = 10_000;

export interface ServedDomain {
  readonly url: string;
  readonly shutdown: Shutdown;
  readonly log: Logger;
}

/**
 * Starts one domain; migrates its database first unless told otherwise.
 * @throws {CommandError} when it could only talk to itself.
 */
export async function serveDomain(
  name: DomainName,
  config: Config,
  options: { readonly port?: number | undefined; readonly migrate: boolean },
): Promise<ServedDomain> {
  if (config.redisUrl === null) {
    throw new CommandError(
      `A domain in a process of its own needs REDIS_URL: without it, its events reach no other domain. Everything in one process: npm start`,
    );
  }
  const log = createLogger(config, name);
  const shutdown = createShutdown({ log, limitMs: config.shutdownGraceMs + shutdownMarginMs });
  const port = options.port ?? domainPorts[name];
  await assertPortFree(port, config.host);
  const module = await loadDomain(name);
  const transport = await createEventTransport(config, log);
  shutdown.add('event transport', () => transport.close());
  const tracing = await createTracing(config.telemetry, name, log);
  if (tracing !== null) shutdown.add('tracing', () => tracing.stop());
  try {
    const subgraph = await startSubgraph({ module, config, transport, log, tracing, migrate: options.migrate });
    shutdown.add(name, () => subgraph.stop());
    const server = await serveSubgraph(subgraph, { config, host: config.host, port });
    shutdown.add('server', () => server.stop());
    return { url: server.url, shutdown, log };
  } catch (error) {
    await shutdown.run('the start failed');
    throw error;
  }
}
