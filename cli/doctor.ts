// `clawpurse doctor`: looks at everything that a start needs, and says what to do about what is wrong.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, type EnvironmentVariables, loadConfig } from '../platform/config/config.ts';
import { pendingMigrations } from '../platform/database/migration-state.ts';
import { explainOpenFailure, openTarget } from '../platform/database/open.ts';
import { databaseTarget, describeTarget } from '../platform/database/target.ts';
import { type DomainName, domainNames } from '../platform/domains.ts';
import { describeFailure } from './failure.ts';
import { playgroundFolder, supergraphSource } from './paths.ts';
import { assertPortFree } from './port.ts';

interface Finding {
  readonly status: 'ok' | 'note' | 'problem';
  readonly subject: string;
  readonly message: string;
}

const nodeMajorMin = 20;
const nodeMinorMin = 19;
const marks = { ok: '✓', note: '!', problem: '✗' } as const;

/** Prints one line per finding; true when nothing stands in the way of a start. */
export async function diagnose(
  env: EnvironmentVariables,
  write: (line: string) => void = (line) => console.log(line),
): Promise<boolean> {
  const findings: Finding[] = [checkNode()];
  const config = readConfig(env, findings);
  if (config) {
    findings.push(...(await Promise.all(domainNames.map((domain) => checkDatabase(config, domain)))));
    findings.push(await checkRedis(config), await checkPort(config), ...(await checkFiles(config)));
  }
  for (const { status, subject, message } of findings) write(`${marks[status]} ${subject}: ${message}`);
  const problems = findings.filter(({ status }) => status === 'problem').length;
  write(problems === 0 ? '\nReady to start.' : `\n${problems === 1 ? 'One problem' : `${problems} problems`} to solve first.`);
  return problems === 0;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > nodeMajorMin || (major === nodeMajorMin && minor >= nodeMinorMin);
  if (isEnough) return { status: 'ok', subject: 'Node.js', message: process.versions.node };
  return {
    status: 'problem',
    subject: 'Node.js',
    message: `${process.versions.node} is too old; install ${nodeMajorMin}.${nodeMinorMin} or newer.`,
  };
}

function readConfig(env: EnvironmentVariables, findings: Finding[]): Config | null {
  try {
    const config = loadConfig(env);
    findings.push({
      status: 'ok',
      subject: 'Configuration',
      message: `${config.environment}${config.demo ? ', with demonstration data' : ''}`,
    });
    return config;
  } catch (error) {
    findings.push({ status: 'problem', subject: 'Configuration', message: describeFailure(error) });
    return null;
  }
}

async function checkDatabase(config: Config, domain: DomainName): Promise<Finding> {
  const target = databaseTarget(config, domain);
  const subject = `Database of ${domain}`;
  try {
    if (target.provider === 'sqlite' && !existsSync(target.file)) {
      await pendingMigrations(domain, target);
      if (!existsSync(`${target.file}.lock`))
        return { status: 'note', subject, message: `${target.file} will be created by the first start.` };
    }
    const pending = await pendingMigrations(domain, target);
    if (pending.length > 0 && (target.provider === 'postgresql' || existsSync(target.file))) {
      return {
        status: 'note',
        subject,
        message: `lacks ${pending.join(', ')} (${describeTarget(target)}). A start applies them, or: npm run migrate`,
      };
    }
    const database = await openTarget({ domain, target });
    await database.ping();
    await database.close();
    return { status: 'ok', subject, message: describeTarget(target) };
  } catch (error) {
    return { status: 'problem', subject, message: describeFailure(explainOpenFailure(error, target)) };
  }
}

async function checkRedis(config: Config): Promise<Finding> {
  if (config.redisUrl === null) return { status: 'ok', subject: 'Redis', message: 'not used: events stay in one process.' };
  const { Redis } = await import('ioredis');
  const redis = new Redis(config.redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 3_000,
    retryStrategy: () => null,
  });
  // Without a listener a failed connection would be printed by the client itself.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return { status: 'ok', subject: 'Redis', message: new URL(config.redisUrl).host };
  } catch (error) {
    const where = new URL(config.redisUrl).host;
    return {
      status: 'problem',
      subject: 'Redis',
      message: `${where} does not answer (${(error as Error).message}). Start it, correct REDIS_URL, or unset it.`,
    };
  } finally {
    redis.disconnect();
  }
}

async function checkPort(config: Config): Promise<Finding> {
  try {
    await assertPortFree(config.port, config.host);
    return { status: 'ok', subject: 'Port', message: `${config.port} is free.` };
  } catch (error) {
    return { status: 'problem', subject: 'Port', message: describeFailure(error) };
  }
}

async function checkFiles(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    findings.push({ status: 'ok', subject: 'Supergraph', message: (await supergraphSource(config)).description });
  } catch (error) {
    findings.push({ status: 'problem', subject: 'Supergraph', message: describeFailure(error) });
  }
  if (!config.gateway.playground) findings.push({ status: 'ok', subject: 'Playground', message: 'switched off.' });
  else if (existsSync(join(playgroundFolder, 'index.html')))
    findings.push({ status: 'ok', subject: 'Playground', message: 'built.' });
  else findings.push({ status: 'note', subject: 'Playground', message: 'is not built. Run: npm run playground:build' });
  return findings;
}
