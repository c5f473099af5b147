// The time by which data is judged: the database's own, so that replicas whose clocks differ decide alike.
import type { Clock } from '../clock.ts';
import type { DatabaseProvider, SqlExecutor } from './database.ts';

export type ReadTime = (database: { readonly provider: DatabaseProvider; readonly client: SqlExecutor }) => Promise<Date>;

/** PostgreSQL's clock at this moment, not at the start of the transaction; on SQLite, which is in this process, the process's. */
export function databaseTime(clock: Clock): ReadTime {
  return async ({ provider, client }) => {
    if (provider === 'sqlite') return clock.now();
    const [row] = await client.$queryRaw<{ now: Date | string }[]>`SELECT clock_timestamp() AS now`;
    if (row === undefined) throw new Error('PostgreSQL did not say what time it is.');
    // Whole milliseconds, as everything that is stored.
    return new Date(Math.floor(new Date(row.now).getTime()));
  };
}
