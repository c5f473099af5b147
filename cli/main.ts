// The `clawpurse` command: reads arguments, runs one command, says what went wrong. What the commands do stands in their own files.
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Config, type EnvironmentVariables, loadConfig } from '../platform/config/config.ts';
import { environment } from '../platform/config/environment.ts';
import { type DomainName, domainNames } from '../platform/domains.ts';
import type { Logger } from '../platform/log.ts';
import { type Shutdown, stopOnSignals } from '../platform/server/shutdown.ts';
import { listeningMessage } from './distributed/service-process.ts';
import { isDomainName } from './domains.ts';
import { describeFailure } from './failure.ts';
import { assertPortFree } from './port.ts';
import { createProgress } from './progress.ts';
import type { ImportOptions } from './sanctions.ts';

/** True in a service of the distributed topology, which whoever starts it holds on to by a channel. */
const isChild = process.connected === true;

interface PortOption {
  readonly port?: number;
}

/** `sinceMs` is when the person began to wait, by `performance.now()`; scripts that prepared things first hand it on. */
export async function main(argv: readonly string[] = process.argv.slice(2), sinceMs = 0): Promise<void> {
  try {
    await createProgram(sinceMs).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    console.error(`\n${describeFailure(error)}\n`);
    // Not only `exitCode`: a half-started part must not keep a failed command alive.
    process.exit(1);
  }
}

function createProgram(sinceMs: number): Command {
  const program = new Command('clawpurse')
    .description('One typed GraphQL graph over a blockchain and finance platform.')
    .showHelpAfterError('(clawpurse --help lists the commands)')
    .addHelpText(
      'after',
      '\nConfiguration is read from the environment; `clawpurse doctor` checks it. Reference: docs/reference/configuration.md',
    );
  addServers(program, sinceMs);
  addTools(program);
  addSanctions(program);
  return program;
}

const portOption = () => new Option('-p, --port <port>', 'TCP port; 0 takes a free one').argParser(parsePort);
const domainsHelp = `one of ${domainNames.join(', ')}`;

function addServers(program: Command, sinceMs: number): void {
  program
    .command('start')
    .description('Start everything in this process: all subgraphs and the gateway (the embedded topology).')
    .addOption(portOption().default(undefined, 'PORT, else 4000'))
    .addHelpText(
      'after',
      '\nSQLite files and all other data stand in CLAWPURSE_DATA_DIR (.data); with DATABASE_URL they are in PostgreSQL.\nExample: clawpurse start --port 4100',
    )
    .action(async ({ port }: PortOption) => {
      const config = readConfig({ ...portVariable(port), ...quietByDefault() });
      // Before everything is loaded, which takes longer than a person likes to wait for a refusal.
      await assertPortFree(config.port, config.host);
      const [{ startEmbedded }, { banner }] = await Promise.all([import('./embedded.ts'), import('./banner.ts')]);
      const system = await startEmbedded(config, createProgress());
      console.log(banner({ config, urls: [system.url], readyInMs: performance.now() - sinceMs }));
      runUntilSignal(system);
    });

  program
    .command('serve')
    .argument('<domain>', domainsHelp, parseDomain)
    .description('Serve one subgraph over HTTP and WebSocket, as a process of its own.')
    .addOption(portOption().default(undefined, 'the domain’s own, from 4001'))
    .option('--no-migrate', 'leave the database as it is; the command fails when migrations are missing')
    .addHelpText(
      'after',
      '\nNeeds REDIS_URL, and DATABASE_URL when several replicas run.\nExample: REDIS_URL=redis://localhost DATABASE_URL=postgresql://localhost clawpurse serve wallet',
    )
    .action(async (domain: DomainName, options: PortOption & { migrate: boolean }) => {
      const { serveDomain } = await import('./serve.ts');
      const served = await serveDomain(domain, readConfig(), options);
      console.log(`${domain} serves ${served.url}/graphql`);
      runUntilSignal(served);
    });

  program
    .command('gateway')
    .description('Serve a supergraph whose subgraphs already run, ours or any Federation 2 supergraph.')
    .option(
      '-s, --supergraph <file>',
      'composed supergraph; reloaded when it changes (default: SUPERGRAPH, else schema/supergraph.graphql)',
    )
    .addOption(portOption().default(undefined, 'PORT, else 4000'))
    .option(
      '--foreign',
      'the subgraphs are not ClawPurse’s: access tokens are passed on without being read (implied by --supergraph)',
    )
    .addHelpText(
      'after',
      '\nSubgraphs are called where the supergraph says, or at SUBGRAPH_URL_<DOMAIN>.\nExample: clawpurse gateway --supergraph ./supergraph.graphql --port 4100',
    )
    .action(async (options: PortOption & { supergraph?: string; foreign?: boolean }) => {
      const supergraph = options.supergraph ? { SUPERGRAPH: options.supergraph } : {};
      const config = loadConfig(environment({ ...portVariable(options.port), ...supergraph }), { holdsKeys: false });
      const { serveGateway } = await import('./gateway.ts');
      const gateway = await serveGateway(config, { foreign: options.foreign ?? options.supergraph !== undefined });
      console.log(`The gateway serves ${gateway.url}/graphql`);
      runUntilSignal(gateway);
    });

  program
    .command('distributed')
    .description('Start every service as a process of its own on this machine, with PostgreSQL and Redis.')
    .option('-r, --replicas <count>', 'processes per subgraph', parseCount, 1)
    .option('-g, --gateways <count>', 'gateways', parseCount, 1)
    .addOption(portOption().default(undefined, 'of the first gateway: PORT, else 4000'))
    .addHelpText(
      'after',
      '\nUses DATABASE_URL and REDIS_URL; what is not set is started here: PostgreSQL from npm, redis-server from the PATH.\nExample: clawpurse distributed --replicas 2 --gateways 2',
    )
    .action(async (options: PortOption & { replicas: number; gateways: number }) => {
      const config = readConfig({ ...portVariable(options.port), ...quietByDefault() });
      const { runDistributed } = await import('./distributed/run.ts');
      const system = await runDistributed({ config, replicas: options.replicas, gateways: options.gateways, sinceMs });
      runUntilSignal(system);
    });
}

function addTools(program: Command): void {
  program
    .command('compose')
    .description('Compose the subgraphs’ schemas and write them, the supergraph and the API schema to schema/.')
    .option('--check', 'write nothing; fail when a file is not up to date')
    .action(async ({ check = false }: { check?: boolean }) => (await import('./compose.ts')).compose({ check }));

  program
    .command('migrate')
    .argument('[domains...]', `${domainsHelp}; all when left out`)
    .description('Bring the databases to the newest schema. Safe to run again, and from several machines at once.')
    .action(async (domains: string[]) =>
      (await import('./migrate.ts')).migrate(readConfig(), domains.length > 0 ? domains.map(parseDomain) : domainNames),
    );

  program
    .command('seed')
    .description('Write the demonstration data: users, wallets and their opening balances. Safe to run again.')
    .action(async () => (await import('./seed.ts')).seed(readConfig({ CLAWPURSE_DEMO: 'true', ...quietByDefault() })));

  program
    .command('rotate-keys')
    .description('Let the next key sign access tokens from now on, ahead of schedule. Clients notice nothing.')
    .option('--compromised', 'the keys may have been stolen: accept nothing any more that they signed; clients refresh and go on')
    .action(async ({ compromised = false }: { compromised?: boolean }) =>
      (await import('./rotate-keys.ts')).rotateKeys(readConfig(quietByDefault()), { compromised }),
    );

  program
    .command('audit')
    .description('Verify the ledger of a live database, or an exported audit log, and name the first row that breaks a rule.')
    .option('--log <file>', 'an exported audit log: verified alone, without a database')
    .option('--key <key>', 'with --log: the verifier key that you trust')
    .option('--checkpoint <file>', 'with --log: a checkpoint that was kept elsewhere')
    .option('--export <file>', 'write the audit log of a live database to a file, and verify nothing')
    .action(async ({ log, export: file, ...trusted }: { log?: string; export?: string; key?: string; checkpoint?: string }) => {
      if (file !== undefined) return (await import('./audit-export.ts')).exportAuditLog(readConfig(quietByDefault()), file);
      const { auditLedger, auditLog } = await import('./audit.ts');
      const isSound = log === undefined ? await auditLedger(readConfig(quietByDefault())) : await auditLog({ log, ...trusted });
      if (!isSound) process.exitCode = 1;
    });

  program
    .command('doctor')
    .description('Check configuration, databases, Redis, port and generated files, and say what to do about each problem.')
    .action(async () => {
      const { diagnose } = await import('./doctor.ts');
      if (!(await diagnose(environment()))) process.exitCode = 1;
    });
}

function addSanctions(program: Command): void {
  program
    .command('sanctions')
    .description('Sanctions lists.')
    .command('import')
    .argument('<file>', 'the list, as its authority publishes it')
    .addOption(
      new Option('-f, --format <format>', 'how the file is written')
        .choices(['ofac-csv', 'ofac-xml', 'eu-xml', 'un-xml', 'csv'])
        .makeOptionMandatory(),
    )
    .option('--name <name>', 'name of the list; an import under it replaces the one before (default: by the format)')
    .option(
      '--list-version <version>',
      'its version (default: the date of publication in the file, else the beginning of its hash)',
    )
    .option('--aliases <file>', 'ofac-csv: ALT.CSV')
    .option('--addresses <file>', 'ofac-csv: ADD.CSV')
    .option('--accept-shrinking', 'take the list although it lost more than a fifth of its parties')
    .description('Put a sanctions list in force, whole or not at all. Running services hold everybody they know against it.')
    .addHelpText('after', '\nExample: clawpurse sanctions import sdn.csv --format ofac-csv --aliases alt.csv --addresses add.csv')
    .action(async (file: string, options: ImportOptions) =>
      (await import('./sanctions.ts')).importList(readConfig(quietByDefault()), file, options),
    );
}

function readConfig(changes: EnvironmentVariables = {}): Config {
  return loadConfig(environment(changes));
}

function portVariable(port: number | undefined): EnvironmentVariables {
  return port === undefined ? {} : { PORT: String(port) };
}

/** Commands that a person watches: the log would bury what they print. An explicit LOG_LEVEL still counts, and so does production. */
function quietByDefault(): EnvironmentVariables {
  const { LOG_LEVEL, NODE_ENV } = environment();
  return LOG_LEVEL || NODE_ENV === 'production' ? {} : { LOG_LEVEL: 'warn' };
}

function runUntilSignal({ shutdown, log }: { readonly shutdown: Shutdown; readonly log: Logger }): void {
  stopOnSignals(shutdown, log);
  if (!isChild) return;
  // It must not outlive whoever started it, who may have been killed: now, or already while this was starting.
  const end = () => process.kill(process.pid, 'SIGTERM');
  if (!process.connected) end();
  process.once('disconnect', end);
  // A starter that dies at this very moment is heard of by `disconnect`.
  process.send?.(listeningMessage, () => undefined);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10) return count;
  throw new InvalidArgumentError('A whole number from 1 to 10 is needed.');
}

function parseDomain(name: string): DomainName {
  if (isDomainName(name)) return name;
  throw new InvalidArgumentError(`There is no domain "${name}". There are: ${domainNames.join(', ')}.`);
}
