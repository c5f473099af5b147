// `npm run bench:transfers [-- <options>]`: transfers through the whole distributed system, and what each hop of one costs. `--help` lists the options.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { root } from './lib/project.mjs';
import { fail } from './lib/steps.mjs';

// What is compiled otherwise does not depend on `tests/`, whose topology and people it uses.
rmSync(join(root, 'dist', '.stamp'), { force: true });
await prepare().catch(fail);
const { main } = await import('../dist/bench/transfers/main.js');
await main().catch(fail);
