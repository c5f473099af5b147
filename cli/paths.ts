// Where the commands find what others made: the supergraph, the schema folder, the Playground's build.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileSource, type SupergraphSource } from '../gateway/supergraph/source.ts';
import type { Config } from '../platform/config/config.ts';
import { projectRoot } from '../platform/project-root.ts';
import { CommandError } from './failure.ts';

export const schemaFolder = join(projectRoot, 'schema');
export const playgroundFolder = join(projectRoot, 'dist', 'playground');

/** The configured supergraph: a file, or where it is fetched from. */
export async function supergraphSource(config: Pick<Config, 'gateway'>): Promise<SupergraphSource> {
  const { supergraph, door } = config.gateway;
  if (!/^https?:\/\//.test(supergraph)) return fileSource(supergraphFile(config));
  const { urlSource } = await import('../gateway/supergraph/url-source.ts');
  return urlSource(supergraph, { pollMs: door.supergraphPollMs });
}

/**
 * The configured path, from the present folder or else from the project's.
 * @throws {CommandError} when there is no such file.
 */
export function supergraphFile(config: Pick<Config, 'gateway'>): string {
  const candidates = [resolve(config.gateway.supergraph), join(projectRoot, config.gateway.supergraph)];
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  throw new CommandError(`There is no supergraph at ${candidates[0]}. Run: npm run compose, or set SUPERGRAPH to another file.`);
}
