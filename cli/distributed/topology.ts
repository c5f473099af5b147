// Plans and starts the distributed topology on one machine: replicas of every subgraph, gateways in front, each a process of its own.
import { join } from 'node:path';
import { environment } from '../../platform/config/environment.ts';
import { domainVariable } from '../../platform/config/settings.ts';
import { type DomainName, domainNames, domainPorts } from '../../platform/domains.ts';
import { freePort } from '../../platform/ports.ts';
import { projectRoot } from '../../platform/project-root.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';

export interface TopologyOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly replicas: number;
  readonly gateways: number;
  /** Of the first gateway; `free` gives every process a free port. */
  readonly port: number | 'free';
  /** Where gateways listen. Subgraphs only listen on this machine. */
  readonly host: string;
  /** Further variables for every process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (service: string, line: string) => void;
  readonly onUnexpectedEnd?: (service: ServiceProcess, how: string) => void;
}

export interface Topology {
  /** Every gateway and replica, by name: `gateway-1`, `wallet-2`. */
  readonly processes: ReadonlyMap<string, ServiceProcess>;
  readonly gateways: readonly ServiceProcess[];
  readonly replicas: Readonly<Record<DomainName, readonly ServiceProcess[]>>;
  /** Starts the subgraphs, then the gateways; resolves when all are ready. Migrations must have been applied. */
  start(): Promise<void>;
  /** Gateways first, so that none calls a subgraph that is gone. Resolves with the names of those that did not end well. */
  stop(): Promise<string[]>;
}

/** So that replicas and gateways have ports that a person can tell apart: wallet 4002, 4102, 4202; gateways 4000, 4010, 4020. */
const replicaPortStep = 100;
const gatewayPortStep = 10;
const loopback = '127.0.0.1';
/** The compiled command, also when this file runs from its sources, as in tests. */
const program = join(projectRoot, 'dist', 'cli', 'program.js');

export async function planTopology(options: TopologyOptions): Promise<Topology> {
  const { host } = options;
  const reachableHost = host === '0.0.0.0' || host === '::' ? loopback : host;
  const portFor = (fixed: (first: number) => number) =>
    options.port === 'free' ? freePort() : Promise.resolve(fixed(options.port));
  const ports = {} as Record<DomainName, number[]>;
  for (const domain of domainNames) {
    ports[domain] = [];
    for (let index = 0; index < options.replicas; index += 1)
      ports[domain].push(await portFor(() => domainPorts[domain] + index * replicaPortStep));
  }
  const env = sharedEnvironment(options, ports);
  const processes = new Map<string, ServiceProcess>();

  function add(name: string, port: number, command: readonly string[], listenHost = loopback): ServiceProcess {
    const service: ServiceProcess = createServiceProcess({
      name,
      url: `http://${listenHost === host ? reachableHost : listenHost}:${port}`,
      args: [program, ...command, '--port', String(port)],
      env: { ...env, HOST: listenHost },
      onLine: (line) => options.onLine?.(name, line),
      onUnexpectedEnd: (how) => options.onUnexpectedEnd?.(service, how),
    });
    processes.set(name, service);
    return service;
  }

  const replicas = Object.fromEntries(
    domainNames.map((domain) => [
      domain,
      ports[domain].map((port, index) => add(`${domain}-${index + 1}`, port, ['serve', domain, '--no-migrate'])),
    ]),
  ) as Record<DomainName, ServiceProcess[]>;
  const gateways: ServiceProcess[] = [];
  for (let index = 0; index < options.gateways; index += 1) {
    gateways.push(add(`gateway-${index + 1}`, await portFor((first) => first + index * gatewayPortStep), ['gateway'], host));
  }
  const subgraphs = Object.values(replicas).flat();

  return {
    processes,
    gateways,
    replicas,
    start: async () => {
      for (const group of [subgraphs, gateways]) {
        await Promise.all(group.map((service) => service.start()));
        await Promise.all(group.map((service) => service.untilReady()));
      }
    },
    stop: async () => [...(await stopAll(gateways)), ...(await stopAll(subgraphs))],
  };
}

async function stopAll(group: readonly ServiceProcess[]): Promise<string[]> {
  const codes = await Promise.all(
    group.map(async (service) => ({ name: service.name, wasRunning: service.pid !== null, code: await service.stop() })),
  );
  return codes.filter(({ wasRunning, code }) => wasRunning && code !== 0).map(({ name }) => name);
}

function sharedEnvironment(options: TopologyOptions, ports: Record<DomainName, readonly number[]>): Record<string, string> {
  const subgraphUrls = Object.fromEntries(
    domainNames.map((domain) => [
      domainVariable('SUBGRAPH_URL', domain),
      ports[domain].map((port) => `http://${loopback}:${port}/graphql`).join(','),
    ]),
  );
  return environment({
    ...subgraphUrls,
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    PORT: undefined,
    ...options.env,
  });
}
