// `npm run reference [-- --check]`: writes docs/reference/ from the code; with --check it only compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './lib/compile.mjs';
import { configurationReference } from './lib/configuration-reference.mjs';
import { errorReference } from './lib/error-reference.mjs';
import { eventReference } from './lib/event-reference.mjs';
import { root } from './lib/project.mjs';
import { withSourceModel } from './lib/source-model.mjs';
import { fail } from './lib/steps.mjs';

const isCheck = process.argv.includes('--check');
const folder = join('docs', 'reference');
const mark = '<!-- Written by `npm run reference` from the code. Do not edit. -->';

await main().catch(fail);

async function main() {
  await compile();
  const { describeConfig } = await import('../dist/platform/config/config.js');
  const { domainNames } = await import('../dist/platform/domains.js');
  const { requestCodes } = await import('../dist/platform/graph/error-format.js');
  const { errorNames } = await import('../dist/platform/server/http-server.js');
  const pages = withSourceModel((model) => ({
    'configuration.md': configurationReference(describeConfig()),
    'errors.md': errorReference(model, {
      parts: ['platform', 'gateway', ...domainNames],
      protocolCodes: [...new Set([...requestCodes, ...Object.values(errorNames)])].sort(),
    }),
    'events.md': eventReference(model, { domains: [...domainNames] }),
  }));

  const changed = Object.entries(pages).filter(([name, text]) => read(name) !== withMark(text));
  if (changed.length === 0) return console.log('The reference is up to date.');
  const names = changed.map(([name]) => `${folder}/${name}`).join(', ');
  if (isCheck) throw new Error(`Not up to date: ${names}. Run: npm run reference`);
  mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of changed) writeFileSync(join(root, folder, name), withMark(text));
  console.log(`Wrote ${names}.`);
}

function withMark(text) {
  return `${mark}\n\n${text}\n`;
}

function read(name) {
  const path = join(root, folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
