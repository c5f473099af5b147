// The result of a run: tables for people, and a last line of JSON for programs.
import { type HopSummary, type Observed, percentile, tenth } from './hops.ts';

export interface Result {
  readonly users: number;
  readonly transfersPerSecond: number;
  readonly answerP50Ms: number;
  readonly answerP99Ms: number;
  readonly liveP50Ms: number;
  readonly liveP99Ms: number;
  /** Processor time of one transfer by process, in milliseconds. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly hops: readonly HopSummary[];
}

/** Of the payments whose live event came between the two moments. */
export function summarise(observed: readonly Observed[], startMs: number, endMs: number) {
  const measured = observed.filter(({ told }) => told >= startMs && told < endMs);
  const sorted = (of: (each: Observed) => number) => measured.map(of).sort((a, b) => a - b);
  const answers = sorted(({ sent, answered }) => answered - sent);
  const lives = sorted(({ sent, told }) => told - sent);
  return {
    measured,
    transfersPerSecond: tenth((measured.length * 1_000) / (endMs - startMs)),
    answerP50Ms: tenth(percentile(answers, 0.5)),
    answerP99Ms: tenth(percentile(answers, 0.99)),
    liveP50Ms: tenth(percentile(lives, 0.5)),
    liveP99Ms: tenth(percentile(lives, 0.99)),
  };
}

export function describeResults(results: readonly Result[]): string {
  const numbers = (of: (result: Result) => number | undefined) => results.map((result) => String(of(result) ?? ''));
  const whole = table([
    ['', ...results.map(({ users }) => `${users} users`)],
    ['transfers completed per second', ...numbers(({ transfersPerSecond }) => transfersPerSecond)],
    ['mutation to answer, p50 ms', ...numbers(({ answerP50Ms }) => answerP50Ms)],
    ['mutation to answer, p99 ms', ...numbers(({ answerP99Ms }) => answerP99Ms)],
    ['mutation to live event, p50 ms', ...numbers(({ liveP50Ms }) => liveP50Ms)],
    ['mutation to live event, p99 ms', ...numbers(({ liveP99Ms }) => liveP99Ms)],
    ...Object.keys(results[0]?.cpuMs ?? {}).map((name) => [
      `processor time, ${name}, ms`,
      ...numbers(({ cpuMs }) => cpuMs[name]),
    ]),
  ]);
  return [whole, ...results.map(({ users, hops }) => `Hops of a transfer, ${users} users, in ms\n${hopTable(hops)}`)].join(
    '\n\n',
  );
}

function hopTable(hops: readonly HopSummary[]): string {
  const row = ({ name, meanMs, p50Ms, p99Ms, sharePercent }: HopSummary) => [
    name,
    ...[meanMs, p50Ms, p99Ms].map((value) => value.toFixed(1)),
    sharePercent === null ? 'beside' : `${sharePercent.toFixed(1)} %`,
  ];
  return table([['hop', 'mean', 'p50', 'p99', 'share'], ...hops.map(row)]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
    )
    .join('\n');
}
