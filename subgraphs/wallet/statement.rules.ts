// What a statement is made of, in which order its rows come, and how it is written as CSV and JSON Lines. Pure.
import type { JsonObject } from '../../platform/errors.ts';
import { formatUnits, requireAsset } from '../../platform/money/money.ts';
import type { TimeAxis } from './account.service.ts';
import type { Direction, PostingKind } from './ledger.book.ts';
import { statementErrors } from './statement.errors.ts';

/** From `from` up to, but not including, `to`. */
export interface StatementPeriod {
  readonly walletId: string;
  readonly asset: string;
  readonly from: Date;
  readonly to: Date;
  readonly by: TimeAxis;
}

export interface StatementRow {
  readonly entryId: string;
  readonly postingId: string;
  /** Place of the entry on its account. */
  readonly version: number;
  readonly kind: PostingKind;
  readonly direction: Direction;
  readonly units: bigint;
  readonly transactionId: string | null;
  readonly memo: string | null;
  /** JSON object of texts. */
  readonly metadata: string | null;
  readonly isBackdated: boolean;
  readonly effectiveAt: Date;
  readonly recordedAt: Date;
}

/** A row in its statement: with the balance after it, and the place to go on from. */
export interface StatementEntry extends StatementRow {
  readonly balanceUnits: bigint;
  readonly position: StatementPosition;
}

/**
 * How far a statement has been read. Entries in the order of their record and those that were back-dated are two lists, each with an index;
 * a statement by effective time merges them. `asOf` is the account's last entry when the reading began: what comes later is not in it.
 */
export interface StatementPosition {
  readonly version: number;
  readonly backAt: Date;
  readonly backVersion: number;
  readonly asOf: number;
}

/** Databases and programs differ in what they make of earlier times, and nothing here is as old. */
const earliest = new Date(0);

/** @throws INVALID_STATEMENT_PERIOD */
export function checkPeriod({ from, to }: Pick<StatementPeriod, 'from' | 'to'>, now: Date): void {
  const problem =
    from >= to
      ? 'it must begin before it ends'
      : to > now
        ? 'it ends in a time to come'
        : from < earliest
          ? 'it begins before 1970'
          : null;
  if (problem === null) return;
  throw statementErrors.INVALID_STATEMENT_PERIOD({ from: from.toISOString(), to: to.toISOString(), problem });
}

/** Whether a place can be one in a statement with these ends: clients send places back, and may send others. */
export function isPlaceBetween(place: StatementPosition, start: StatementPosition, end: StatementPosition): boolean {
  const { version, backAt, backVersion } = place;
  const isInRecord = version >= start.version && version <= end.version;
  return isInRecord && backAt >= start.backAt && backAt <= end.backAt && backVersion >= 0 && place.asOf >= end.version;
}

export function signedUnits({ direction, units }: Pick<StatementRow, 'direction' | 'units'>): bigint {
  return direction === 'DEBIT' ? -units : units;
}

/** Of what counts from the same moment, what was recorded first comes first. */
export function byEffectiveTime(a: StatementRow, b: StatementRow): number {
  return a.effectiveAt.getTime() - b.effectiveAt.getTime() || a.version - b.version;
}

/** Rows of both lists, each in its order, as one. */
export function inEffectiveOrder(usual: readonly StatementRow[], backdated: readonly StatementRow[]): StatementRow[] {
  return [...usual, ...backdated].sort(byEffectiveTime);
}

/** Where a statement has got to: the place, and the balance there. */
export interface StatementState {
  readonly position: StatementPosition;
  readonly balanceUnits: bigint;
}

/** The next rows of a statement in its order, each with the balance after it and its place. */
export function withBalances(rows: readonly StatementRow[], start: StatementState): StatementEntry[] {
  let { position, balanceUnits } = start;
  return rows.map((row) => {
    balanceUnits += signedUnits(row);
    position = row.isBackdated
      ? { ...position, backAt: row.effectiveAt, backVersion: row.version }
      : { ...position, version: row.version };
    return { ...row, balanceUnits, position };
  });
}

/** A line of the file: the balance before the period, an entry, or the balance at its end, by which one sees that the file is whole. */
export type StatementLine =
  | { readonly row: 'OPENING' | 'CLOSING'; readonly at: Date; readonly balanceUnits: bigint }
  | ({ readonly row: 'ENTRY' } & StatementEntry);

/** The columns of the CSV file. Programs rely on their order: new ones come behind. */
export const statementColumns = [
  'row',
  'effective_at',
  'recorded_at',
  'entry_id',
  'posting_id',
  'kind',
  'direction',
  'amount',
  'balance',
  'asset',
  'transaction_id',
  'memo',
  'metadata',
] as const;

type Cells = Readonly<Record<(typeof statementColumns)[number], string | null>>;

function cellsOf(line: StatementLine, assetCode: string): Cells {
  const asset = requireAsset(assetCode);
  const balance = formatUnits(line.balanceUnits, asset);
  if (line.row !== 'ENTRY') {
    const nothing = { recorded_at: null, entry_id: null, posting_id: null, kind: null, direction: null, amount: null };
    const at = line.at.toISOString();
    const empty = { transaction_id: null, memo: null, metadata: null };
    return { row: line.row, effective_at: at, ...nothing, balance, asset: assetCode, ...empty };
  }
  return {
    row: line.row,
    effective_at: line.effectiveAt.toISOString(),
    recorded_at: line.recordedAt.toISOString(),
    entry_id: line.entryId,
    posting_id: line.postingId,
    kind: line.kind,
    direction: line.direction,
    amount: formatUnits(signedUnits(line), asset),
    balance,
    asset: assetCode,
    transaction_id: line.transactionId,
    memo: line.memo,
    metadata: line.metadata,
  };
}

export interface StatementFormat {
  readonly contentType: string;
  readonly head: string;
  write(line: StatementLine, asset: string): string;
}

/** Columns that people fill. Only these can hold what a spreadsheet takes for a formula; a negative amount is a number and stays one. */
const freeColumns: ReadonlySet<string> = new Set(['memo', 'metadata', 'transaction_id']);

/** RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe in front, which shows it as text. */
function csvCell(column: string, value: string | null): string {
  if (value === null) return '';
  const safe = freeColumns.has(column) && /^[\s\p{Cf}]*[=+\-@|%\t\r\n＝＋－＠]/u.test(value) ? `'${value}` : value;
  return /[",\r\n;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const statementFormats = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: `${statementColumns.join(',')}\r\n`,
    write(line, asset) {
      const cells = cellsOf(line, asset);
      return `${statementColumns.map((column) => csvCell(column, cells[column])).join(',')}\r\n`;
    },
  },
  jsonl: {
    contentType: 'application/jsonl; charset=utf-8',
    head: '',
    write(line, asset) {
      const { metadata, ...cells } = cellsOf(line, asset);
      const fields: JsonObject = { ...cells, metadata: metadata === null ? null : (JSON.parse(metadata) as JsonObject) };
      return `${JSON.stringify(fields)}\n`;
    },
  },
} as const satisfies Record<string, StatementFormat>;
