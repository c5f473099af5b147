// `npm run build`: a clean build with types checked: what an image is made of.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { bin, root, run } from './lib/project.mjs';
import { fail, step } from './lib/steps.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
await prepare()
  .then(() => step('Check the types', () => run(bin('tsc'), ['-p', 'tsconfig.json', '--noEmit'])))
  .catch(fail);
