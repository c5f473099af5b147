// Everything that has to be there before the system can run or be tested, made when it is missing or out of date.
// Uses nothing but Node itself: at the beginning of a fresh clone nothing else is installed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.mjs';
import { fingerprint } from './fingerprint.mjs';
import { withLock } from './lock.mjs';
import { bin, root, run } from './project.mjs';
import { step } from './steps.mjs';

const nodeMajorMin = 20;
const nodeMinorMin = 19;

export async function prepare() {
  assertNodeVersion();
  await step('Install the packages', install);
  await step('Generate the database clients', generateClients);
  await step('Compile', async () => ((await compile()) ? '' : 'nothing has changed'));
  await step('Compose the supergraph', composeSchema);
  if (existsSync(join(root, 'gateway', 'playground', 'vite.config.ts')))
    await step('Build the Playground', () => buildPlayground());
}

export function assertNodeVersion(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > nodeMajorMin || (major === nodeMajorMin && minor >= nodeMinorMin)) return;
  throw new Error(
    `ClawPurse Gateway needs Node.js ${nodeMajorMin}.${nodeMinorMin} or newer; this is ${version}. Get one from https://nodejs.org`,
  );
}

async function install() {
  const locks = ['package-lock.json', 'node_modules/.package-lock.json'];
  return makeUnlessCurrent(
    'install',
    () => fingerprint(locks),
    async () => {
      if (!isInstalled()) await run('npm', ['ci', '--no-audit', '--no-fund']);
    },
  );
}

/** Compares what npm says it installed with what the lock file wants; packages of other platforms may be missing. */
function isInstalled() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === version : optional === true;
  });
}

async function generateClients() {
  const { generate } = await import('../generate.mjs');
  const { generated, failed } = await generate();
  if (failed.length > 0) throw new Error(failed.map(({ name, error }) => `${name}: ${error.message}`).join('\n\n'));
  return generated.length === 0 ? 'up to date' : `${generated.length} generated`;
}

/** What the subgraphs' schemas are made of; composing takes seconds, so it is only done when any of it has changed. */
const schemaSources = [
  'subgraphs',
  'platform/graph',
  'platform/money',
  'platform/domains.ts',
  'gateway/compose.ts',
  'schema',
  'package-lock.json',
];

async function composeSchema() {
  return makeUnlessCurrent(
    'compose',
    () => fingerprint(schemaSources),
    () => run(process.execPath, [join(root, 'dist', 'cli', 'program.js'), 'compose']),
  );
}

/** Makes what the fingerprint is of, unless it is the one that was taken after it was made the last time. One process at a time. */
async function makeUnlessCurrent(name, fingerprintNow, make) {
  const stampFile = join(root, '.cache', `${name}.stamp`);
  const isCurrent = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprintNow();
  if (isCurrent()) return 'nothing has changed';
  await withLock(join(root, '.cache', `${name}.lock`), async () => {
    if (isCurrent()) return;
    await make();
    writeFileSync(stampFile, fingerprintNow());
  });
  return '';
}

/** Bundles the Playground when its sources have changed. */
export async function buildPlayground() {
  const stampFile = join(root, 'dist', 'playground', '.stamp');
  const lockPath = join(root, '.cache', 'playground.lock');
  return withLock(lockPath, async () => {
    const stamp = fingerprint(['gateway/playground', 'package-lock.json', 'platform/demo.ts']);
    if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return 'nothing has changed';
    await run(bin('vite'), ['build', '--config', join('gateway', 'playground', 'vite.config.ts')]);
    writeFileSync(stampFile, stamp);
    return '';
  });
}
