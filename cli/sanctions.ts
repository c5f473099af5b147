// `clawpurse sanctions import`: reads a list as its authority publishes it, and puts it in force.
import { readFile } from 'node:fs/promises';
import type { Config } from '../platform/config/config.ts';
import { openDatabase } from '../platform/database/open.ts';
import { isDomainError } from '../platform/errors.ts';
import { importSanctionsList, type ListInput } from '../subgraphs/compliance/index.ts';
import { CommandError } from './failure.ts';

/** Formats by the name they have on the command line, and the name that a list has without another. */
export const listFormats = {
  'ofac-csv': { format: 'OFAC_CSV', name: 'ofac-sdn' },
  'ofac-xml': { format: 'OFAC_XML', name: 'ofac-sdn' },
  'eu-xml': { format: 'EU_XML', name: 'eu-fsf' },
  'un-xml': { format: 'UN_XML', name: 'un-sc' },
  csv: { format: 'CLAWPURSE_CSV', name: 'house' },
} as const satisfies Record<string, Pick<ListInput, 'format' | 'name'>>;

export interface ImportOptions {
  readonly format: keyof typeof listFormats;
  readonly name?: string;
  readonly listVersion?: string;
  readonly aliases?: string;
  readonly addresses?: string;
  readonly acceptShrinking?: boolean;
}

export async function importList(config: Config, file: string, options: ImportOptions): Promise<void> {
  const { format, name } = listFormats[options.format];
  const list: ListInput = {
    format,
    name: options.name ?? name,
    version: options.listVersion,
    content: await read(file),
    aliases: options.aliases === undefined ? undefined : await read(options.aliases),
    addresses: options.addresses === undefined ? undefined : await read(options.addresses),
    acceptsShrinking: options.acceptShrinking,
  };
  const database = await openDatabase({ domain: 'compliance', config });
  try {
    const imported = await importSanctionsList(database, list);
    console.log(
      `${imported.name}, version ${imported.version}: ${imported.entryCount} parties are in force (SHA-256 ${imported.hash}). Running services hold everybody they know against it.`,
    );
  } catch (error) {
    throw isDomainError(error) ? new CommandError(error.message) : error;
  } finally {
    await database.close();
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`The file ${file} cannot be read: ${(error as Error).message}`);
  }
}
