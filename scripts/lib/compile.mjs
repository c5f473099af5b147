// Compiles the TypeScript sources to `dist/`, and bundles the command there, which everything that runs outside of tests runs from.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.mjs';
import { fingerprint } from './fingerprint.mjs';
import { withLock } from './lock.mjs';
import { bin, root, run } from './project.mjs';

const assetFolders = ['platform', 'subgraphs', 'gateway', 'cli', 'clients', 'prisma'];
const sourceFolders = [...assetFolders, 'bench'];
const stampFile = join(root, 'dist', '.stamp');
/** Data files that the code reads from beside itself. */
const isAsset = (name) => /\.(csv|json)$/.test(name);

/**
 * Emits without checking types, for scripts that only need the code to run; `npm run build` and `npm run check` check them.
 * Gives true when anything had to be compiled.
 */
export async function compile() {
  return withLock(join(root, '.cache', 'compile.lock'), async () => {
    const stamp = fingerprint(
      ['tsconfig.json', 'package-lock.json', 'scripts/lib/bundle.mjs', ...sourceFolders],
      (file) => /\.(ts|tsx|csv|json)$|bundle\.mjs$/.test(file) && !file.includes('/playground/'),
    );
    const known = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
    if (known === stamp) return false;
    await run(bin('tsc'), ['-p', 'tsconfig.json', '--noCheck']);
    for (const folder of assetFolders) copyAssets(folder);
    await bundle();
    writeFileSync(stampFile, stamp);
    return true;
  });
}

function copyAssets(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || !isAsset(entry.name) || path.includes('/playground/')) continue;
    const target = join(root, 'dist', path.slice(root.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(path, target);
  }
}
