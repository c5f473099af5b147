// `clawpurse audit --export FILE`: writes the audit log out, for `clawpurse audit --log FILE` and for anybody else to verify.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../platform/config/config.ts';
import { openDatabase } from '../platform/database/open.ts';
import { auditLogLines } from '../subgraphs/compliance/index.ts';

export async function exportAuditLog(config: Config, file: string): Promise<void> {
  const database = await openDatabase({ domain: 'compliance', config });
  let rows = 0;
  async function* text() {
    for await (const line of auditLogLines(config, database)) {
      if (line.startsWith('{"leaf"')) rows += 1;
      yield `${line}\n`;
    }
  }
  try {
    await pipeline(Readable.from(text()), createWriteStream(file));
    console.log(
      `${file}: ${rows} records. Verify it anywhere with: clawpurse audit --log ${file} --key <the key that you trust>`,
    );
  } finally {
    await database.close();
  }
}
