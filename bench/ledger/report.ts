// The result of a run: a table for people, and a last line of JSON for programs.

export interface Result {
  readonly system: string;
  readonly accounts: number;
  readonly hot: boolean;
  readonly callers: number;
  readonly transfersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const columns = ['system', 'accounts', 'hot', 'callers', 'transfersPerSecond', 'p50Ms', 'p99Ms'] as const;
const headings = ['system', 'accounts', 'hot', 'callers', 'transfers/s', 'p50 ms', 'p99 ms'];

export function table(results: readonly Result[]): string {
  const rows = [headings, ...results.map((result) => columns.map((column) => String(result[column])))];
  const widths = headings.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  '),
    )
    .join('\n');
}
