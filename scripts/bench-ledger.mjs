// `npm run bench:ledger [-- <options>]`: compiles what has changed and measures the ledger beside the usual ways. `--help` lists the options.
import { compile } from './lib/compile.mjs';
import { fail } from './lib/steps.mjs';

await compile().catch(fail);
const { main } = await import('../dist/bench/ledger/main.js');
await main();
