// Starts processes on a core of their own and reads what they took from the kernel.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';

const canPin = spawnSync('taskset', ['--version']).error === undefined && availableParallelism() > 1;
const ticksPerSecond = 100;

/** The gateway has the first core to itself; whatever asks and answers it shares the second. */
export const cores = { gateway: 0, others: 1 };
export const isPinned = canPin;

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

export function start(core, args, { env = {}, cwd = undefined } = {}) {
  const command = canPin ? ['taskset', '-c', String(core), process.execPath, ...args] : [process.execPath, ...args];
  const child = spawn(command[0], command.slice(1), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const said = [];
  child.stderr.on('data', (chunk) => said.push(chunk));
  const exited = new Promise((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return {
    pid: child.pid,
    stdout: child.stdout,
    exited,
    stderr: () => Buffer.concat(said).toString(),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The first line that the process prints. */
export function firstLine(process) {
  return new Promise((resolve, reject) => {
    let text = '';
    process.stdout.on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    process.exited.then((code) => reject(new Error(`It ended with ${code}: ${process.stderr()}`)));
  });
}

/** Everything that the process prints until it ends. */
export async function wholeOutput(process) {
  let text = '';
  process.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const code = await process.exited;
  if (code !== 0) throw new Error(`It ended with ${code}: ${process.stderr()}`);
  return text;
}

/** CPU time of the process and all its threads and children, so far. */
export function cpuMs(pid) {
  return processTree(pid).reduce((sum, each) => {
    const [, rest] = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    return sum + ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  }, 0);
}

/** Memory that the process and its children hold, in MB. */
export function rssMb(pid) {
  return processTree(pid).reduce((sum, each) => {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1] ?? '0';
    return sum + Number(kilobytes) / 1024;
  }, 0);
}

function processTree(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => processTree(Number(child))))];
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
