// The process's environment, for those who hand it on: to `loadConfig` with some values set, and to child processes.
import type { EnvironmentVariables } from './config.ts';

/** The environment with some variables set, or taken away (undefined). */
export function environment(changes: EnvironmentVariables = {}): Record<string, string> {
  const merged = { ...process.env, ...changes };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
