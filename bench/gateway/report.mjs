// The results for people: a table, and how many times as fast as each peer this gateway is.
const columns = [
  ['scenario', ({ scenario }) => scenario],
  ['sharing', ({ sharing }) => sharing],
  ['gateway', ({ gateway }) => gateway],
  ['per second', ({ requestsPerSecond }) => requestsPerSecond.toFixed(0)],
  ['p50 ms', ({ p50Ms }) => p50Ms.toFixed(1)],
  ['p99 ms', ({ p99Ms }) => p99Ms.toFixed(1)],
  ['CPU ms', ({ cpuMsPerRequest }) => cpuMsPerRequest.toFixed(3)],
  ['RSS MB', ({ rssMb }) => String(rssMb)],
  ['fetches', ({ subgraphRequests }) => (subgraphRequests === undefined ? '' : subgraphRequests.toFixed(1))],
  [
    'ours is',
    (result, ours) => (ours === undefined ? '' : `${(ours.requestsPerSecond / result.requestsPerSecond).toFixed(1)} x`),
  ],
  ['', ({ note = '' }) => note],
];

export function printTable(results) {
  const ordered = results.toSorted(
    (left, right) => compare(left.scenario, right.scenario) || compare(left.sharing, right.sharing),
  );
  const rows = ordered.map((result) => {
    const ours = results.find(
      (each) => each.gateway === 'clawpurse' && each.scenario === result.scenario && each.sharing === result.sharing,
    );
    return columns.map(([, read]) => read(result, ours));
  });
  const titles = columns.map(([title]) => title);
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ');
  console.log(`\n${line(titles)}\n${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  for (const row of rows) console.log(line(row).trimEnd());
  console.log();
}

function compare(left, right) {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
