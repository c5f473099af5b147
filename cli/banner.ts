// What stands on the terminal once everything runs: every address, whom to sign in as, and one thing to try.
import type { Config } from '../platform/config/config.ts';
import { playgroundUsers } from './demo-users.ts';

export interface BannerOptions {
  readonly config: Pick<Config, 'demo' | 'gateway' | 'metrics'>;
  /** The first is where people go; others are further gateways. */
  readonly urls: readonly string[];
  readonly readyInMs: number;
  readonly extra?: readonly string[];
}

export function banner({ config, urls, readyInMs, extra = [] }: BannerOptions): string {
  const [url = ''] = urls;
  const lines = ['', `  ClawPurse Gateway is ready (${(readyInMs / 1000).toFixed(1)} s)`, ''];
  if (config.gateway.playground) lines.push(row('Playground', `${url}/`));
  lines.push(row('GraphQL', `${url}/graphql`), row('WebSocket', `${url.replace(/^http/, 'ws')}/graphql  (graphql-transport-ws)`));
  for (const other of urls.slice(1)) lines.push(row('also at', `${other}/graphql`));
  lines.push(row('Health', `${url}/healthz  ${url}/readyz`));
  if (config.metrics) lines.push(row('Metrics', `${url}/metrics`));
  lines.push(...extra);
  if (config.demo) lines.push('', '  Sign in as', ...userRows());
  if (config.demo && config.gateway.playground) {
    lines.push(
      '',
      `  Try this: open ${url}/, sign in as Alice with one click, start the live`,
      '  subscription tab, then run the transfer tab and watch the states arrive.',
    );
  }
  lines.push('', '  Ctrl-C stops it.', '');
  return lines.join('\n');
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(12)}${value}`;
}

function userRows(): string[] {
  const users = playgroundUsers();
  const width = Math.max(...users.map(({ email }) => email.length)) + 2;
  const passwordWidth = Math.max(...users.map(({ password }) => password.length)) + 2;
  return users.map(({ email, password, role }) => `    ${email.padEnd(width)}${password.padEnd(passwordWidth)}${role}`);
}
