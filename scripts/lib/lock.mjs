// A lock between processes: a directory that only one process can make. Left behind by a killed process, it is taken over.
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 50;
const ownerlessGraceMs = 2_000;

/** Runs `work` while holding the lock at `path`; waits while another live process holds it. */
export async function withLock(path, work, { timeoutMs = 300_000 } = {}) {
  await mkdir(dirname(path), { recursive: true });
  const deadline = Date.now() + timeoutMs;
  while (!(await acquire(path))) {
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
    else if (Date.now() > deadline)
      throw new Error(`Another process has held ${path} for ${timeoutMs / 1000} s. Delete it if no such process runs.`);
    else await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function acquire(path) {
  try {
    await mkdir(path);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(join(path, 'pid'), String(process.pid));
  return true;
}

async function isAbandoned(path) {
  try {
    const pid = Number(await readFile(join(path, 'pid'), 'utf8'));
    if (pid > 0) return !isRunning(pid);
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs > ownerlessGraceMs;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    // Made this instant (the owner has not signed yet), or released just now.
    const made = await stat(path).catch(() => null);
    return made !== null && Date.now() - made.mtimeMs > ownerlessGraceMs;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
