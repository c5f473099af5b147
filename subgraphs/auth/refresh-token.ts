// Refresh tokens: number n of a session, provable at any time later, though nothing that could be presented is ever stored.
import type { SecretBox } from './secret-box.ts';
import { equalsConstantTime } from './secret-box.ts';

/** What a genuine refresh token says. */
export interface RefreshTokenClaim {
  readonly sessionId: string;
  readonly generation: number;
}

interface RefreshTokenOwner {
  readonly id: string;
  readonly refreshSalt: string;
}

const prefix = 'cpr_';
const idBytes = 16;
const generationBytes = 4;
const proofBytes = 32;

/**
 * Token = session id, generation, and a proof that is HMAC(server key, session id, generation, the session's random salt).
 * The database alone, or the key alone, is not enough to make one. Making one again gives the same token, so that a repeated refresh
 * has the same answer; and a token of any earlier generation is still recognised as genuine, which is how reuse is told from noise.
 */
export function issueRefreshToken(secrets: SecretBox, session: RefreshTokenOwner, generation: number): string {
  const head = Buffer.alloc(idBytes + generationBytes);
  head.write(session.id.replaceAll('-', ''), 'hex');
  head.writeUInt32BE(generation, idBytes);
  return prefix + Buffer.concat([head, proof(secrets, session, generation)]).toString('base64url');
}

/** What the token claims to be; null when it is no refresh token at all. Proves nothing. */
export function readRefreshToken(token: string): RefreshTokenClaim | null {
  if (!token.startsWith(prefix) || token.length > 128) return null;
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url');
  if (bytes.byteLength !== idBytes + generationBytes + proofBytes) return null;
  const hex = bytes.subarray(0, idBytes).toString('hex');
  const sessionId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { sessionId, generation: bytes.readUInt32BE(idBytes) };
}

/** True when the token was issued by this service for this session and generation. */
export function isGenuineRefreshToken(
  secrets: SecretBox,
  token: string,
  session: RefreshTokenOwner,
  generation: number,
): boolean {
  return equalsConstantTime(Buffer.from(token), Buffer.from(issueRefreshToken(secrets, session, generation)));
}

function proof(secrets: SecretBox, session: RefreshTokenOwner, generation: number): Buffer {
  return secrets.derive('refresh-token', `${session.id}\0${generation}\0${session.refreshSalt}`);
}
