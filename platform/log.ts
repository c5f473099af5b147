// Structured JSON logs with ECS field names. Secrets are cut out by path, so that no caller has to remember.
import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './config/settings.ts';

export type { Logger } from 'pino';

const secretNames = [
  'authorization',
  'cookie',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'totpSecret',
  'recoveryCodes',
  'keyEncryptionKey',
  'privateKey',
];
/** Secrets at the top and up to two levels down; deeper objects have no business in a log line. */
const redactedPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * Node's own stream, not pino's: at exit pino's would wait forever for a reader who has gone (sonic-boom 4.2, `flushSync` after EPIPE).
 * Node writes to files and pipes at once, so nothing is lost at exit either.
 */
const standardOutput: DestinationStream = {
  write: (line) => {
    // A service goes on serving although nobody reads its log any more.
    if (process.stdout.listenerCount('error', ignoreError) === 0) process.stdout.on('error', ignoreError);
    process.stdout.write(line);
  },
};
const ignoreError = () => undefined;

/** A logger of one service. `destination` is for tests; by default lines go to standard output. */
export function createLogger(
  config: { readonly logLevel: LogLevel },
  service: string,
  destination: DestinationStream = standardOutput,
): Logger {
  const options = {
    level: config.logLevel,
    messageKey: 'message',
    errorKey: 'error',
    base: { 'ecs.version': '8.11.0', 'service.name': service, 'process.pid': process.pid },
    timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ 'log.level': label }), log: nameErrors },
    serializers: { error: ecsError },
    redact: { paths: redactedPaths, censor: '[redacted]' },
  };
  return pino(options, destination);
}

/** Swallows everything: for tools and tests that have nobody to tell. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/** Pino's habit is `err`; ECS says `error`. Both may be written. */
function nameErrors(fields: Record<string, unknown>): Record<string, unknown> {
  if (!('err' in fields)) return fields;
  const { err, ...others } = fields;
  return { ...others, error: err };
}

function ecsError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause === undefined ? {} : { cause: ecsError(error.cause) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: error.name, message: error.message, stack_trace: error.stack, ...code, ...cause };
}
