// `npm run bench:gateway`: compares this gateway with others on the same graph. Installs the others' packages when they are missing.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './lib/compile.mjs';
import { root, run } from './lib/project.mjs';
import { fail, step } from './lib/steps.mjs';

const bench = join(root, 'bench');

await step('Install the packages of the benchmark', install).catch(fail);
await step('Compile', async () => ((await compile()) ? '' : 'nothing has changed')).catch(fail);
await run(process.execPath, [join(bench, 'gateway', 'run.mjs'), ...process.argv.slice(2)], { inherit: true }).catch(fail);

async function install() {
  const installed = join(bench, 'node_modules', '.package-lock.json');
  const wanted = JSON.parse(readFileSync(join(bench, 'package-lock.json'), 'utf8')).packages;
  const found = existsSync(installed) ? JSON.parse(readFileSync(installed, 'utf8')).packages : {};
  const isInstalled = Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (found[path] ? found[path].version === version : optional === true),
  );
  if (isInstalled) return 'up to date';
  await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: bench });
  return '';
}
