// Where the project's own files stand (schema, migrations, the Playground's build), whether the code runs from its sources or from `dist/`.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Absolute path of the folder with `package.json`. */
export const projectRoot: string = findRoot(import.meta.dirname);

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'prisma'))) return folder;
    if (folder === dirname(folder)) throw new Error(`The project's root was not found above ${start}.`);
  }
}
