// The audit log as a file: JSON Lines that anybody can verify without this system. No I/O.
// First a header, then records in order, each with the hash of its leaf, and after the last record of each checkpoint its signed note.
import { z } from 'zod';

export const exportFormat = 'clawpurse-audit-log/1';

const header = z.strictObject({ format: z.literal(exportFormat), origin: z.string(), verifierKey: z.string() });
const entry = z.strictObject({
  leaf: z.string(),
  record: z.looseObject({ sequence: z.int().positive(), previousHash: z.string() }),
});
const checkpoint = z.strictObject({ checkpoint: z.string() });

export type ExportHeader = Omit<z.infer<typeof header>, 'format'>;
export type ExportLine =
  | { readonly kind: 'HEADER'; readonly header: ExportHeader }
  | { readonly kind: 'ENTRY'; readonly leaf: string; readonly record: z.infer<typeof entry>['record'] }
  | { readonly kind: 'CHECKPOINT'; readonly note: string };

export const headerLine = ({ origin, verifierKey }: ExportHeader): string =>
  JSON.stringify({ format: exportFormat, origin, verifierKey });
/** `canonical` goes in as it is: its bytes, behind 0x00, are what the leaf is the SHA-256 of. */
export const entryLine = (leaf: string, canonical: string): string => `{"leaf":${JSON.stringify(leaf)},"record":${canonical}}`;
export const checkpointLine = (note: string): string => JSON.stringify({ checkpoint: note });

/** Null for a line that is none of the three. */
export function readExportLine(line: string): ExportLine | null {
  const value = parse(line);
  const asEntry = entry.safeParse(value);
  if (asEntry.success) return { kind: 'ENTRY', ...asEntry.data };
  const asCheckpoint = checkpoint.safeParse(value);
  if (asCheckpoint.success) return { kind: 'CHECKPOINT', note: asCheckpoint.data.checkpoint };
  const asHeader = header.safeParse(value);
  return asHeader.success ? { kind: 'HEADER', header: asHeader.data } : null;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
