import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { NewEvent, Outbox } from '../../platform/events/event.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { Client } from './compliance.database.ts';
import { createSanctionsService, type ListInput } from './sanctions.service.ts';
import { createSanctionsWatch } from './sanctions.watch.ts';

const csv = 'reference,name,aliases\nT-1,Señor Ñandú,Nandu;SENOR NANDU\nT-2,Nandu,\n';
const carol = { userId: 'user-carol', requestId: null };
const aList = (changes: Partial<ListInput> = {}): ListInput => ({
  name: 'test',
  version: '1',
  format: 'CLAWPURSE_CSV',
  content: csv,
  ...changes,
});

describeEachDatabase('the import of sanctions lists', (open) => {
  const start = async () => {
    const database = await open<Client>('compliance');
    const events: NewEvent[] = [];
    const outbox: Outbox = { append: async (tx, appended) => tx.onCommit(() => void events.push(...appended)) };
    const watch = createSanctionsWatch();
    const sanctions = createSanctionsService({ database, outbox, clock: createTestClock(), ids: uuidIds, watch });
    const matches = async (name: string) => (await sanctions.search(name, 99)).map(({ listed }) => listed);
    return { database, events, sanctions, matches };
  };

  it('records version, hash and size, and finds names and aliases', async () => {
    const { sanctions, events, matches } = await start();
    const hash = createHash('sha256').update(csv).digest('hex');
    const list = await sanctions.importList(aList(), carol);
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
    expect(await matches('nandu senor')).toMatchObject([{ list: 'test', listVersion: '1', reference: 'T-1' }]);
    expect((await matches('nandu')).map(({ reference }) => reference)).toEqual(['T-1', 'T-2']);
    expect(await matches('somebody')).toEqual([]);
  });

  it('does nothing when the same version comes again', async () => {
    const { sanctions, events } = await start();
    const first = await sanctions.importList(aList(), carol);
    expect((await sanctions.importList(aList(), carol)).id).toBe(first.id);
    expect(events).toHaveLength(1);
  });

  it('refuses other content under a known version', async () => {
    const { sanctions } = await start();
    await sanctions.importList(aList(), carol);
    await expect(sanctions.importList(aList({ content: `${csv}T-3,Third,\n` }), carol)).rejects.toThrow(
      'Give the new content a new version',
    );
  });

  it('matches against the newest version alone', async () => {
    const { sanctions, matches } = await start();
    await sanctions.importList(aList(), carol);
    await sanctions.importList(
      aList({ version: '2', acceptsShrinking: true, content: 'reference,name,aliases\nT-2,Nandu,\n' }),
      carol,
    );
    expect(await sanctions.listsInForce()).toMatchObject([{ version: '2' }]);
    expect(await matches('nandu senor')).toEqual([]);
    expect(await matches('nandu')).toMatchObject([{ list: 'test', listVersion: '2', reference: 'T-2' }]);
  });

  it('imports nothing of a list with a bad line', async () => {
    const { sanctions, events } = await start();
    await expect(sanctions.importList(aList({ content: `${csv}T-3,,\n` }), carol)).rejects.toMatchObject({
      code: 'SANCTIONS_LIST_UNREADABLE',
      details: { problem: expect.stringContaining('line 4') },
    });
    expect(await sanctions.listsInForce()).toEqual([]);
    expect(events).toEqual([]);
  });

  it('takes no list that has lost its half, unless told to', async () => {
    const { sanctions } = await start();
    await sanctions.importList(aList(), carol);
    const half = aList({ version: '2', content: 'reference,name,aliases\nT-2,Nandu,\n' });
    await expect(sanctions.importList(half, carol)).rejects.toMatchObject({
      code: 'SANCTIONS_LIST_SHRINKS',
      details: { entryCountBefore: 2, entryCount: 1 },
    });
    expect((await sanctions.importList({ ...half, acceptsShrinking: true }, carol)).entryCount).toBe(1);
  });

  it('names the version after the date in the file, and keeps what the list says of a party', async () => {
    const { sanctions } = await start();
    const content = await readFile(join(import.meta.dirname, 'lists', 'un.xml'), 'utf8');
    const list = await sanctions.importList({ name: 'un', format: 'UN_XML', content }, carol);
    expect(list).toMatchObject({ version: '2026-11-13T23:00:03.428Z', format: 'UN_XML', entryCount: 2 });
    const [hit] = await sanctions.search('Malakhar Glumhavn', 85);
    expect(hit).toMatchObject({
      listed: { reference: 'FBi.001' },
      entry: { type: 'INDIVIDUAL', countries: ['Ruritania', 'Elbonia'], programmes: ['Fables'] },
    });
    const later = await sanctions.importList(aList({ version: null }), carol);
    expect(later.version).toBe(later.hash.slice(0, 12));
  });
});
