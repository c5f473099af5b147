// Bundles the compiled command with the packages it uses into a few CommonJS files: some two thousand modules cost a start more time to find
// and compile than everything that it does then. `cli/program.ts` runs them through V8's code cache.
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './project.mjs';

/** Stays outside: what brings machine code of its own, and what other packages try for and do without. */
const external = [/^libsql$/, /^@node-rs\//, 'pg-native', 'class-transformer/storage'];
/** The code cache knows no `import()`; Node's own modules are there at once anyway. */
const importOfNode = /\bimport\((["'])(node:[\w/]+)\1\)/g;
/** Prisma's query compilers come as JavaScript that is one text of four megabytes. */
const wasmAsText = /\.wasm-base64\.m?js$/;

const importsOfNode = {
  name: 'imports-of-node',
  renderChunk: (code) => code.replace(importOfNode, 'Promise.resolve(require($1$2$1))'),
};

/** Stands beside the program as a file that is read as it is, instead of as code that is parsed and cached. */
const wasmBesideProgram = {
  name: 'wasm-beside-program',
  load(id) {
    if (!wasmAsText.test(id)) return null;
    const text = /const wasm = "([^"]+)"/.exec(readFileSync(id, 'utf8'))?.[1];
    if (text === undefined) throw new Error(`${id} has no text of WebAssembly where it used to be.`);
    const fileName = `${basename(id).replace(wasmAsText, '')}.wasm.base64`;
    this.emitFile({ type: 'asset', fileName, source: text });
    return `const { readFileSync } = require('node:fs');
      exports.wasm = readFileSync(require('node:path').join(__dirname, ${JSON.stringify(fileName)}), 'latin1');`;
  },
};

export async function bundle() {
  const { rolldown } = await import('rolldown');
  const folder = join(root, 'dist', 'program');
  const program = await rolldown({
    input: { main: join(root, 'dist', 'cli', 'main.js') },
    cwd: root,
    platform: 'node',
    external,
    // Two copies of graphql (CommonJS and ESM) would refuse each other's schemas.
    resolve: { alias: { graphql: join(root, 'node_modules', 'graphql', 'index.js') } },
    plugins: [wasmBesideProgram, importsOfNode],
    logLevel: 'warn',
  });
  rmSync(folder, { recursive: true, force: true });
  await program.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  await program.close();
}
