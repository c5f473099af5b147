// How statements are written: what a spreadsheet, a CSV reader and a JSON reader make of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StatementEntry, type StatementLine, statementColumns, statementFormats } from './statement.rules.ts';

const at = new Date('2026-11-01T12:00:00.000Z');

function anEntry(change: Partial<StatementEntry> = {}): StatementLine {
  return {
    row: 'ENTRY',
    entryId: 'entry',
    postingId: 'posting',
    version: 1,
    kind: 'TRANSFER',
    direction: 'CREDIT',
    units: 1n,
    transactionId: null,
    memo: null,
    metadata: null,
    isBackdated: false,
    effectiveAt: at,
    recordedAt: at,
    balanceUnits: 1n,
    position: { version: 1, backAt: at, backVersion: 0, asOf: 1 },
    ...change,
  };
}

/** Made of what is special to a spreadsheet, to CSV or to JSON. */
const texts = fc.string({
  unit: fc.constantFrom(...'=+-@|%\'",;\\\t\r\n ab0=＝é', '\u200B', '\uFEFF', '\u2028', '𝄞', '\u0001'),
  maxLength: 12,
});

/** A reader of RFC 4180 that knows nothing of the writer. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const cellOf = (line: StatementLine, column: (typeof statementColumns)[number], asset = 'USD') =>
  readCsv(statementFormats.csv.write(line, asset))[0]?.[statementColumns.indexOf(column)];

describe('a statement as CSV', () => {
  it('begins with its columns and has them in every row', () => {
    expect(readCsv(statementFormats.csv.head)).toEqual([[...statementColumns]]);
    const lines: StatementLine[] = [
      { row: 'OPENING', at, balanceUnits: 0n },
      anEntry(),
      { row: 'CLOSING', at, balanceUnits: 1n },
    ];
    for (const line of lines) expect(readCsv(statementFormats.csv.write(line, 'USD'))[0]).toHaveLength(statementColumns.length);
  });

  it('writes amounts to the last digit of the asset, and negative ones as numbers', () => {
    const units = 123_456_789_012_345_678_000_000_000_000_000_001n;
    const line = anEntry({ direction: 'DEBIT', units, balanceUnits: -units });
    expect(cellOf(line, 'amount', 'ETH')).toBe('-123456789012345678.000000000000000001');
    expect(cellOf(line, 'balance', 'ETH')).toBe('-123456789012345678.000000000000000001');
    expect(cellOf(line, 'amount', 'USD')).toBe('-1234567890123456780000000000000000.01');
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '|cmd',
    '%0A',
    '\t=1',
    '\r=1',
    '  =1',
    '\u200B=1',
    '\uFEFF=1',
    '＝1',
    '=HYPERLINK("http://a";"b")',
  ])('shows %j as text instead of running it', (memo) => {
    expect(cellOf(anEntry({ memo }), 'memo')).toBe(`'${memo}`);
  });

  it('gives back every text that people write, and never one that runs', () => {
    fc.assert(
      fc.property(texts, (memo) => {
        const cell = cellOf(anEntry({ memo }), 'memo') ?? '';
        expect(cell === memo || cell === `'${memo}`).toBe(true);
        expect(cell).not.toMatch(/^[\s\p{Cf}]*[=+\-@]/u);
      }),
    );
  });
});

describe('a statement as JSON Lines', () => {
  it('has one object a line, amounts as texts, and nothing changed in what people wrote', () => {
    fc.assert(
      fc.property(texts, (memo) => {
        const text = statementFormats.jsonl.write(anEntry({ memo, metadata: JSON.stringify({ note: memo }) }), 'USD');
        expect(text.indexOf('\n')).toBe(text.length - 1);
        expect(JSON.parse(text)).toMatchObject({ row: 'ENTRY', amount: '0.01', balance: '0.01', memo, metadata: { note: memo } });
      }),
    );
  });
});
