// A fingerprint of files, by name and content, to know whether what was made of them is still up to date.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './project.mjs';

const skipped = new Set(['node_modules', 'dist', '.git', '.data', '.cache']);

/** `paths` are files or folders, relative to the project; those that do not exist count as empty. */
export function fingerprint(paths, accepts = () => true) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesOf(join(root, path))) {
      if (!accepts(file)) continue;
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (stats.isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name) && (entry.isFile() || entry.isDirectory()))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => filesOf(join(path, entry.name)));
}
