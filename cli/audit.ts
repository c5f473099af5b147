// `clawpurse audit`: verifies a live database against its invariants, or an exported audit log against its tree, and names the first offender.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Config } from '../platform/config/config.ts';
import type { Database } from '../platform/database/database.ts';
import { openDatabase } from '../platform/database/open.ts';
import { databaseTarget, describeTarget } from '../platform/database/target.ts';

type Write = (line: string) => void;

export interface LogAuditOptions {
  readonly log: string;
  /** The verifier key that is trusted; without it the one in the file is used, which proves less. */
  readonly key?: string;
  /** A file with a checkpoint that was kept elsewhere. */
  readonly checkpoint?: string;
}

/** Checks what a running system must never break; true when nothing does. Reads one snapshot, writes nothing. */
export async function auditLedger(config: Config, write: Write = console.log): Promise<boolean> {
  const { checkLedger } = await import('../subgraphs/wallet/index.ts');
  const database = await openDatabase({ domain: 'wallet', config });
  try {
    write(`Ledger: ${describeTarget(databaseTarget(config, 'wallet'))}`);
    const report = await checkLedger(database as unknown as Parameters<typeof checkLedger>[0] & Database);
    write(`  ${report.accounts} accounts, ${report.entries} entries, ${report.postings} postings, ${report.holds} holds`);
    if (report.offender === null) {
      write('  Sound: every invariant holds.');
      return true;
    }
    const { invariant, id, problem } = report.offender;
    write(`  BROKEN: ${invariant}: ${id} ${problem}`);
    return false;
  } finally {
    await database.close();
  }
}

/** Verifies an exported audit log without a database; true when every row is what was sealed. */
export async function auditLog({ log, key, checkpoint }: LogAuditOptions, write: Write = console.log): Promise<boolean> {
  const { verifyAuditExport } = await import('../subgraphs/compliance/audit.verifier.ts');
  const lines = createInterface({ input: createReadStream(log), crlfDelay: Number.POSITIVE_INFINITY });
  const report = await verifyAuditExport(lines, {
    ...(key === undefined ? {} : { verifierKey: key }),
    ...(checkpoint === undefined ? {} : { checkpoint: await readFile(checkpoint, 'utf8') }),
  });
  write(`Audit log: ${log}, ${report.entries} entries, ${report.sealed} of them sealed`);
  if (report.problem === null) {
    write(`  Intact.${report.isKeyTrusted ? '' : ' The key came with the log: name the one that you trust with --key.'}`);
    return true;
  }
  write(`  BROKEN: line ${report.problem.line}: ${report.problem.message}`);
  return false;
}
