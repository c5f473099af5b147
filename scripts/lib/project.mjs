// Where the project stands on disk, and how its scripts run other programs.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Runs a program to its end and gives what it printed. @throws with that output when it fails. */
export function run(command, args, { env = process.env, cwd = root, inherit = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          Object.assign(
            new Error(
              `${command.split(/[\\/]/).pop()} ${args.join(' ')} failed (${signal ?? `exit code ${code}`})\n${output}`.trim(),
            ),
            { output, code },
          ),
        );
    });
  });
}
