// Verifies an exported audit log offline: no database, no service, one pass, a hash per level of the tree in memory.
// It names the first bad row. What it trusts is a verifier key, and, where given, a checkpoint that was kept elsewhere.
import { canonicalize } from 'json-canonicalize';
import { type ExportLine, entryLine, readExportLine } from './audit.export.rules.ts';
import { emptyChain, hashCanonical } from './audit.rules.ts';
import { createGrowingTree, hashLeaf } from './merkle.rules.ts';
import { type Checkpoint, type NoteVerifier, parseCheckpoint, parseVerifierKey } from './note.rules.ts';

export type ExportProblemKind =
  | 'MALFORMED'
  | 'MISSING'
  | 'CHANGED'
  | 'UNLINKED'
  | 'CHECKPOINT_FORGED'
  | 'CHECKPOINT_MISMATCH'
  | 'TRUNCATED';

export interface ExportProblem {
  readonly kind: ExportProblemKind;
  /** The bad row, by its place in the log; for a checkpoint, the first row that it would have proven. */
  readonly sequence: number;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface ExportVerification {
  readonly isIntact: boolean;
  /** Rows that were found good. */
  readonly entries: number;
  /** Rows that a signed checkpoint covers; what follows is only chained. */
  readonly sealed: number;
  readonly checkpoints: number;
  readonly origin: string | null;
  readonly verifierKey: string | null;
  /** False when the key was the file's own: then the file proves only that it fits together. Compare the key with one you trust. */
  readonly isKeyTrusted: boolean;
  readonly problem: ExportProblem | null;
}

/**
 * @param trust `verifierKey` as the log's operator publishes it; `checkpoint`, a note that was kept elsewhere: the log must still contain it.
 * @throws when what is trusted cannot be read.
 * @example
 * const { isIntact, problem } = await verifyAuditExport(createInterface({ input: createReadStream('audit.jsonl') }));
 */
export async function verifyAuditExport(
  lines: AsyncIterable<string> | Iterable<string>,
  trust: { readonly verifierKey?: string | undefined; readonly checkpoint?: string | undefined } = {},
): Promise<ExportVerification> {
  const run = createRun(trust);
  let line = 0;
  let problem: ExportProblem | null = null;
  for await (const text of lines) {
    line += 1;
    problem = run.read(text, line);
    if (problem !== null) break;
  }
  problem ??= run.end(line);
  return { isIntact: problem === null, ...run.state(), problem };
}

function createRun(trust: { readonly verifierKey?: string | undefined; readonly checkpoint?: string | undefined }) {
  const tree = createGrowingTree();
  const isKeyTrusted = trust.verifierKey !== undefined;
  let verifier: NoteVerifier | null = trust.verifierKey === undefined ? null : parseVerifierKey(trust.verifierKey);
  let kept: Checkpoint | null = null;
  let origin: string | null = null;
  let lastHash = emptyChain.hash;
  let sealed = 0;
  let checkpoints = 0;

  function readHeader(header: { origin: string; verifierKey: string }): string | null {
    if (origin !== null || tree.size > 0) return 'a second header';
    origin = header.origin;
    try {
      verifier ??= parseVerifierKey(header.verifierKey);
    } catch {
      return 'no key to verify its checkpoints with';
    }
    kept = trust.checkpoint === undefined ? null : readKept(trust.checkpoint, verifier);
    return null;
  }

  function readEntry(entry: Extract<ExportLine, { kind: 'ENTRY' }>, text: string): [ExportProblemKind, string] | null {
    const expected = tree.size + 1;
    const { sequence, previousHash } = entry.record;
    if (sequence !== expected) return ['MISSING', `row ${expected} is missing: row ${sequence} stands in its place`];
    const canonical = canonicalize(entry.record);
    const leafHash = hashLeaf(canonical);
    if (leafHash.toString('base64') !== entry.leaf || text !== entryLine(entry.leaf, canonical))
      return ['CHANGED', `row ${sequence} does not have the contents that its leaf hash was made of`];
    if (previousHash !== lastHash)
      return ['UNLINKED', `row ${sequence} does not continue row ${sequence - 1}: one of the two was replaced`];
    lastHash = hashCanonical(canonical);
    tree.append(leafHash);
    if (kept !== null && kept.size === tree.size && !kept.root.equals(tree.root()))
      return ['CHECKPOINT_MISMATCH', `rows ${sealed + 1} to ${kept.size} are not those of the checkpoint that was kept`];
    return null;
  }

  function readCheckpoint(note: string): [ExportProblemKind, string] | null {
    const text = verifier?.open(note) ?? null;
    const checkpoint = text === null ? null : parseCheckpoint(text);
    if (checkpoint === null || checkpoint.origin !== origin)
      return ['CHECKPOINT_FORGED', `the checkpoint after row ${tree.size} is not signed by the key ${verifier?.verifierKey}`];
    if (checkpoint.size !== tree.size || !checkpoint.root.equals(tree.root()))
      return ['CHECKPOINT_MISMATCH', `rows ${sealed + 1} to ${tree.size} are not those that were signed`];
    sealed = checkpoint.size;
    checkpoints += 1;
    return null;
  }

  return {
    read(text: string, line: number): ExportProblem | null {
      const read = readExportLine(text);
      const nextRow = tree.size + 1;
      const problemOf = (kind: ExportProblemKind, sequence: number, message: string) => ({
        kind,
        sequence,
        line,
        message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
      });
      if (read === null) return problemOf('MALFORMED', nextRow, 'it is neither a header, a row nor a checkpoint');
      if (read.kind !== 'HEADER' && origin === null) return problemOf('MALFORMED', nextRow, 'the header is missing');
      if (read.kind === 'HEADER') {
        const problem = readHeader(read.header);
        return problem === null ? null : problemOf('MALFORMED', nextRow, problem);
      }
      const problem = read.kind === 'ENTRY' ? readEntry(read, text) : readCheckpoint(read.note);
      if (problem === null) return null;
      const [kind, message] = problem;
      return problemOf(kind, kind.startsWith('CHECKPOINT') ? Math.min(sealed + 1, Math.max(tree.size, 1)) : nextRow, message);
    },

    end(line: number): ExportProblem | null {
      const sequence = tree.size + 1;
      if (origin === null) return { kind: 'MALFORMED', sequence, line, message: 'The file has no header.' };
      if (kept === null || kept.size <= tree.size) return null;
      const message = `The file ends after row ${tree.size}; the checkpoint that was kept covers ${kept.size}.`;
      return { kind: 'TRUNCATED', sequence, line, message };
    },

    state: () => ({
      entries: tree.size,
      sealed,
      checkpoints,
      origin,
      verifierKey: verifier?.verifierKey ?? null,
      isKeyTrusted,
    }),
  };
}

function readKept(note: string, verifier: NoteVerifier): Checkpoint {
  const text = verifier.open(note);
  const checkpoint = text === null ? null : parseCheckpoint(text);
  if (checkpoint === null) throw new Error(`The checkpoint that was kept is not signed by the key ${verifier.verifierKey}.`);
  return checkpoint;
}
