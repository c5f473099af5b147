// Cursors of live feeds: a place in one domain's log, opaque to clients.
import type { DomainName } from '../domains.ts';
import { platformErrors } from '../errors.ts';

export interface LogPlace {
  readonly domain: DomainName;
  readonly logId: string;
  readonly position: number;
}

const cursorCharsMax = 200;

export function encodeCursor({ domain, logId, position }: LogPlace): string {
  return Buffer.from(`${domain}:${position}:${shortLogId(logId)}`).toString('base64url');
}

/**
 * The position that a client's cursor stands for in this log.
 * @throws INVALID_CURSOR when it is malformed, or of another log.
 */
export function decodeCursor(cursor: string, log: Omit<LogPlace, 'position'>): number {
  const shown = cursor.slice(0, cursorCharsMax);
  const refuse = (problem: string) => platformErrors.INVALID_CURSOR({ cursor: shown, problem });
  if (cursor.length > cursorCharsMax) throw refuse('it is too long');
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, domain, digits = '', logId] = /^([a-z]+):(\d{1,15}):([0-9a-f]{12})$/.exec(text) ?? [];
  // Decoding ignores foreign characters; only what this code wrote itself is accepted.
  const position = Number(digits);
  if (domain === undefined || Buffer.from(text).toString('base64url') !== cursor) throw refuse('it is not a cursor of this API');
  if (domain !== log.domain) throw refuse('it belongs to another feed');
  if (logId !== shortLogId(log.logId))
    throw refuse('it belongs to a log that no longer exists; read the current state and follow without a cursor');
  return position;
}

/** The random end of the UUID: enough to tell one log of a domain from another. */
function shortLogId(logId: string): string {
  return logId.slice(-12);
}
