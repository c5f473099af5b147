// One event to many sockets, with a field of another subgraph: our gateway against a bare graphql-ws server on the same API.
// node bench/gateway/fan-out.mjs [--sockets 1000] [--seconds 5] [--only clawpurse,same]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gateways, startGateway } from './gateways.mjs';
import { cores, cpuMs, firstLine, rssMb, start } from './processes.mjs';
import { composeSupergraph } from './schema.mjs';

const folder = dirname(fileURLToPath(import.meta.url));

/** @returns one row per gateway and kind of subscription; `requestsPerSecond` counts deliveries. */
export async function measureFanOut({ sockets = 1000, seconds = 5, warmUpEvents = 30, only = [] } = {}) {
  const isWanted = (name) => only.length === 0 || only.includes(name);
  const workFolder = mkdtempSync(join(tmpdir(), 'bench-fan-out-'));
  const source = start(cores.others, [join(folder, 'fan-out', 'source.mjs')]);
  const rows = [];
  try {
    const sourceUrl = `http://127.0.0.1:${await firstLine(source)}`;
    const file = join(workFolder, 'supergraph.graphql');
    writeFileSync(
      file,
      composeSupergraph((name) => `${sourceUrl}/${name}`),
    );
    for (const kind of ['same', 'different']) {
      if (only.some((name) => name === 'same' || name === 'different') && !only.includes(kind)) continue;
      for (const name of ['bare', 'clawpurse']) {
        if (only.some((each) => each === 'bare' || each === 'clawpurse') && !isWanted(name)) continue;
        rows.push(await measure(name, kind, { file, sourceUrl, sockets, seconds, warmUpEvents }));
      }
    }
  } finally {
    await source.stop();
    rmSync(workFolder, { recursive: true, force: true });
  }
  return rows;
}

async function measure(name, kind, { file, sourceUrl, sockets, seconds, warmUpEvents }) {
  const server = name === 'bare' ? await startBare() : await startOurs(file, sockets);
  try {
    const publishUrl = name === 'bare' ? server.url : sourceUrl;
    const clients = start(cores.others, [
      join(folder, 'fan-out', 'clients.mjs'),
      String(server.port),
      publishUrl,
      String(sockets),
      kind,
      String(seconds),
      String(warmUpEvents),
    ]);
    let cpuAtStart = 0;
    const seen = await new Promise((resolve, reject) => {
      let text = '';
      clients.stdout.on('data', (chunk) => {
        text += chunk;
        if (cpuAtStart === 0 && text.startsWith('warm')) cpuAtStart = cpuMs(server.pid);
        const line = text.split('\n')[1];
        if (text.split('\n').length > 2) resolve(JSON.parse(line));
      });
      clients.exited.then((code) => reject(new Error(`The clients ended with ${code}: ${clients.stderr()}`)));
    });
    const cpu = cpuMs(server.pid) - cpuAtStart;
    if (!seen.sample.includes(`"price":${seen.last},"inStock":true`)) throw new Error(`A wrong event: ${seen.sample}`);
    return {
      gateway: name,
      scenario: `fan-out-${kind}`,
      sharing: kind === 'same' ? 'on' : 'off',
      requestsPerSecond: Math.round(seen.deliveries / seen.seconds),
      p50Ms: Number(seen.p50Ms.toFixed(1)),
      p99Ms: Number(seen.p99Ms.toFixed(1)),
      cpuMsPerRequest: Number((cpu / seen.deliveries).toFixed(4)),
      deliveriesPerCpuSecond: Math.round((seen.deliveries / cpu) * 1000),
      rssMb: Math.round(rssMb(server.pid)),
    };
  } finally {
    await server.stop();
  }
}

async function startBare() {
  const child = start(cores.gateway, [join(folder, 'fan-out', 'bare.mjs')], { env: { NODE_ENV: 'production' } });
  const port = Number(await firstLine(child));
  return { ...child, port, url: `http://127.0.0.1:${port}` };
}

function startOurs(file, sockets) {
  process.env.CONNECTIONS_PER_CLIENT_MAX = String(sockets + 10);
  process.env.SUBSCRIPTIONS_PER_CLIENT_MAX = String(sockets + 10);
  const ours = gateways.find(({ name }) => name === 'clawpurse');
  return startGateway(ours, { file, isSharing: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      sockets: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
    },
  });
  const rows = await measureFanOut({
    sockets: Number(values.sockets),
    seconds: Number(values.seconds),
    only: values.only.split(',').filter((name) => name !== ''),
  });
  console.table(rows);
  console.log(JSON.stringify(rows));
}
