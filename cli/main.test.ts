import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeSample } from '../gateway/testing/sample-graph.ts';
import { startHttpSample } from '../gateway/testing/sample-http.ts';
import { shop } from '../gateway/testing/shop.sample.ts';
import { environment } from '../platform/config/environment.ts';
import { freePort } from '../platform/ports.ts';
import { isRunningAs } from '../platform/processes.ts';
import { projectRoot } from '../platform/project-root.ts';

// The compiled command, as people run it; `npm test` compiles it first.
const program = join(projectRoot, 'dist', 'cli', 'program.js');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawpurse-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

function launch(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): { child: ChildProcess; outcome: Promise<Outcome> } {
  const clean = { DATABASE_URL: undefined, REDIS_URL: undefined, LOG_LEVEL: undefined, NODE_ENV: undefined };
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: environment({ ...clean, HOST: '127.0.0.1', ...env }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, outcome: once(child, 'close').then(([code]) => ({ code: code as number | null, output })) };
}

const clawpurse = (args: readonly string[], env: Record<string, string | undefined> = {}) => launch(args, env).outcome;

async function waitFor(child: ChildProcess, text: string): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    output += chunk.toString();
    if (output.includes(text)) return output;
  }
  throw new Error(`It ended without saying "${text}":\n${output}`);
}

describe('clawpurse', () => {
  it('lists its commands, each with what it is for', async () => {
    const { code, output } = await clawpurse(['--help']);
    expect(code).toBe(0);
    for (const command of ['start', 'serve', 'gateway', 'distributed', 'compose', 'migrate', 'seed', 'doctor'])
      expect(output).toContain(`  ${command}`);
  });

  it('names every problem of the environment at once, and starts nothing', async () => {
    const dataDir = join(folder, 'bad-environment');
    const { code, output } = await clawpurse(['start'], { PORT: 'many', LOG_LEVEL: 'loud', CLAWPURSE_DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(output).toMatch(/PORT: .*whole number/);
    expect(output).toMatch(/LOG_LEVEL: .*one of/);
    expect(output).not.toContain('    at ');
    expect(await readdir(folder)).not.toContain('bad-environment');
  });

  it('refuses an unknown domain and says which there are', async () => {
    const { code, output } = await clawpurse(['serve', 'walet']);
    expect(code).toBe(1);
    expect(output).toContain('There are: auth, wallet, transaction, compliance');
  });

  it('does not serve one domain without Redis, which could only talk to itself', async () => {
    const { code, output } = await clawpurse(['serve', 'wallet', '--port', '0'], { CLAWPURSE_DATA_DIR: join(folder, 'alone') });
    expect(code).toBe(1);
    expect(output).toContain('REDIS_URL');
  });
});

describe('clawpurse distributed', () => {
  it('says how to get Redis when there is none', async () => {
    const env = { PATH: join(folder, 'empty'), CLAWPURSE_DATA_DIR: join(folder, 'distributed') };
    const { code, output } = await clawpurse(['distributed', '--port', '0'], env);
    expect(code).toBe(1);
    expect(output).toContain('apt-get install redis-server');
  });
});

describe('clawpurse gateway', { timeout: 60_000 }, () => {
  it('serves a supergraph that is not ours, whose subgraphs already run', async () => {
    const subgraphs = await startHttpSample(shop);
    await writeFile(join(folder, 'shop.graphql'), composeSample(shop, subgraphs.urlOf));
    const port = String(await freePort());
    const { child, outcome } = launch(['gateway', '--supergraph', 'shop.graphql', '--port', port]);
    await waitFor(child, `The gateway serves http://127.0.0.1:${port}/graphql`);
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ topProducts(first: 1) { name inStock reviews(first: 1) { stars } } }' }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      data: { topProducts: [{ name: expect.any(String), inStock: expect.any(Boolean), reviews: expect.any(Array) }] },
    });
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
    await subgraphs.close();
  });

  it('names the file that is not there, and what makes it', async () => {
    const { code, output } = await clawpurse(['gateway', '--supergraph', 'none.graphql', '--port', '0']);
    expect(code).toBe(1);
    expect(output).toContain(join(folder, 'none.graphql'));
    expect(output).toContain('npm run compose');
  });

  it('names what is wrong with a supergraph that is none', async () => {
    await writeFile(join(folder, 'broken.graphql'), 'type Query { hello: String }');
    const { code, output } = await clawpurse(['gateway', '--supergraph', 'broken.graphql', '--port', '0']);
    expect(code).toBe(1);
    expect(output).toContain('broken.graphql');
    expect(output).not.toContain('    at ');
  });
});

// Each of these starts the whole system, which a busy machine takes its time for.
describe('clawpurse start', { timeout: 60_000 }, () => {
  let dataDir: string;
  let occupied: Server;

  beforeAll(async () => {
    dataDir = join(folder, 'data');
    occupied = createServer().listen(0, '127.0.0.1');
    await once(occupied, 'listening');
  });
  afterAll(() => occupied.close());

  it('says that the port is taken before it does anything else', async () => {
    const { port } = occupied.address() as { port: number };
    const { code, output } = await clawpurse(['start', '--port', String(port)], { CLAWPURSE_DATA_DIR: join(folder, 'unused') });
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(output).toContain('PORT_IN_USE');
    expect(await readdir(folder)).not.toContain('unused');
  });

  it('starts, shows where, keeps others away from its data, and drains on Ctrl-C', async () => {
    const port = String(await freePort());
    const { child, outcome } = launch(['start', '--port', port], { CLAWPURSE_DATA_DIR: dataDir });
    const shown = await waitFor(child, 'Ctrl-C stops it.');
    expect(shown).toContain(`http://localhost:${port}`.replace('localhost', '127.0.0.1'));
    expect(shown).toContain('alice@clawpurse.dev');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);

    const second = await clawpurse(['start', '--port', '0'], { CLAWPURSE_DATA_DIR: dataDir });
    expect(second.code).toBe(1);
    expect(second.output).toContain(`Another ClawPurse process uses the data folder ${dataDir}`);

    child.kill('SIGINT');
    expect((await outcome).code).toBe(0);
  });

  it('stops when whoever started it as a service has been killed', async () => {
    const parentScript = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ${JSON.stringify([program, 'start', '--port', '0'])}, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], detached: true });
      child.stdout.on('data', (text) => String(text).includes('Ctrl-C') && console.log('child', child.pid));
    `;
    const env = environment({ CLAWPURSE_DATA_DIR: dataDir, HOST: '127.0.0.1', DATABASE_URL: undefined, REDIS_URL: undefined });
    const parent = spawn(process.execPath, ['-e', parentScript], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(/child (\d+)/.exec(line.toString())?.[1]);
    expect(isRunningAs(pid, program)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isRunningAs(pid, program), { timeout: 20_000 }).toBe(false);
  });

  it('keeps the data, and the doctor finds everything well', async () => {
    const { code, output } = await clawpurse(['doctor'], { CLAWPURSE_DATA_DIR: dataDir, PORT: '0' });
    expect(output).toContain(`✓ Database of wallet: ${join(dataDir, 'wallet.db')}`);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Ready to start.') });
  });

  it('refuses a damaged database file, and so does the doctor, both saying what to do', async () => {
    await writeFile(join(dataDir, 'wallet.db'), 'not a database at all '.repeat(1_000));
    const started = await clawpurse(['start', '--port', '0'], { CLAWPURSE_DATA_DIR: dataDir });
    expect(started.code).toBe(1);
    expect(started.output).toContain('DATABASE_DAMAGED');
    expect(started.output).toContain(join(dataDir, 'wallet.db'));

    const examined = await clawpurse(['doctor'], { CLAWPURSE_DATA_DIR: dataDir, PORT: '0' });
    expect(examined.code).toBe(1);
    expect(examined.output).toMatch(/✗ Database of wallet: .*Restore it from a backup/);
  });

  it('refuses to begin anew where a database file has gone missing', async () => {
    await rm(join(dataDir, 'wallet.db'));
    const { code, output } = await clawpurse(['start', '--port', '0'], { CLAWPURSE_DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(output).toContain('DATABASE_MISSING');
  });
});
