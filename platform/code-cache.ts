// V8 compiles the same program anew at each start, which takes longer than anything else in it. What it compiled once is kept on disk
// and read the next time. Node 22 does this by itself (`module.enableCompileCache`), Node 20 only for scripts that one hands to it.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { Script } from 'node:vm';

export interface CodeCache {
  /** Writes what was compiled since the start and not found on disk, function bodies that have run included. */
  save(): void;
}

type LoadFile = (module: { exports: unknown }, file: string) => void;

const extension = '.cjs';
/** V8 refuses the cache of another version of itself, but of the source it compares only the length: so the name says which source it is of. */
const cacheOf = (file: string, source: string) =>
  `${file}.${createHash('sha256').update(source).digest('hex').slice(0, 16)}.cache`;

/** Makes `require` take the CommonJS files of a folder through the cache that stands beside them. */
export function openCodeCache(folder: string): CodeCache {
  const { extensions } = createRequire(import.meta.url) as unknown as { extensions: Record<string, LoadFile> };
  const loadOther = extensions['.js'] as LoadFile;
  /** By where it will stand. */
  const uncached = new Map<string, Script>();

  extensions[extension] = (module, file) => {
    if (!file.startsWith(folder + sep)) return loadOther(module, file);
    const source = readFileSync(file, 'utf8');
    const cache = cacheOf(file, source);
    const script = new Script(Module.wrap(source), { filename: file, cachedData: readOrNothing(cache) });
    if (script.cachedDataRejected !== false) uncached.set(cache, script);
    script.runInThisContext().call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  };

  return {
    save: () => {
      for (const [cache, script] of uncached) writeWhole(cache, script.createCachedData());
      uncached.clear();
    },
  };
}

function readOrNothing(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Other processes may read or write it at the same moment; and where nothing may be written the program runs as well, only later. */
function writeWhole(file: string, content: Buffer): void {
  const work = `${file}.${process.pid}`;
  try {
    writeFileSync(work, content);
    renameSync(work, file);
  } catch {
    // Not worth a word: the next process tries again.
  }
}
