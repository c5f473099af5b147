// A server that ends a connection in the very moment it has opened it, as on `pg_terminate_backend` and shutdown.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { PostgresAdapterFactory } from './postgres-adapter.ts';
import { createPostgresBatches } from './postgres-batches.ts';

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

// Welcome, ready and farewell in one piece: the client reads all three before anybody has been given the connection.
const welcomeAndFarewell = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('Z', Buffer.from('I')),
  message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')),
]);
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end(welcomeAndFarewell));
});
afterEach(() => server.close());

// An error that nobody hears fails the run, as it ends a service.
it('ends what was asked for, and not the process', async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `postgres://somebody@127.0.0.1:${(server.address() as AddressInfo).port}/anything`;
  const target = { provider: 'postgresql', url } as Parameters<typeof createPostgresBatches>[0];
  const adapter = await new PostgresAdapterFactory(target, { applicationName: 'test' }).connect();
  await expect(adapter.startTransaction()).rejects.toThrow();
  await expect(adapter.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] })).rejects.toThrow();
  await adapter.dispose();
  const batches = createPostgresBatches(target, 'test');
  await expect(batches.attempt(async () => 1, 5_000)).rejects.toThrow();
  await batches.close();
});
