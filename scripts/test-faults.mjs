// `npm run test:faults [-- --seconds N --seed N]`: the tests that kill processes, cut connections and crash databases, with every kind among the
// victims, and long generated histories; then the bank workload on the whole system, for a minute unless it is given more.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run } from './lib/project.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
process.env.TEST_FAULTS = 'all';
if (values.seconds) process.env.TEST_FAULTS_SECONDS = values.seconds;
if (values.seed) process.env.TEST_FAULTS_SEED = values.seed;
// Memory of a gateway in use: an hour with CHURN_SECONDS=3600.
process.env.CHURN_SECONDS ??= '60';
process.argv.splice(
  2,
  Infinity,
  'tests/crash.test.ts',
  'tests/payment-faults.test.ts',
  'subgraphs/wallet/ledger.faults.test.ts',
  'subgraphs/wallet/ledger.property.test.ts',
  'gateway/traffic/churn.test.ts',
);
await import('./test.mjs');

console.log('\nThe bank workload\n');
const options = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
await run(process.execPath, [join(root, 'scripts', 'test-bank.mjs'), ...options], { inherit: true }).catch((error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
