// `npm run playground:build`: bundles the Playground when its sources have changed.
import { buildPlayground } from './lib/prepare.mjs';
import { fail, step } from './lib/steps.mjs';

await step('Build the Playground', buildPlayground).catch(fail);
