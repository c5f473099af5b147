// Looks whether a port is free before minutes are spent on starting what would listen on it.
import { createServer } from 'node:net';
import { serverErrors } from '../platform/server/server.errors.ts';

/** @throws PORT_IN_USE */
export async function assertPortFree(port: number, host: string): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      // Any other problem is told by the server itself when it listens.
      if (error.code === 'EADDRINUSE') reject(serverErrors.PORT_IN_USE({ host, port }, error));
      else resolve();
    });
    probe.listen({ port, host }, () => probe.close(() => resolve()));
  });
}
