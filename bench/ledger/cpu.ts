// What a transfer costs in processor time: says more than its duration where other programs share the processors.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const msPerTick = 10;

export interface CpuTime {
  readonly nodeMs: number;
  /** Null where it cannot be known: a server elsewhere, or another system than Linux. */
  readonly serverMs: number | null;
}

export function cpuTime(serverPid: number | null): CpuTime {
  const { user, system } = process.cpuUsage();
  return { nodeMs: (user + system) / 1_000, serverMs: serverPid === null ? null : familyMs(serverPid) };
}

/** A process's own time, its children's, and what those that have ended took; null where it cannot be known. */
export function familyMs(pid: number): number | null {
  try {
    const own = readStat(String(pid));
    if (own === null) return null;
    const children = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? (readStat(entry) ?? []) : []));
    const ticks = children
      .filter(({ parent }) => parent === pid)
      .reduce((sum, child) => sum + child.ticks, own.ticks + own.ended);
    return ticks * msPerTick;
  } catch {
    return null;
  }
}

function readStat(pid: string): { parent: number; ticks: number; ended: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; what follows is numbered from the state.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((index) => fields[index]);
    return { parent, ticks: user + system, ended: endedUser + endedSystem };
  } catch {
    return null;
  }
}
