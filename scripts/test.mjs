// `npm test [-- <vitest arguments>]`: prepares what is missing, runs the suite, and ends with one line of numbers.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { root } from './lib/project.mjs';
import { fail } from './lib/steps.mjs';

const reportFile = join(root, '.cache', 'test-report.json');

console.log('\nPreparing the tests\n');
await prepare().catch(fail);
console.log('');
mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(reportFile, { force: true });
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...process.argv.slice(2)];
const { code, signal } = await new Promise((resolve, reject) => {
  const child = spawn(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  child.on('error', reject);
  child.on('close', (code, signal) => resolve({ code, signal }));
});
if (signal) console.error(`\nvitest was ended by ${signal}.`);
process.exitCode = summarise(code);

/** Counts what vitest reported, prints the line that CI reads, and decides the exit code: no tests is a failure too. */
function summarise(vitestCode) {
  if (!existsSync(reportFile)) {
    console.log('\n0 passed, 1 failed, 0 skipped');
    return 1;
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(reportFile, 'utf8'),
  );
  // A file that fails to load has no tests that could fail.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = numFailedTests + brokenFiles.length;
  // An error outside of any test fails the run as well.
  const unseen = failed === 0 && vitestCode !== 0 ? 1 : 0;
  console.log(`\n${numPassedTests} passed, ${failed + unseen} failed, ${numPendingTests + numTodoTests} skipped`);
  return failed + unseen > 0 || numPassedTests === 0 ? 1 : 0;
}
