// `npm run test:bank [-- <options>]`: the bank workload on the whole system while its parts fail. `--help` lists the options.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { root } from './lib/project.mjs';
import { fail } from './lib/steps.mjs';

// What is compiled otherwise does not depend on `tests/`, and would not be compiled again for a change there.
rmSync(join(root, 'dist', '.stamp'), { force: true });
await prepare().catch(fail);
const { main } = await import('../dist/tests/bank/main.js');
await main().catch(fail);
