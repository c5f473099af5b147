// `clawpurse migrate`: brings databases to the newest schema.
import type { Config } from '../platform/config/config.ts';
import { migrateDatabase } from '../platform/database/migrate.ts';
import { databaseTarget, describeTarget } from '../platform/database/target.ts';
import type { DomainName } from '../platform/domains.ts';

export async function migrate(config: Config, domains: readonly DomainName[]): Promise<void> {
  for (const domain of domains) {
    const target = databaseTarget(config, domain);
    const { applied } = await migrateDatabase({ domain, target });
    console.log(
      `${domain}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`} (${describeTarget(target)})`,
    );
  }
}
