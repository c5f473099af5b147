// Runs every scenario on every gateway, one after the other, and prints what came out of it.
// node run.mjs [--only <gateways, scenarios, off or on>] [--seconds 10] [--connections 50] [--warmup 1000]
// `warmup` is a number of requests: a gateway's code has to be compiled before it is judged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureFanOut } from './fan-out.mjs';
import { gateways, pathOf, startGateway } from './gateways.mjs';
import { cores, cpuMs, firstLine, isPinned, rssMb, start, wholeOutput } from './processes.mjs';
import { printTable } from './report.mjs';
import { bodyOf, scenarios } from './scenarios.mjs';
import { composeSupergraph } from './schema.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '50' },
  },
});
const only = options.only.split(',').filter((name) => name !== '');
const pick = (names) => (names.some((name) => only.includes(name)) ? names.filter((name) => only.includes(name)) : names);
const sharings = pick(['off', 'on']);
const chosen = pick([...Object.keys(scenarios), 'fan-out']);
const chosenScenarios = chosen.filter((name) => name in scenarios);
const chosenGateways = gateways.filter(({ name }) => pick(gateways.map((each) => each.name)).includes(name));

const workFolder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
const results = [];
let nextRequest = 1;

if (chosenScenarios.length > 0) await compareRequests();
if (chosen.includes('fan-out')) results.push(...(await measureFanOut({ seconds: Number(options.seconds) })));
printTable(results);
console.log(JSON.stringify(results.map(({ subgraphRequests: _, deliveriesPerCpuSecond: __, note: ___, ...result }) => result)));

/** Every chosen gateway under every chosen load of requests. */
async function compareRequests() {
  const subgraphs = start(cores.others, [join(folder, 'subgraphs.mjs')]);
  try {
    const subgraphsUrl = `http://127.0.0.1:${await firstLine(subgraphs)}`;
    const file = join(workFolder, 'supergraph.graphql');
    writeFileSync(
      file,
      composeSupergraph((name) => `${subgraphsUrl}/${name}`),
    );
    if (!isPinned) console.log('Processes are not pinned to cores: there is only one, or no taskset.');
    const expected = await expectedAnswers(file);
    for (const gateway of chosenGateways) {
      for (const sharing of sharings) {
        if (sharing === 'on' && !gateway.canShare) continue;
        await measure(gateway, sharing, file, expected, subgraphsUrl);
      }
    }
  } finally {
    await subgraphs.stop();
    rmSync(workFolder, { recursive: true, force: true });
  }
}

/** What stock answers: what everybody has to answer. */
async function expectedAnswers(file) {
  const stock = await startGateway(
    gateways.find(({ name }) => name === 'stock'),
    { file, isSharing: false },
  );
  const answers = {};
  for (const name of chosenScenarios) answers[name] = await ask(stock.url, scenarios[name], 7);
  await stock.stop();
  for (const [name, text] of Object.entries(answers)) {
    if (text.includes('"errors"')) throw new Error(`Stock answers ${name} with errors: ${text.slice(0, 500)}`);
    console.log(`${name}: ${Buffer.byteLength(text)} bytes of answer`);
  }
  return answers;
}

async function ask(url, scenario, n) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: bodyOf(scenario, n),
  });
  return JSON.stringify(sortKeys(await response.json()));
}

function sortKeys(value) {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}

async function measure(gateway, sharing, file, expected, subgraphsUrl) {
  const child = await startGateway(gateway, { file, isSharing: sharing === 'on' });
  try {
    for (const scenario of chosenScenarios) {
      const isRight = (await ask(child.url, scenarios[scenario], 7)) === expected[scenario];
      await load(child, gateway, scenario, '0', options.warmup);
      const before = { cpu: cpuMs(child.pid), requests: await subgraphRequests(subgraphsUrl) };
      let rss = rssMb(child.pid);
      const watch = setInterval(() => {
        rss = Math.max(rss, rssMb(child.pid));
      }, 250);
      const seen = await load(child, gateway, scenario, options.seconds, '0');
      clearInterval(watch);
      const cpu = cpuMs(child.pid) - before.cpu;
      const result = {
        gateway: gateway.name,
        scenario,
        sharing,
        requestsPerSecond: round(seen.requestsPerSecond),
        p50Ms: round(seen.p50Ms),
        p99Ms: round(seen.p99Ms),
        cpuMsPerRequest: round(cpu / seen.requests, 3),
        rssMb: Math.round(rss),
        subgraphRequests: round(((await subgraphRequests(subgraphsUrl)) - before.requests) / seen.requests),
        note: isRight ? (seen.failures > 0 ? `${seen.failures} failed` : '') : 'WRONG ANSWER',
      };
      results.push(result);
      console.log(`${result.gateway} ${scenario} (sharing ${sharing}): ${result.requestsPerSecond} requests/s ${result.note}`);
    }
  } finally {
    await child.stop();
  }
}

async function load(child, gateway, scenario, seconds, requestsMin) {
  const args = [String(child.port), scenario, seconds, options.connections, String(nextRequest), pathOf(gateway), requestsMin];
  const seen = JSON.parse(await wholeOutput(start(cores.others, [join(folder, 'load.mjs'), ...args])));
  nextRequest = seen.next;
  return seen;
}

async function subgraphRequests(url) {
  return Number(await (await fetch(`${url}/requests`)).text());
}

function round(value, digits = 1) {
  return Number(value.toFixed(digits));
}
