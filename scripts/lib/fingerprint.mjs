// A fingerprint of files, by name and content, to know whether what was made of them is still up to date.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './project.mjs';

const skipped = new Set(['node_modules', 'dist', '.git', '.data', '.cache']);
/** What was read once is not read again while the file looks the same: each start asks for a thousand files. */
const knownFile = join(root, '.cache', 'fingerprints.json');

/** `paths` are files or folders, relative to the project; those that do not exist count as empty. */
export function fingerprint(paths, accepts = () => true) {
  const known = readKnown();
  const hash = createHash('sha256');
  let isNew = false;
  for (const file of paths.flatMap((path) => filesOf(join(root, path)))) {
    if (!accepts(file.path)) continue;
    const name = relative(root, file.path);
    const look = lookOf(file.stats);
    if (known[name]?.look !== look) {
      known[name] = { look, content: sha256(readFileSync(file.path)) };
      isNew = true;
    }
    hash.update(`${name}\0${known[name].content}\0`);
  }
  if (isNew) writeKnown(known);
  return hash.digest('hex');
}

/** Anything that changes a file changes one of these; the time of the inode's change cannot be set back. */
function lookOf({ size, mtimeMs, ctimeMs, ino }) {
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

function sha256(content) {
  return createHash('sha256').update(content).digest('base64');
}

function readKnown() {
  try {
    return JSON.parse(readFileSync(knownFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Another script may write at the same moment: whole or not at all, and what is lost is read again. */
function writeKnown(known) {
  const work = `${knownFile}.${process.pid}`;
  mkdirSync(dirname(knownFile), { recursive: true });
  writeFileSync(work, JSON.stringify(known));
  renameSync(work, knownFile);
}

function filesOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (stats.isFile()) return [{ path, stats }];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name) && (entry.isFile() || entry.isDirectory()))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => filesOf(join(path, entry.name)));
}
