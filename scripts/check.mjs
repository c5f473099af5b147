// `npm run check`: everything that must hold before a change is handed in. All checks run, also when one has failed.
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { bin, root, run } from './lib/project.mjs';
import { fail, step } from './lib/steps.mjs';

const node = process.execPath;
const script = (name, ...args) => run(node, [join(root, 'scripts', name), ...args]);
const checks = [
  ['Types', () => run(bin('tsc'), ['-p', 'tsconfig.json', '--noEmit'])],
  ['Types of the Playground', () => run(bin('tsc'), ['-p', join('gateway', 'playground', 'tsconfig.json'), '--noEmit'])],
  ['Lint and format', () => run(bin('biome'), ['check', '--error-on-warnings'])],
  ['Import rules', () => run(bin('vitest'), ['run', 'tests/architecture.test.ts'])],
  ['Migrations up to date', () => script('migration.mjs', '--check')],
  ['Schema up to date', () => script('clawpurse.mjs', 'compose', '--check')],
  ['Typed client up to date', () => script('codegen.mjs', '--check')],
  ['Reference up to date', () => script('reference.mjs', '--check')],
  ['Tests', () => run(node, [join(root, 'scripts', 'test.mjs')], { inherit: true })],
];

console.log('\nChecking\n');
await prepare().catch(fail);
const failures = [];
for (const [title, check] of checks) {
  await step(title, check).catch((error) => failures.push(`${title}\n\n${error.message}`));
}
if (failures.length > 0) fail(failures.map((text) => `✗ ${text}`).join('\n\n'));
console.log('\nAll is well.\n');
