import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { NewEvent, Outbox } from '../../platform/events/event.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { Client } from './compliance.database.ts';
import { findSanctionsMatches } from './party-name.repository.ts';
import { createSanctionsService } from './sanctions.service.ts';

const csv = 'reference,name,aliases\nT-1,Señor Ñandú,Nandu;SENOR NANDU\nT-2,Nandu,\n';
const aList = (changes: { version?: string; csv?: string } = {}) => ({
  name: 'test',
  version: '1',
  csv,
  importedBy: 'user-carol',
  ...changes,
});

describeEachDatabase('the import of sanctions lists', (open) => {
  const start = async () => {
    const database = await open<Client>('compliance');
    const events: NewEvent[] = [];
    const outbox: Outbox = { append: async (tx, appended) => tx.onCommit(() => void events.push(...appended)) };
    const sanctions = createSanctionsService({ database, outbox, clock: createTestClock(), ids: uuidIds });
    const matches = async (name: string) => (await findSanctionsMatches(database.client, [name])).get(name) ?? [];
    return { database, events, sanctions, matches };
  };

  it('records version, hash and size, and finds names and aliases', async () => {
    const { sanctions, events, matches } = await start();
    const hash = createHash('sha256').update(csv).digest('hex');
    const list = await sanctions.importList(aList());
    expect(list).toMatchObject({ name: 'test', version: '1', hash, entryCount: 2, importedBy: 'user-carol' });
    expect(await sanctions.listsInForce()).toMatchObject([{ id: list.id, hash }]);
    expect(events.map(({ data }) => data)).toMatchObject([
      {
        action: 'sanctions_list.import',
        actorId: 'user-carol',
        resourceId: list.id,
        details: { name: 'test', version: '1', hash, entryCount: 2 },
      },
    ]);
    expect(await matches('nandu senor')).toEqual([{ list: 'test', listVersion: '1', reference: 'T-1' }]);
    expect((await matches('nandu')).map(({ reference }) => reference)).toEqual(['T-1', 'T-2']);
    expect(await matches('somebody')).toEqual([]);
  });

  it('does nothing when the same version comes again', async () => {
    const { sanctions, events } = await start();
    const first = await sanctions.importList(aList());
    expect((await sanctions.importList(aList())).id).toBe(first.id);
    expect(events).toHaveLength(1);
  });

  it('refuses other content under a known version', async () => {
    const { sanctions } = await start();
    await sanctions.importList(aList());
    await expect(sanctions.importList(aList({ csv: `${csv}T-3,Third,\n` }))).rejects.toThrow(
      'Give the new content a new version',
    );
  });

  it('matches against the newest version alone', async () => {
    const { sanctions, matches } = await start();
    await sanctions.importList(aList());
    await sanctions.importList(aList({ version: '2', csv: 'reference,name,aliases\nT-2,Nandu,\n' }));
    expect(await sanctions.listsInForce()).toMatchObject([{ version: '2' }]);
    expect(await matches('nandu senor')).toEqual([]);
    expect(await matches('nandu')).toEqual([{ list: 'test', listVersion: '2', reference: 'T-2' }]);
  });

  it('imports nothing of a list with a bad line', async () => {
    const { sanctions, events } = await start();
    await expect(sanctions.importList(aList({ csv: `${csv}T-3,,\n` }))).rejects.toThrow('line 4');
    expect(await sanctions.listsInForce()).toEqual([]);
    expect(events).toEqual([]);
  });
});
