// `npm run bench:screening`: how long one name takes against a sanctions list of 20,000 parties, and one transaction against all rules.
// Everything is made up from a fixed seed; the last line is JSON.

import { defaultRules } from '../../subgraphs/compliance/rule.defaults.ts';
import { createSanctionsIndex } from '../../subgraphs/compliance/sanctions.index.ts';
import { evaluateRules } from '../../subgraphs/compliance/screening.rules.ts';
import { behaviourFixture } from './facts.ts';
import { createNames } from './names.ts';

const parties = 20_000;
const searches = 1_000;
const evaluations = 5_000;
const percentMin = 88;

const names = createNames(7);
const listed = Array.from({ length: parties }, (_, at) => ({
  list: 'made-up',
  listVersion: '1',
  reference: String(at),
  name: names.next(),
  isWeak: false,
}));
const [index, buildMs] = timed(() => createSanctionsIndex(listed));
// Half are strangers, half are listed names with their vowels changed.
const queries = Array.from({ length: searches }, (_, at) =>
  at % 2 === 0 ? names.misspell(listed[(at * 7919) % parties]?.name ?? '') : names.next(),
);
for (const query of queries.slice(0, 100)) index.find(query, percentMin);
const searched = queries.map((query) => timed(() => index.find(query, percentMin)));
const durations = searched.map(([, ms]) => ms).sort((a, b) => a - b);
const at = (share: number) => durations[Math.floor(durations.length * share)] ?? 0;
const misspeltFound = searched.filter(([hits], place) => place % 2 === 0 && hits.length > 0).length;

const facts = behaviourFixture();
for (let round = 0; round < 500; round += 1) evaluateRules(defaultRules, facts);
const [, rulesMs] = timed(() => {
  for (let round = 0; round < evaluations; round += 1) evaluateRules(defaultRules, facts);
});

console.log(`index of ${index.size} names: ${buildMs.toFixed(0)} ms`);
console.log(
  `search: p50 ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms; ${misspeltFound} of ${searches / 2} misspelt names found`,
);
console.log(`all ${defaultRules.length} rules over one transaction: ${(rulesMs / evaluations).toFixed(3)} ms`);
console.log(
  JSON.stringify([
    { system: 'sanctions-index', names: index.size, buildMs, searchP50Ms: at(0.5), searchP99Ms: at(0.99), misspeltFound },
    { system: 'rules', rules: defaultRules.length, evaluationMs: rulesMs / evaluations },
  ]),
);

function timed<Result>(work: () => Result): [Result, number] {
  const startedMs = performance.now();
  const result = work();
  return [result, performance.now() - startedMs];
}
