// Which database a domain uses: decided by configuration alone.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import type { DomainName } from '../domains.ts';

export type DatabaseTarget =
  | { readonly provider: 'sqlite'; readonly file: string }
  | { readonly provider: 'postgresql'; readonly url: string; readonly poolSize?: number };

/** The domain's database: its own URL, else `clawpurse_<domain>` on the common server, else a file in the data folder. */
export function databaseTarget(config: Pick<Config, 'database' | 'dataDir'>, domain: DomainName): DatabaseTarget {
  const own = config.database.domainUrls[domain];
  if (own) return { provider: 'postgresql', url: own };
  if (config.database.url) {
    const url = new URL(config.database.url);
    url.pathname = `/clawpurse_${domain}`;
    return { provider: 'postgresql', url: url.href };
  }
  return { provider: 'sqlite', file: resolve(join(config.dataDir, `${domain}.db`)) };
}

/** The target for people: a path, or a URL without its password. */
export function describeTarget(target: DatabaseTarget): string {
  if (target.provider === 'sqlite') return target.file;
  const url = new URL(target.url);
  return `${url.protocol}//${url.username ? `${url.username}@` : ''}${url.host}${url.pathname}`;
}

export function ensureFolder(target: DatabaseTarget): void {
  if (target.provider === 'sqlite') mkdirSync(dirname(target.file), { recursive: true });
}
