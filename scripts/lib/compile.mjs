// Compiles the TypeScript sources to `dist/`.
import { bin, run } from './project.mjs';

/** Emits without checking types: for scripts that only need the code to run, also while other parts are being written. */
export async function emit() {
  await run(bin('tsc'), ['-p', 'tsconfig.json', '--noCheck']);
}
