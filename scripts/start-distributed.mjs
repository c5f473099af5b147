// `npm run start:distributed [-- --replicas N --gateways N]`: every service a process of its own, with PostgreSQL and Redis.
import { prepare } from './lib/prepare.mjs';
import { fail } from './lib/steps.mjs';

console.log('\nClawPurse Gateway, distributed\n');
await prepare().catch(fail);
const { main } = await import('../dist/cli/program.js');
await main(['distributed', ...process.argv.slice(2)]);
