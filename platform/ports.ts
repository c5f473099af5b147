// Ports for servers that must be told theirs before they start.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that operating systems give to outgoing connections (Linux: from 32768 on), one of which could otherwise take a port
 * between its choice and the start of its server.
 */
const first = 20_000;
const last = 32_000;
const attemptsMax = 100;
/** Given by this process: two servers that start together must not be told the same. */
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, drawn at random, and never the same twice in one process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = randomInt(first, last);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free TCP port was found between ${first} and ${last} in ${attemptsMax} attempts.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
