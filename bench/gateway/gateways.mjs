// The gateways that are compared, and how each is started: as its own documentation says, in production mode.
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cores, freePort, start } from './processes.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '..', '..');
const hiveCommand = join(folder, '..', 'node_modules', '@graphql-hive', 'gateway', 'dist', 'bin.js');

/** @typedef {{ name: string, canShare: boolean, canSubscribe: boolean, command: (options: { file: string, port: number, isSharing: boolean }) => { args: string[], env: Record<string, string> } }} Peer */

const hive = (name, isRouterRuntime) => ({
  name,
  canShare: true,
  canSubscribe: true,
  command: ({ file, port, isSharing }) => ({
    args: [
      hiveCommand,
      'supergraph',
      file,
      '--port',
      String(port),
      '--host',
      '127.0.0.1',
      '--config-path',
      join(folder, 'peers', 'hive.config.mjs'),
    ],
    env: { BENCH_SHARING: isSharing ? '1' : '0', BENCH_ROUTER_RUNTIME: isRouterRuntime ? '1' : '0' },
  }),
});

/** @type {Peer[]} */
export const gateways = [
  {
    name: 'clawpurse',
    canShare: true,
    canSubscribe: true,
    command: ({ file, port, isSharing }) => ({
      args: [join(root, 'scripts', 'clawpurse.mjs'), 'gateway', '--supergraph', file, '--port', String(port)],
      env: {
        SHARE_CLIENT_QUERIES: String(isSharing),
        LOG_LEVEL: 'warn',
        HOST: '127.0.0.1',
        KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
    }),
  },
  {
    name: 'stock',
    canShare: false,
    canSubscribe: false,
    command: ({ file, port }) => ({
      args: [join(folder, 'peers', 'stock.mjs'), file, String(port)],
      env: { APOLLO_TELEMETRY_DISABLED: 'true' },
    }),
  },
  hive('hive-js', false),
  hive('hive-rust', true),
];

export const pathOf = ({ name }) => (name === 'stock' ? '/' : '/graphql');

/** Starts a gateway on the gateway's core and waits until it answers. */
export async function startGateway(gateway, options) {
  const port = await freePort();
  const { args, env } = gateway.command({ ...options, port });
  const cwd = gateway.name === 'clawpurse' ? root : join(folder, '..');
  const child = start(cores.gateway, args, { cwd, env: { NODE_ENV: 'production', ...env } });
  child.stdout.resume();
  const url = `http://127.0.0.1:${port}${pathOf(gateway)}`;
  await untilAnswering(url, child, gateway.name);
  return { ...child, port, url };
}

async function untilAnswering(url, child, name) {
  let isGone = false;
  child.exited.then(() => {
    isGone = true;
  });
  for (let attempt = 0; attempt < 600; attempt++) {
    if (isGone) throw new Error(`${name} did not start: ${child.stderr()}`);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"query":"{ __typename }"}',
    }).catch(() => null);
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} did not answer within a minute: ${child.stderr()}`);
}
