// `npm run codegen [-- --check]`: writes the typed client from the composed schema and the operations; with --check it only compares.
import { bin, run } from './lib/project.mjs';
import { fail } from './lib/steps.mjs';

const isCheck = process.argv.includes('--check');
await run(bin('graphql-codegen'), ['--config', 'codegen.yml', ...(isCheck ? ['--check'] : [])])
  .then(() => console.log(isCheck ? 'The typed client is up to date.' : 'Wrote clients/generated.'))
  .catch(fail);
