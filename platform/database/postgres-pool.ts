// What every pool of connections to PostgreSQL needs to outlive its server.
import type pg from 'pg';

/**
 * A lost connection fails the statements that wait for it, and says so once more as an event, which ends the process when nobody listens.
 * The pool listens only to idle connections, and those who use one stop listening when they give it back, before the last word may have come.
 * So somebody listens for as long as the connection lives; the pool replaces it.
 */
export function surviveLostConnections(pool: pg.Pool): void {
  const ignore = () => undefined;
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', ignore);
}
