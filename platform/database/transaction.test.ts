import { createClient } from '@libsql/client';
import { describe, expect, it, vi } from 'vitest';
import { createTestTarget, describeEachDatabase } from '../testing/databases.ts';
import type { Database, DatabaseTransaction } from './database.ts';
import { openTarget } from './open.ts';

async function withCounters(database: Database, ids: readonly string[] = ['a', 'b']): Promise<Database> {
  await database.transaction(async ({ client }) => {
    await client.$executeRawUnsafe('CREATE TABLE counter (id TEXT PRIMARY KEY, value INTEGER NOT NULL)');
    for (const id of ids) await client.$executeRaw`INSERT INTO counter (id, value) VALUES (${id}, 0)`;
  });
  return database;
}

const increment = ({ client }: DatabaseTransaction, id: string) =>
  client.$executeRaw`UPDATE counter SET value = value + 1 WHERE id = ${id}`;

async function counterOf(database: Database, id: string): Promise<number> {
  const [row] = await database.client.$queryRaw<{ value: number }[]>`SELECT value FROM counter WHERE id = ${id}`;
  return Number(row?.value);
}

/** A point that nobody passes before `count` have arrived; whoever comes later walks through. */
function rendezvous(count: number): () => Promise<void> {
  let open: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === count) open();
    return opened;
  };
}

describeEachDatabase('a transaction', (open, provider) => {
  it('is there for readers once it has committed, and not before', async () => {
    const database = await withCounters(await open('wallet'));
    await database.transaction(async (tx) => {
      await increment(tx, 'a');
      expect(await counterOf(database, 'a')).toBe(0);
    });
    expect(await counterOf(database, 'a')).toBe(1);
  });

  it('leaves nothing behind when its work fails', async () => {
    const database = await withCounters(await open('wallet'));
    const failing = database.transaction(async (tx) => {
      await increment(tx, 'a');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await counterOf(database, 'a')).toBe(0);
  });

  it('cannot commit after a failed statement that the code swallowed', async () => {
    const database = await withCounters(await open('wallet'));
    const swallowing = database.transaction(async (tx) => {
      await increment(tx, 'a');
      await tx.client.$executeRaw`INSERT INTO counter (id, value) VALUES ('a', 1)`.catch(() => 'never mind');
    });
    await expect(swallowing).rejects.toThrow(/swallowed/);
    expect(await counterOf(database, 'a')).toBe(0);
    await database.transaction((tx) => increment(tx, 'a'));
    expect(await counterOf(database, 'a')).toBe(1);
  });

  it('runs its actions after the commit, and only then', async () => {
    const database = await withCounters(await open('wallet'));
    const action = vi.fn();
    await database.transaction(async (tx) => {
      tx.onCommit(action);
      await increment(tx, 'a');
      expect(action).not.toHaveBeenCalled();
    });
    expect(action).toHaveBeenCalledTimes(1);

    const rolledBack = database.transaction(async (tx) => {
      tx.onCommit(action);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(action).toHaveBeenCalledTimes(1);
  });

  it('stands although an action after it fails', async () => {
    const errors: unknown[] = [];
    const database = await openTarget({
      domain: 'wallet',
      target: await createTestTarget('wallet', provider),
      onActionError: (error) => errors.push(error),
    });
    await withCounters(database);
    await database.transaction(async (tx) => {
      tx.onCommit(() => {
        throw new Error('the listener is broken');
      });
      await increment(tx, 'a');
    });
    expect(errors).toEqual([new Error('the listener is broken')]);
    expect(await counterOf(database, 'a')).toBe(1);
    await database.close();
  });

  it('counts right with many writers at once', async () => {
    const database = await withCounters(await open('wallet'));
    const writers = Array.from({ length: 60 }, () =>
      database.transaction(async (tx) => {
        const lock = tx.provider === 'postgresql' ? ' FOR UPDATE' : '';
        const [row] = await tx.client.$queryRawUnsafe<{ value: number }[]>(`SELECT value FROM counter WHERE id = 'a'${lock}`);
        await tx.client.$executeRaw`UPDATE counter SET value = ${Number(row?.value) + 1} WHERE id = 'a'`;
      }),
    );
    await Promise.all(writers);
    expect(await counterOf(database, 'a')).toBe(60);
  });

  it('is tried again when it loses a deadlock, and runs only the last attempt’s actions', async () => {
    const database = await withCounters(await open('wallet'));
    let attempts = 0;
    const action = vi.fn();
    const bothHoldTheirFirst = rendezvous(2);
    const crossing = (first: string, second: string) =>
      database.transaction(async (tx) => {
        attempts += 1;
        tx.onCommit(action);
        await increment(tx, first);
        // SQLite has one writer at a time: the second could never arrive.
        if (tx.provider === 'postgresql') await bothHoldTheirFirst();
        await increment(tx, second);
      });
    await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
    expect([await counterOf(database, 'a'), await counterOf(database, 'b')]).toEqual([2, 2]);
    expect(action).toHaveBeenCalledTimes(2);
    if (provider === 'postgresql') expect(attempts).toBeGreaterThan(2);
  });

  it('refuses to be started inside another one, which could only wait for itself', async () => {
    const database = await withCounters(await open('wallet'));
    const nested = database.transaction(() => database.transaction((tx) => increment(tx, 'a')));
    await expect(nested).rejects.toThrow(/Pass `tx` on/);
    await database.transaction((tx) => increment(tx, 'a'));
  });

  it('is finished before the database closes, and new ones are refused with a retryable error', async () => {
    const database = await withCounters(
      await openTarget({ domain: 'wallet', target: await createTestTarget('wallet', provider) }),
    );
    const last = database.transaction((tx) => increment(tx, 'a'));
    const closing = database.close();
    await expect(last).resolves.toBe(1);
    await closing;
    await expect(database.transaction((tx) => increment(tx, 'a'))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('ends after its time limit and leaves nothing behind', async () => {
    const database = await withCounters(await open('wallet'));
    const slow = database.transaction(
      async (tx) => {
        await increment(tx, 'a');
        await new Promise((resolve) => setTimeout(resolve, 120));
        await increment(tx, 'a');
      },
      { timeoutMs: 40 },
    );
    await expect(slow).rejects.toThrow(/expired transaction/);
    expect(await counterOf(database, 'a')).toBe(0);
  });
});

describe('on SQLite', () => {
  it('takes turns with another process that writes to the same file', async () => {
    const target = await createTestTarget('wallet', 'sqlite');
    const database = await withCounters(await openTarget({ domain: 'wallet', target }));
    const rival = createClient({ url: `file:${target.provider === 'sqlite' ? target.file : ''}`, concurrency: 1 });
    for (let round = 0; round < 5; round += 1) {
      const theirs = await rival.transaction('write');
      await theirs.execute("UPDATE counter SET value = value + 1 WHERE id = 'a'");
      const ours = database.transaction((tx) => increment(tx, 'a'));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await counterOf(database, 'a')).toBe(round * 2);
      await theirs.commit();
      await ours;
    }
    expect(await counterOf(database, 'a')).toBe(10);
    rival.close();
    await database.close();
  });

  it('refuses a write outside a transaction, which would go around the queue', async () => {
    const database = await openTarget({ domain: 'wallet', target: await createTestTarget('wallet', 'sqlite') });
    await withCounters(database);
    await expect(database.client.$executeRaw`UPDATE counter SET value = 5`).rejects.toThrow(/readonly/);
    await database.close();
  });
});
