import { describe, expect, it } from 'vitest';
import { createLogger } from './log.ts';

function logOnce(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(createLogger({ logLevel: 'info' }, 'wallet', { write: (line) => void lines.push(line) }));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string);
}

describe('the log', () => {
  it('writes one JSON line with ECS field names', () => {
    const line = logOnce((log) => log.info({ 'http.request.id': 'r1' }, 'Started.'));
    expect(line).toMatchObject({ 'log.level': 'info', 'service.name': 'wallet', message: 'Started.', 'http.request.id': 'r1' });
    expect(Date.parse(line['@timestamp'] as string)).not.toBeNaN();
  });

  it.each(['err', 'error'])('writes errors given as %s with their type, message, code and cause', (key) => {
    const error = Object.assign(new Error('No answer.', { cause: new Error('socket closed') }), { code: 'ECONNRESET' });
    const line = logOnce((log) => log.error({ [key]: error }, 'Failed.'));
    expect(line.error).toMatchObject({
      type: 'Error',
      message: 'No answer.',
      code: 'ECONNRESET',
      cause: { message: 'socket closed' },
    });
  });

  it('cuts out secrets, also inside objects', () => {
    const line = logOnce((log) =>
      log.info({ password: 'p', request: { authorization: 'Bearer x', headers: { cookie: 'c' } } }, 'In.'),
    );
    expect(line).toMatchObject({
      password: '[redacted]',
      request: { authorization: '[redacted]', headers: { cookie: '[redacted]' } },
    });
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    createLogger({ logLevel: 'warn' }, 'wallet', { write: (line) => void lines.push(line) }).info('not this');
    expect(lines).toEqual([]);
  });
});
