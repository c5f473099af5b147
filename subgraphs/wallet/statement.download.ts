// Statements as files: reads the query, lets the service decide, and writes line after line as the reader takes them.
import { z } from 'zod';
import { platformErrors } from '../../platform/errors.ts';
import type { OpenDownload } from '../../platform/graph/download.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { type StatementFormat, type StatementLine, type StatementPeriod, statementFormats } from './statement.rules.ts';
import type { StatementService } from './statement.service.ts';

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const periodQuery = z.object({
  walletId: z
    .string()
    .min(1)
    .max(128)
    .refine((id) => !id.includes('\0')),
  asset: z.string().min(1).max(32),
  from: moment,
  to: moment,
  by: z.enum(['RECORDED', 'EFFECTIVE']).default('RECORDED'),
});

/** @throws BAD_USER_INPUT naming the first field that is wrong */
function readPeriod(query: URLSearchParams): StatementPeriod {
  const parsed = periodQuery.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw platformErrors.BAD_USER_INPUT({ field: issue?.path.join('.') ?? 'query', problem: issue?.message ?? 'is not valid' });
}

/** Lines are joined to pieces of about this size: a write for each would cost more than the line. */
const pieceLengthMin = 16 * 1024;

async function* write(lines: AsyncIterable<StatementLine>, format: StatementFormat, asset: string): AsyncGenerator<string> {
  let piece = format.head;
  for await (const line of lines) {
    piece += format.write(line, asset);
    if (piece.length < pieceLengthMin) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** `statement.csv` and `statement.jsonl`. */
export function statementDownloads(statements: StatementService): Readonly<Record<string, OpenDownload>> {
  const files = Object.entries(statementFormats).map(([extension, format]) => {
    const open: OpenDownload = async (query, { identity }) => {
      const viewer = requireIdentity(identity);
      const period = readPeriod(query);
      const lines = await statements.open(viewer, period);
      const days = [period.from, period.to].map((at) => at.toISOString().slice(0, 10)).join('_');
      return {
        contentType: format.contentType,
        fileName: `statement_${period.asset}_${days}.${extension}`,
        chunks: write(lines, format, period.asset),
      };
    };
    return [`statement.${extension}`, open] as const;
  });
  return Object.fromEntries(files);
}
