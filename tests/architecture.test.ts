// The rules of the house that no compiler knows: which way imports point, who reads the environment, how large a file may be.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { domainNames } from '../platform/domains.ts';
import { projectRoot } from '../platform/project-root.ts';

const sourceFolders = ['platform', 'subgraphs', 'gateway', 'cli', 'clients', 'tests', 'bench', 'scripts'];
/** Tests may list more cases than code should have branches. */
const linesMax = { code: 320, test: 450 };
const forbiddenFolders = new Set(['utils', 'util', 'helpers', 'common', 'shared', 'manager', 'managers', 'misc', 'lib-common']);

interface SourceFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const files = sourceFolders.flatMap((folder) => readSources(join(projectRoot, folder)));
const isTest = ({ path }: SourceFile) =>
  /\.(test|fixtures?|harness)\.tsx?$/.test(path) || path.startsWith('tests/') || path.includes('/testing/');
const isGenerated = ({ path }: SourceFile) => path.startsWith('clients/generated/');
const written = files.filter((file) => !isGenerated(file));

function readSources(folder: string): SourceFile[] {
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : readSources(path);
    if (!/\.(ts|tsx|mjs)$/.test(entry.name)) return [];
    return [{ path: relative(projectRoot, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }];
  });
}

/** Paths of the project's own files that a file imports, relative to the project. */
function importsOf({ path, text }: SourceFile): string[] {
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)].map(
    ([, specifier]) => specifier ?? '',
  );
  return specifiers.map((specifier) =>
    relative(projectRoot, resolve(projectRoot, dirname(path), specifier))
      .split(sep)
      .join('/'),
  );
}

/** `file -> import` for every import of a file that `isForbidden` says yes to. */
function violations(
  accepts: (file: SourceFile) => boolean,
  isForbidden: (imported: string, file: SourceFile) => boolean,
): string[] {
  return written.filter(accepts).flatMap((file) =>
    importsOf(file)
      .filter((imported) => isForbidden(imported, file))
      .map((imported) => `${file.path} -> ${imported}`),
  );
}

const under =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(`${folder}/`));

describe('imports point one way', () => {
  it('the platform knows no domain, no gateway and no command', () => {
    expect(violations((file) => under('platform')(file.path), under('subgraphs', 'gateway', 'cli', 'clients', 'tests'))).toEqual(
      [],
    );
  });

  it('a subgraph knows the platform and its own database client, and neither another subgraph nor the gateway', () => {
    const isForeign = (imported: string, { path }: SourceFile) => {
      const domain = path.split('/')[1];
      const isOwn = under(`subgraphs/${domain}`, 'platform', `prisma/generated/${domain}`)(imported);
      return !isOwn;
    };
    expect(violations((file) => under('subgraphs')(file.path), isForeign)).toEqual([]);
  });

  it('the gateway knows the platform, and no domain', () => {
    expect(
      violations((file) => under('gateway')(file.path) && !isTest(file), under('subgraphs', 'cli', 'clients', 'prisma', 'tests')),
    ).toEqual([]);
  });

  it('clients are what a front end takes: they import nothing of the servers', () => {
    expect(
      violations(
        (file) => under('clients')(file.path) && !isTest(file),
        under('platform', 'subgraphs', 'gateway', 'cli', 'prisma'),
      ),
    ).toEqual([]);
  });

  it('no code that runs in production imports test support', () => {
    const isTestSupport = (imported: string) =>
      /(^|\/)testing\//.test(imported) || imported.startsWith('tests/') || /\.test\.ts$/.test(imported);
    // Nor does a benchmark run in production.
    expect(violations((file) => !isTest(file) && !under('bench')(file.path), isTestSupport)).toEqual([]);
  });
});

describe('the shape of the house', () => {
  it('every domain has a folder, a schema and a face', () => {
    const missing = domainNames.filter((domain) => !files.some(({ path }) => path === `subgraphs/${domain}/index.ts`));
    expect(missing).toEqual([]);
  });

  it('only platform/config reads the environment', () => {
    const readers = written.filter(
      (file) =>
        under('platform', 'subgraphs', 'gateway', 'cli')(file.path) &&
        !under('platform/config', 'gateway/playground')(file.path) &&
        !isTest(file) &&
        /\bprocess\.env\b/.test(file.text),
    );
    expect(readers.map(({ path }) => path)).toEqual([]);
  });

  it('decisions and migrations are numbered 1 to n, no number given twice', () => {
    const migrations = domainNames.flatMap((domain) =>
      ['postgresql', 'sqlite'].map((provider) => join('prisma', domain, 'migrations', provider)),
    );
    for (const folder of [join('docs', 'decisions'), ...migrations]) {
      const numbers = readdirSync(join(projectRoot, folder)).flatMap((name) => /^\d{4}/.exec(name)?.map(Number) ?? []);
      expect(
        numbers.sort((one, other) => one - other),
        folder,
      ).toEqual(numbers.map((_, index) => index + 1));
    }
  });

  it('no folder is called utils, helpers, common or manager', () => {
    const named = files.filter(({ path }) =>
      path
        .split('/')
        .slice(0, -1)
        .some((folder) => forbiddenFolders.has(folder)),
    );
    expect(named.map(({ path }) => path)).toEqual([]);
  });

  it('no barrels: only a subgraph has an index.ts', () => {
    const barrels = written.filter(({ path }) => /\/index\.tsx?$/.test(path) && !/^subgraphs\/[a-z]+\/index\.ts$/.test(path));
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  it(`no file has more than ${linesMax.code} lines, no test more than ${linesMax.test}`, () => {
    const long = written
      .map((file) => ({
        path: file.path,
        lines: file.text.split('\n').length,
        max: isTest(file) ? linesMax.test : linesMax.code,
      }))
      .filter(({ lines, max }) => lines > max);
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('every file opens by saying what it owns', () => {
    const silent = written.filter((file) => !isTest(file) && !/^(#!.*\n)?\/\//.test(file.text) && !file.path.endsWith('.d.ts'));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});
