// `clawpurse compose`: writes or checks the schema folder.
import { composeModules } from '../gateway/compose.ts';
import { loadAllDomains } from './domains.ts';
import { CommandError } from './failure.ts';
import { schemaFolder } from './paths.ts';

export async function compose({ check }: { readonly check: boolean }): Promise<void> {
  const { changed, hints } = await composeModules(await loadAllDomains(), { folder: schemaFolder, check });
  for (const hint of hints) console.log(`  note: ${hint}`);
  if (check && changed.length > 0)
    throw new CommandError(`Not up to date in schema/: ${changed.join(', ')}. Run: npm run compose`);
  console.log(
    changed.length === 0 ? 'The schema folder is up to date.' : `Wrote ${changed.map((path) => `schema/${path}`).join(', ')}.`,
  );
}
