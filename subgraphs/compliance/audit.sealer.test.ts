import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { silentLogger } from '../../platform/log.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import { entryLine, headerLine } from './audit.export.rules.ts';
import { exportAuditLog } from './audit.export.ts';
import { createProofService } from './audit.proof.service.ts';
import { appendEntries, lockHead, readEntries } from './audit.repository.ts';
import { type AuditEntry, canonicalEntry, chainEntries, draftOf, emptyChain } from './audit.rules.ts';
import { createAuditSealer } from './audit.sealer.ts';
import { verifyAuditLog } from './audit.service.ts';
import { verifyAuditExport } from './audit.verifier.ts';
import type { Client } from './compliance.database.ts';
import { anAudit } from './compliance.fixtures.ts';
import { hashLeaf, verifyConsistency, verifyInclusion } from './merkle.rules.ts';
import { createNoteSigner, parseCheckpoint, parseVerifierKey } from './note.rules.ts';

const signer = createNoteSigner('log.example/audit', Buffer.alloc(32, 7));
const verifier = parseVerifierKey(signer.verifierKey);
const bytes = (base64: string) => Buffer.from(base64, 'base64');
const everything = { from: 1, limit: 50_000 };

function drafts(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const { type: _type, data, ...event } = anAudit({ resourceId: `wallet-${index}` });
    const origin = { position: 1, feeds: [], time: new Date('2026-11-05T09:30:00.000Z'), correlationId: null, causationId: null };
    return draftOf({ ...event, ...origin, type: _type, data, id: uuidIds.next(), source: 'wallet' }, data);
  });
}

/** A log that is written to as the service does, without the bus. */
function aLog(database: Database<Client>) {
  const clock = createTestClock();
  const sealer = createAuditSealer({ database, signer, clock, log: silentLogger() });
  const append = (count: number) =>
    database.transaction(async (tx) => appendEntries(tx, chainEntries(await lockHead(tx), drafts(count), clock.now())));
  const exported = async () => {
    const lines: string[] = [];
    for await (const line of exportAuditLog(database.client, signer)) lines.push(line);
    return lines;
  };
  const run = (...statements: string[]) =>
    database.transaction(async ({ client }) => {
      for (const statement of statements) await client.$executeRawUnsafe(statement);
    });
  return { sealer, append, exported, run, proofs: createProofService({ database }) };
}

const guards: Record<string, string[]> = {
  postgresql: ['audit_event_append_only ON audit_event', 'audit_tile_grows ON audit_tile', 'audit_head_moves_on ON audit_head'],
  sqlite: ['audit_event_append_only_update', 'audit_tile_grows', 'audit_head_moves_on'],
};

describeEachDatabase('sealing the audit log', (open) => {
  it('proves every record and every growth, and exports what anybody can verify', async () => {
    const database = await open<Client>('compliance');
    const { sealer, append, exported, proofs } = aLog(database);
    expect(await sealer.seal()).toBe(0);
    for (const count of [1, 300, 7]) {
      await append(count);
      // Replicas take turns.
      const other = createAuditSealer({ database, signer, clock: createTestClock(), log: silentLogger() });
      const sealed = await Promise.all([sealer.seal(), other.seal()]);
      expect(sealed[0] + sealed[1]).toBe(count);
    }
    await append(2);
    expect(await sealer.unsealed()).toBe(2);
    const checkpoint = await proofs.checkpoint();
    expect(parseCheckpoint(verifier.open(checkpoint?.note ?? '') ?? '')).toMatchObject({
      size: 308,
      origin: 'log.example/audit',
    });

    for (const sequence of [1, 2, 256, 257, 301, 308]) {
      const proof = await proofs.inclusion(sequence, null);
      const [entry] = (await readEntries(database.client, { from: sequence, to: sequence, limit: 1 })) as [AuditEntry];
      const claim = {
        index: sequence - 1,
        size: 308,
        proof: (proof?.hashes ?? []).map(bytes),
        root: bytes(checkpoint?.root ?? ''),
      };
      expect(verifyInclusion({ ...claim, leafHash: hashLeaf(canonicalEntry(entry)) })).toBe(true);
    }
    expect(await proofs.inclusion(309, null)).toBeNull();
    for (const [from, to] of [
      [1, 301],
      [301, 308],
      [0, 5],
      [77, 203],
    ] as const) {
      const { fromRoot, toRoot, hashes } = await proofs.consistency(from, to);
      const claim = { from, to, fromRoot: bytes(fromRoot), toRoot: bytes(toRoot), proof: hashes.map(bytes) };
      expect(verifyConsistency(claim)).toBe(true);
    }
    await expect(proofs.consistency(5, 309)).rejects.toMatchObject({ code: 'AUDIT_TREE_SIZE_INVALID' });
    await expect(proofs.inclusion(5, 4)).rejects.toMatchObject({ code: 'AUDIT_TREE_SIZE_INVALID' });
    expect(await verifyAuditLog(database.client, everything, verifier)).toMatchObject({ verified: 310, problem: null });

    const lines = await exported();
    const report = { isIntact: true, entries: 310, sealed: 308, checkpoints: 3, origin: 'log.example/audit', problem: null };
    expect(await verifyAuditExport(lines)).toMatchObject({ ...report, isKeyTrusted: false });
    const trust = { verifierKey: signer.verifierKey, checkpoint: checkpoint?.note };
    expect(await verifyAuditExport(lines, trust)).toMatchObject({ ...report, isKeyTrusted: true });
    expect((await verifyAuditExport(lines.slice(0, 200), trust)).problem).toMatchObject({ kind: 'TRUNCATED' });
  });

  it('finds whoever rewrites the log, or the tree, with every hash made to fit', async () => {
    const database = await open<Client>('compliance');
    const { sealer, append, exported, run } = aLog(database);
    await append(300);
    await sealer.seal();
    for (const statement of [
      `UPDATE audit_tile SET hashes = hashes`,
      `DELETE FROM audit_tile`,
      `UPDATE audit_tree SET size = 1`,
      `DELETE FROM audit_tree`,
      `UPDATE audit_checkpoint SET root = ''`,
      `DELETE FROM audit_checkpoint`,
      ...(database.provider === 'postgresql'
        ? ['TRUNCATE audit_tile', 'TRUNCATE audit_tree', 'TRUNCATE audit_checkpoint']
        : [
            `INSERT OR REPLACE INTO audit_checkpoint SELECT * FROM audit_checkpoint`,
            `REPLACE INTO audit_tile SELECT * FROM audit_tile`,
          ]),
    ])
      await expect(run(statement), statement).rejects.toThrow();

    await run(...(guards[database.provider] ?? []).map((name) => `DROP TRIGGER ${name}`));
    // From entry 270 on, everything is another history that fits together.
    const original = await database.client.auditEvent.findMany({ orderBy: { sequence: 'asc' } });
    const before = original[268];
    const rewritten = chainEntries({ sequence: 269, hash: before?.hash ?? '' }, drafts(31), new Date());
    await database.transaction(async ({ client }) => {
      for (const { sequence, ...entry } of rewritten)
        await client.auditEvent.update({ where: { sequence: BigInt(sequence) }, data: entry });
    });
    await run(`UPDATE audit_head SET hash = '${rewritten.at(-1)?.hash}'`);
    const { problem } = await verifyAuditLog(database.client, everything, verifier);
    expect(problem).toMatchObject({ kind: 'NOT_AS_SEALED', sequence: 270 });
    expect((await verifyAuditExport(await exported())).problem).toMatchObject({ kind: 'CHANGED', sequence: 270 });

    // The leaves are forged too: the tree does not add up any more.
    const [, tile] = await database.client.auditTile.findMany({ where: { level: 0 }, orderBy: { index: 'asc' } });
    const hashes = Buffer.concat([
      Buffer.from(tile?.hashes ?? []).subarray(0, 13 * 32),
      ...rewritten.map((entry) => hashLeaf(canonicalEntry(entry))),
    ]);
    const where = { level_index: { level: 0, index: 1n } };
    await database.transaction(({ client }) => client.auditTile.update({ where, data: { hashes: new Uint8Array(hashes) } }));
    expect((await verifyAuditLog(database.client, everything, verifier)).problem).toMatchObject({ kind: 'TREE_DAMAGED' });
    expect((await verifyAuditExport(await exported())).problem).toMatchObject({ kind: 'CHECKPOINT_MISMATCH', sequence: 1 });
    const other = parseVerifierKey(createNoteSigner('log.example/audit', Buffer.alloc(32, 8)).verifierKey);
    expect((await verifyAuditLog(database.client, everything, other)).problem).toMatchObject({ kind: 'TREE_DAMAGED' });
  });

  it('does not seal a record that was touched before its seal', async () => {
    const database = await open<Client>('compliance');
    const { sealer, append, run } = aLog(database);
    await append(3);
    await sealer.seal();
    await append(3);
    await run(`DROP TRIGGER ${guards[database.provider]?.[0]}`, `UPDATE audit_event SET actor_id = 'mallory' WHERE sequence = 5`);
    await expect(sealer.seal()).rejects.toMatchObject({ problem: { sequence: 5, kind: 'CHANGED' } });
    expect(await sealer.unsealed()).toBe(3);
  });
});

describe('an exported audit log', () => {
  const entries = chainEntries(emptyChain, drafts(40), new Date('2026-11-05T09:30:01.000Z'));
  const header = headerLine({ origin: signer.name, verifierKey: signer.verifierKey });
  const lineOf = (entry: AuditEntry) => entryLine(hashLeaf(canonicalEntry(entry)).toString('base64'), canonicalEntry(entry));
  const lines = [header, ...entries.map(lineOf)];

  it('names the first bad row, whatever was done to it', async () => {
    const forged = { actorId: 'mallory' };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 39 }),
        fc.constantFrom('edit', 'edit with its hash', 'remove', 'repeat', 'swap', 'garbage', 'space'),
        async (sequence, how) => {
          const entry = entries[sequence - 1] as AuditEntry;
          const line = lines[sequence] as string;
          const edited = { ...entry, ...forged };
          const [changed, kinds, places] = {
            edit: [lines.with(sequence, line.replace('user-olivia', 'user-mallory')), ['CHANGED'], [sequence]],
            'edit with its hash': [lines.with(sequence, lineOf(edited)), ['UNLINKED'], [sequence + 1]],
            remove: [lines.toSpliced(sequence, 1), ['MISSING'], [sequence]],
            repeat: [lines.toSpliced(sequence, 0, line), ['MISSING'], [sequence + 1]],
            swap: [lines.with(sequence, lines[sequence + 1] as string).with(sequence + 1, line), ['MISSING'], [sequence]],
            garbage: [lines.with(sequence, '{"leaf":'), ['MALFORMED'], [sequence]],
            space: [lines.with(sequence, line.replace(',"', ', "')), ['CHANGED'], [sequence]],
          }[how] as [string[], string[], number[]];
          const { isIntact, problem } = await verifyAuditExport(changed);
          expect(isIntact).toBe(false);
          expect(kinds).toContain(problem?.kind);
          expect(places).toContain(problem?.sequence);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('is no log without its header, and no proof with another key', async () => {
    expect((await verifyAuditExport([])).problem).toMatchObject({ kind: 'MALFORMED' });
    expect((await verifyAuditExport(lines.slice(1))).problem).toMatchObject({ kind: 'MALFORMED', line: 1 });
    expect(await verifyAuditExport(lines)).toMatchObject({ isIntact: true, entries: 40, sealed: 0 });
    const other = createNoteSigner(signer.name, Buffer.alloc(32, 9));
    const note = other.sign(`${signer.name}\n40\n${Buffer.alloc(32).toString('base64')}\n`);
    const signed = [...lines, JSON.stringify({ checkpoint: note })];
    expect((await verifyAuditExport(signed)).problem).toMatchObject({ kind: 'CHECKPOINT_FORGED', sequence: 1 });
    await expect(verifyAuditExport(lines, { checkpoint: note })).rejects.toThrow('not signed');
  });
});
