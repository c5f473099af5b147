// A TCP proxy that does to a database connection what networks do: delays it, cuts it, and cuts it between a COMMIT and its answer.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /** The next so many commits take effect, and their answers never arrive. */
  swallowCommitAnswers(count: number): void;
  /** Commits whose answers were swallowed so far. */
  swallowed(): number;
  /** Every byte waits this long from now on, in both directions. */
  delay(ms: number): void;
  /** Cuts every connection there is; new ones are let through. */
  cut(): void;
  close(): Promise<void>;
}

/** How PostgreSQL says that a transaction has been committed: the tag of its answer. */
const committed = Buffer.from('COMMIT\0');

export async function startFaultProxy(databaseUrl: string): Promise<FaultProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  let toSwallow = 0;
  let swallowed = 0;
  let delayMs = 0;

  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const pair = [client, server] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes) => pass(bytes, server));
    server.on('data', (bytes) => {
      if (toSwallow > 0 && bytes.includes(committed)) {
        toSwallow -= 1;
        swallowed += 1;
        end();
      } else pass(bytes, client);
    });
  });

  function pass(bytes: Buffer, to: Socket): void {
    if (delayMs === 0) to.write(bytes);
    else setTimeout(() => to.writable && to.write(bytes), delayMs);
  }

  const cut = () => {
    for (const [client, server] of [...pairs]) {
      client.destroy();
      server.destroy();
    }
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    swallowCommitAnswers: (count) => {
      toSwallow += count;
    },
    swallowed: () => swallowed,
    delay: (ms) => {
      delayMs = ms;
    },
    cut,
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      cut();
      await closed;
    },
  };
}
