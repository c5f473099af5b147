// Seals the audit log off the hot path: entries become leaves of the tree, and each batch ends with a signed checkpoint.
// Every replica runs one; the tree's row makes them take turns.
import { hkdfSync } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Config } from '../../platform/config/config.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/log.ts';
import { readEntries, readHead } from './audit.repository.ts';
import { type AuditEntry, type ChainProblem, canonicalEntry, emptyChain, findProblem } from './audit.rules.ts';
import { insertCheckpoint, lockTree, readTiles, readTreeSize, saveTree } from './audit.tree.repository.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { type Hash, hashLeaf } from './merkle.rules.ts';
import { appendToTiles, hashRanges, openTiles, type Tile, tileKey, tilesFor } from './merkle.tiles.ts';
import { checkpointText, createNoteSigner, type NoteSigner } from './note.rules.ts';

/** How long an entry waits for its seal when the log is quiet: the maximum merge delay, in the words of RFC 6962. */
const sealEveryMs = 1_000;
/** Entries under one checkpoint: bounds memory and the time that the tree stays locked. */
const sealSizeMax = 4_096;

/** An entry that was touched between being written and being sealed. The log is not sealed beyond it. */
export class SealRefusedError extends Error {
  readonly problem: ChainProblem;
  constructor(problem: ChainProblem) {
    super(`The audit log is not sealed beyond entry ${problem.sequence - 1}: ${problem.message}`);
    this.name = 'SealRefusedError';
    this.problem = problem;
  }
}

export interface AuditSealer {
  /** Seals all that waits; gives how many entries that were. @throws {SealRefusedError} */
  seal(): Promise<number>;
  /** Entries that wait for their seal. */
  unsealed(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

/** The key that signs checkpoints: its own, or one that only the key-encryption key leads to. */
export function createLogSigner(config: Pick<Config, 'audit' | 'auth'>): NoteSigner {
  const { signingKey, origin } = config.audit;
  const derived = () =>
    hkdfSync('sha256', config.auth.keyEncryptionKey, 'clawpurse:compliance', 'audit checkpoint signature', 32);
  return createNoteSigner(origin, signingKey ?? new Uint8Array(derived()));
}

export function createAuditSealer(deps: {
  readonly database: Database<Client>;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  readonly log: Logger;
}): AuditSealer {
  const { database, signer, clock, log } = deps;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let reported = 0;

  async function unsealed(): Promise<number> {
    // The tree first: it never overtakes the head.
    const size = await readTreeSize(database.client);
    return (await readHead(database.client)).sequence - size;
  }

  async function sealBatch(tx: Transaction): Promise<number> {
    const size = await lockTree(tx);
    const entries = await readUnsealed(tx, size);
    if (entries.length === 0) return 0;
    const leafHashes = entries.map((entry) => hashLeaf(canonicalEntry(entry)));
    const { root, newSize } = await growTree(tx, size, leafHashes);
    const note = signer.sign(checkpointText({ origin: signer.name, size: newSize, root }));
    const { verifierKey } = signer;
    await insertCheckpoint(tx, { size: newSize, root: root.toString('base64'), note, verifierKey, createdAt: clock.now() });
    return entries.length;
  }

  async function seal(): Promise<number> {
    let sealed = 0;
    while ((await unsealed()) > 0) {
      const count = await database.transaction(sealBatch);
      if (count === 0) break;
      sealed += count;
    }
    return sealed;
  }

  async function sealAndReport(): Promise<void> {
    try {
      const sealed = await seal();
      if (sealed > 0) log.debug({ sealed }, 'audit log sealed');
    } catch (error) {
      // Tampering is reported once for each place, not every second.
      const sequence = error instanceof SealRefusedError ? error.problem.sequence : 0;
      if (sequence === 0) log.warn({ err: error }, 'sealing the audit log failed; trying again');
      else if (sequence !== reported) log.error({ err: error, sequence }, 'the audit log was tampered with');
      reported = sequence;
    }
  }

  return {
    seal,
    unsealed,
    start() {
      timer ??= setInterval(() => {
        running ??= sealAndReport().finally(() => {
          running = null;
        });
      }, sealEveryMs).unref();
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await running;
    },
  };
}

/** The next entries, proven to be what was written. @throws {SealRefusedError} */
async function readUnsealed({ client }: Transaction, size: number): Promise<AuditEntry[]> {
  const head = await readHead(client);
  if (head.sequence <= size) return [];
  // From one before: the chain is checked from the last sealed entry on.
  const rows = await readEntries(client, { from: Math.max(size, 1), to: head.sequence, limit: sealSizeMax + 1 });
  const last = size === 0 ? emptyChain : rows.shift();
  if (last?.sequence !== size) {
    throw new SealRefusedError({ sequence: size, eventId: null, kind: 'MISSING', message: `Entry ${size} is missing.` });
  }
  const entries = rows.slice(0, sealSizeMax);
  const problem = findProblem(last, entries);
  if (problem !== null) throw new SealRefusedError(problem);
  if (entries.length === 0) {
    const message = `Entry ${size + 1} is missing.`;
    throw new SealRefusedError({ sequence: size + 1, eventId: null, kind: 'MISSING', message });
  }
  return entries;
}

async function growTree(tx: Transaction, size: number, leafHashes: readonly Hash[]): Promise<{ root: Hash; newSize: number }> {
  const before = await readTiles(tx.client, openTiles(size));
  const changed = appendToTiles(before, size, leafHashes);
  const newSize = size + leafHashes.length;
  await saveTree(tx, { before, changed, size: newSize });
  const whole = { start: 0, end: newSize };
  const tiles = new Map(changed.map((tile) => [tileKey(tile), tile]));
  const others = tilesFor([whole]).filter((address) => !tiles.has(tileKey(address)));
  const known: Tile[] = [...tiles.values(), ...(await readTiles(tx.client, others))];
  const [root] = hashRanges([whole], known) as [Hash];
  return { root, newSize };
}
