// Starts the systems that whole-system tests share, each when a test asks for it first. Vitest's global setup for `tests/`.
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createServiceProcess } from '../../cli/distributed/service-process.ts';
import { environment } from '../../platform/config/environment.ts';
import { freePort } from '../../platform/ports.ts';
import { projectRoot } from '../../platform/project-root.ts';
import type { TestServices } from '../../platform/testing/services.ts';
import { type RunningTopology, startTopology } from './distributed.ts';
import type { System, TopologyName } from './system.ts';

interface StartedSystem {
  readonly system: System;
  stop(): Promise<void>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = project.getProvidedContext().testServices;
  const started = new Map<TopologyName, Promise<StartedSystem>>();
  const starters: Record<TopologyName, () => Promise<StartedSystem>> = {
    embedded: () => startEmbedded(join(services.folder, 'embedded')),
    distributed: () => startDistributed(services),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = request.url?.slice(1) as TopologyName;
    const starting = started.get(name) ?? starters[name]();
    started.set(name, starting);
    await starting.then(
      ({ system }) => response.end(JSON.stringify(system)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }

  const control = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  project.provide('systemsControlUrl', `http://127.0.0.1:${(control.address() as AddressInfo).port}`);
  project.provide('hasRedis', services.redisUrl !== null);
  return async () => {
    control.close();
    const systems = await Promise.allSettled(started.values());
    await Promise.all(systems.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
  };
}

/** One process on SQLite, started as `npm start` starts it. */
async function startEmbedded(dataDir: string): Promise<StartedSystem> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = createServiceProcess({
    name: 'embedded',
    url,
    args: [join(projectRoot, 'dist', 'cli', 'program.js'), 'start'],
    env: environment({
      CLAWPURSE_DATA_DIR: dataDir,
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
    }),
  });
  await process.start();
  await process.untilReady();
  return {
    system: { topology: 'embedded', graphqlUrls: [`${url}/graphql`] },
    stop: async () => {
      await process.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startDistributed(services: TestServices): Promise<StartedSystem> {
  if (services.redisUrl === null) throw new Error('The distributed topology needs Redis.');
  const running: RunningTopology = await startTopology({
    folder: join(services.folder, 'distributed'),
    replicas: 2,
    gateways: 2,
  });
  return {
    system: { topology: 'distributed', graphqlUrls: running.topology.gateways.map(({ url }) => `${url}/graphql`) },
    stop: () => running.stop(),
  };
}
