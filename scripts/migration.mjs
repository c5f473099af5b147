// Writes the migration of a domain for PostgreSQL and SQLite from what changed in its schema since the last one.
//   npm run migration -- <domain> <name>      npm run migration -- --check
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { compile } from './lib/compile.mjs';
import { assembleSchema, domainsWithSchema, providers } from './lib/domain-schema.mjs';
import { root } from './lib/project.mjs';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean', default: false } } });
const [domain, name] = positionals;
const domains = await domainsWithSchema();
if (!values.check && (!domain || !name || !domains.includes(domain))) {
  console.error(
    `Usage: npm run migration -- <domain> <name>\n  domain: ${domains.join(', ')}\n  name:   what it does, such as add_holds\n`,
  );
  process.exit(2);
}

await compile();
const { pendingSql, writeMigration } = await import('../dist/platform/database/author-migration.js');
if (values.check) await check();
else await write();

async function write() {
  for (const provider of providers) {
    const path = await writeMigration({ domain, provider, schema: await assembleSchema(domain, provider), name });
    console.log(path === null ? `${domain} (${provider}): nothing has changed.` : `wrote ${relative(root, path)}`);
  }
  console.log('Read the SQL, and edit it where the database has to do more (triggers, checks, data).');
}

async function check() {
  const behind = [];
  for (const each of domains) {
    for (const provider of providers) {
      if ((await pendingSql({ domain: each, provider, schema: await assembleSchema(each, provider) })) !== null)
        behind.push(`${each} (${provider})`);
    }
  }
  if (behind.length === 0) return console.log('Every schema has its migrations.');
  console.error(`Schemas without a migration: ${behind.join(', ')}. Run: npm run migration -- <domain> <name>`);
  process.exitCode = 1;
}
