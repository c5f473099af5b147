// Programs and processes of this machine. Processes are known by their id. Ids are used again: a number from a file may by now belong to anybody.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environment } from './config/environment.ts';

/** True while there is a process with this id, whoever it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** True while the process with this id is the one meant: its command line contains the text. Ask this before a signal is sent. */
export function isRunningAs(pid: number, text: string): boolean {
  return isRunning(pid) && commandLine(pid).includes(text);
}

function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    // It has just ended, or this machine has no `ps`.
    return '';
  }
}

/** Full path of a program, or null. */
export function findOnPath(program: string): string | null {
  const { PATH = '' } = environment();
  const paths = PATH.split(delimiter).map((folder) => join(folder, program));
  return paths.find((path) => existsSync(path)) ?? null;
}
