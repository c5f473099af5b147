// One embedded system per data folder: two would each miss the other's events and wait for each other's locks.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createClient } from '@libsql/client';
import { CommandError } from './failure.ts';

export interface DataFolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. The lock is the operating system's, on a SQLite file: it goes when the process goes, however that ends.
 * @throws {CommandError} when another process has it.
 */
export async function lockDataFolder(dataDir: string): Promise<DataFolderLock> {
  const folder = resolve(dataDir);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new CommandError(`The data folder ${folder} cannot be made: ${(cause as Error).message}. Correct CLAWPURSE_DATA_DIR.`, {
      cause,
    });
  }
  const client = createClient({ url: `file:${join(folder, 'in-use.lock')}`, concurrency: 1 });
  try {
    const transaction = await client.transaction('write');
    return {
      release: () => {
        transaction.close();
        client.close();
      },
    };
  } catch (cause) {
    client.close();
    if ((cause as { code?: string }).code === 'SQLITE_BUSY') {
      throw new CommandError(
        `Another ClawPurse process uses the data folder ${folder}. Stop it, or give this one a folder of its own: CLAWPURSE_DATA_DIR=.data-2`,
        { cause },
      );
    }
    throw new CommandError(`The data folder ${folder} cannot be used: ${(cause as Error).message}.`, { cause });
  }
}
