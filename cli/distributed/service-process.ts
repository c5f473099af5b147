// One service as a child process: started, watched until it is ready, stopped, killed, started again at the same address.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../failure.ts';

export interface ServiceProcessOptions {
  /** Unique in its topology: `wallet-2`, `gateway-1`. */
  readonly name: string;
  readonly url: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** Called when it ends without having been told to. */
  readonly onUnexpectedEnd?: (how: string) => void;
}

export interface ServiceProcess {
  readonly name: string;
  /** Its address, without a path. The same after every restart. */
  readonly url: string;
  /** Null while it does not run. */
  readonly pid: number | null;
  /** The last lines it printed, oldest first. */
  readonly output: readonly string[];
  start(): Promise<void>;
  /** Resolves when it listens and its `/readyz` says so. @throws {CommandError} with its last lines when it ends before that. */
  untilReady(timeoutMs?: number): Promise<void>;
  /** Asks it to stop, as `kill` and container platforms do; resolves with its exit code. */
  stop(graceMs?: number): Promise<number | null>;
  /** `kill -9`: no chance to tidy up. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** What a service tells the process that started it, once it listens. */
export const listeningMessage = 'listening';

const linesKept = 200;
const readyTimeoutDefaultMs = 60_000;
const readyPollMs = 50;
const stopGraceDefaultMs = 30_000;

export function createServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { name, url } = options;
  const output: string[] = [];
  let child: ChildProcess | null = null;
  let isMeantToEnd = false;
  /** Said by the process itself: whoever else has taken its port must not pass for it. */
  let isListening = false;

  function keep(line: string): void {
    output.push(line);
    if (output.length > linesKept) output.shift();
    options.onLine?.(line);
  }

  async function start(): Promise<void> {
    if (child !== null) throw new Error(`${name} runs already.`);
    isMeantToEnd = false;
    isListening = false;
    const started = spawn(process.execPath, [...options.args], {
      env: { ...options.env },
      // The channel says that the service listens, and tells it when its parent has gone, however it went (see `runUntilSignal`).
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C in the terminal reaches the parent alone, which then stops the services in order.
      detached: true,
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) if (stream) createInterface({ input: stream }).on('line', keep);
    started.on('message', (message) => {
      if (child === started && message === listeningMessage) isListening = true;
    });
    started.once('exit', (code, signal) => {
      if (child === started) child = null;
      if (!isMeantToEnd) options.onUnexpectedEnd?.(signal ? `was ended by ${signal}` : `ended with code ${code}`);
    });
    await once(started, 'spawn');
  }

  async function untilReady(timeoutMs = readyTimeoutDefaultMs): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let problem = 'it does not listen yet';
    while (Date.now() < deadline) {
      if (child === null) throw new CommandError(`${name} ended before it was ready:\n${lastLines()}`);
      if (isListening) problem = await readiness(url);
      if (problem === '') return;
      await sleep(readyPollMs);
    }
    throw new CommandError(`${name} was not ready after ${timeoutMs / 1000} s (${problem}):\n${lastLines()}`);
  }

  async function end(signal: NodeJS.Signals, graceMs: number): Promise<number | null> {
    const ending = child;
    if (ending === null) return null;
    isMeantToEnd = true;
    const ended = once(ending, 'exit') as Promise<[number | null]>;
    ending.kill(signal);
    const killer = setTimeout(() => ending.kill('SIGKILL'), graceMs);
    const [code] = await ended;
    clearTimeout(killer);
    return code;
  }

  const lastLines = () => output.slice(-20).join('\n');

  return {
    name,
    url,
    get pid() {
      return child?.pid ?? null;
    },
    output,
    start,
    untilReady,
    stop: (graceMs = stopGraceDefaultMs) => end('SIGTERM', graceMs),
    kill: async () => {
      await end('SIGKILL', 0);
    },
  };
}

/** Empty when the service is ready, else why not. */
async function readiness(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return response.ok ? '' : await response.text();
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
}
