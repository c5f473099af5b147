// Assembles each domain's Prisma schema for both providers and generates its clients. Does nothing where nothing has changed.
//   npm run generate [-- <domain>…] [-- --check]
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assembleSchema, domainsWithSchema, providers } from './lib/domain-schema.mjs';
import { withLock } from './lib/lock.mjs';
import { bin, root, run } from './lib/project.mjs';

const generatedDir = join(root, 'prisma', 'generated');
const concurrency = 2;

/** Generates what is out of date; gives the names of what it generated and of what failed. */
export async function generate({ domains, report = () => {} } = {}) {
  const wanted = domains?.length ? domains : await domainsWithSchema();
  return withLock(join(generatedDir, '.lock'), async () => {
    const jobs = wanted.flatMap((domain) => providers.map((provider) => ({ domain, provider })));
    const generated = [];
    const failed = [];
    const take = async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const name = `${job.domain}/${job.provider}`;
        try {
          if (await generateOne(job)) {
            generated.push(name);
            report(`generated prisma/generated/${name}`);
          }
        } catch (error) {
          failed.push({ name, error });
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, take));
    await writeIndex();
    return { generated, failed };
  });
}

/** What the platform opens a client by, each loaded only where it is used. */
async function writeIndex() {
  const loadersOf = (domain) => providers.map((provider) => `${provider}: () => import('./${domain}/${provider}/client.ts')`);
  const entries = (await domainsWithSchema()).map((domain) => `  ${domain}: { ${loadersOf(domain).join(', ')} },\n`);
  const index = `export const generatedClients = {\n${entries.join('')}};\n`;
  const file = join(generatedDir, 'clients.ts');
  if ((await readFile(file, 'utf8').catch(() => '')) !== index) await writeFile(file, index);
}

async function generateOne({ domain, provider }) {
  const schema = await assembleSchema(domain, provider);
  const target = join(generatedDir, domain, provider);
  const stamp = createHash('sha256')
    .update(schema)
    .update(await prismaVersion())
    .digest('hex');
  const known = await readFile(join(target, '.stamp'), 'utf8').catch(() => '');
  if (known === stamp) return false;

  // Made aside and moved into place, so that a program that runs meanwhile never sees half a client.
  const work = join(generatedDir, `.work-${process.pid}-${domain}-${provider}`);
  await mkdir(work, { recursive: true });
  try {
    const schemaPath = join(work, 'schema.prisma');
    await writeFile(schemaPath, schema);
    await run(bin('prisma'), ['generate', '--schema', schemaPath, '--no-hints'], { env: prismaEnv(), cwd: work });
    await writeFile(join(work, provider, 'schema.prisma'), schema);
    await writeFile(join(work, provider, '.stamp'), stamp);
    await mkdir(join(generatedDir, domain), { recursive: true });
    await rename(target, join(work, 'old')).catch(ignoreMissing);
    await rename(join(work, provider), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return true;
}

// `generate` looks for the schema engine, which it does not use, and would download it: any executable satisfies it.
function prismaEnv() {
  return {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    NO_COLOR: '1',
  };
}

async function prismaVersion() {
  return JSON.parse(await readFile(join(root, 'node_modules', 'prisma', 'package.json'), 'utf8')).version;
}

function ignoreMissing(error) {
  if (error.code !== 'ENOENT') throw error;
}

if (process.argv[1] === import.meta.filename) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const started = performance.now();
  const { generated, failed } = await generate({ domains: positionals, report: (line) => console.log(line) });
  for (const { name, error } of failed) console.error(`\n${name}: ${error.message}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (failed.length > 0) {
    console.error(`\n${failed.length} of the Prisma clients could not be generated.`);
    process.exitCode = 1;
  } else
    console.log(
      generated.length === 0 ? 'Prisma clients are up to date.' : `Generated ${generated.length} Prisma clients in ${seconds} s.`,
    );
}
