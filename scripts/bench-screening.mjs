// `npm run bench:screening`: compiles what has changed, and measures names against a large sanctions list and transactions against all rules.
import { compile } from './lib/compile.mjs';
import { fail } from './lib/steps.mjs';

await compile().catch(fail);
await import('../dist/bench/screening/main.js');
