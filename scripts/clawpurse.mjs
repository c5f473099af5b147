// Runs one command of `clawpurse` on what is compiled, compiling first what has changed: node scripts/clawpurse.mjs <command> …
import { compile } from './lib/compile.mjs';
import { fail } from './lib/steps.mjs';

await compile().catch(fail);
const { main } = await import('../dist/cli/program.js');
await main();
