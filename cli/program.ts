#!/usr/bin/env node
// What starts: the bundled program (see scripts/lib/bundle.mjs), through V8's code cache. Only Node itself is loaded before it.
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { openCodeCache } from '../platform/code-cache.ts';

const folder = resolve(import.meta.dirname, '..', 'program');
/** After a server is ready: by then what every start does has been compiled, and nobody waits for it any more. */
const saveAfterMs = 3_000;
/**
 * How much of a function of WebAssembly runs before V8 compiles it a second time, better; 1.8 million unless told. Prisma's query compiler sees
 * each kind of query once, and compiling it better took two seconds of processor time from everything else that a start does (0022).
 */
const wasmTieringBudget = 1_000_000_000;

export async function main(...args: Parameters<typeof import('./main.ts').main>): Promise<void> {
  setFlagsFromString(`--wasm-tiering-budget=${wasmTieringBudget}`);
  const codeCache = openCodeCache(folder);
  const program = createRequire(import.meta.url)(join(folder, 'main.cjs')) as typeof import('./main.ts');
  await program.main(...args);
  setTimeout(codeCache.save, saveAfterMs).unref();
}

if (process.argv[1] !== undefined && import.meta.filename === realPathOf(process.argv[1])) await main();

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
