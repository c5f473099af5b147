// `npm start`: from a clean clone to a running system; from the second time on it only checks that nothing has changed.
import { prepare } from './lib/prepare.mjs';
import { fail } from './lib/steps.mjs';

console.log('\nClawPurse Gateway\n');
await prepare().catch(fail);
const { main } = await import('../dist/cli/program.js');
await main(['start', ...process.argv.slice(2)]);
