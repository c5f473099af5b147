// Seals secrets that must be read back (AES-256-GCM) and hashes those that must not. All keys derive from the key-encryption key.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

export interface SecretBox {
  /** Encrypts; only `open` with the same context reads it again, so that a sealed value cannot be moved to another row. */
  seal(plain: string, context: string): string;
  /** @throws {SealBrokenError} when the value was altered, moved, or sealed under another key-encryption key. */
  open(sealed: string, context: string): string;
  /** Keyed hash for values of little entropy: without the key, guessing them offline is useless. */
  keyedHash(purpose: string, value: string): string;
  /** Pseudo-random bytes that only this key can reproduce; 32 of them. */
  derive(purpose: string, value: string): Buffer;
}

/** A sealed value cannot be read. Not for callers: it means a wrong KEY_ENCRYPTION_KEY or a damaged database. */
export class SealBrokenError extends Error {
  constructor(context: string, options?: ErrorOptions) {
    super(
      `The sealed value of ${context} cannot be opened: KEY_ENCRYPTION_KEY is not the one it was sealed under, or the row was altered.`,
      options,
    );
    this.name = 'SealBrokenError';
  }
}

const format = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

export function createSecretBox(keyEncryptionKey: Uint8Array): SecretBox {
  if (keyEncryptionKey.byteLength !== 32) throw new RangeError('The key-encryption key must have 32 bytes.');
  const subkey = (purpose: string) => Buffer.from(hkdfSync('sha256', keyEncryptionKey, 'clawpurse:auth', purpose, 32));
  const sealingKey = subkey('seal');
  const hashingKey = subkey('hash');
  const derive = (purpose: string, value: string) => createHmac('sha256', hashingKey).update(`${purpose}\0${value}`).digest();

  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `${format}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
    },

    open(sealed, context) {
      const [version, encoded] = sealed.split('.');
      const bytes = Buffer.from(encoded ?? '', 'base64url');
      if (version !== format || bytes.byteLength < nonceBytes + tagBytes) throw new SealBrokenError(context);
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealingKey, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
        decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagBytes));
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new SealBrokenError(context, { cause });
      }
    },

    keyedHash: (purpose, value) => derive(purpose, value).toString('base64url'),
    derive,
  };
}

/** A new secret of 256 bits that is handed out once and kept as its hash. The prefix lets secret scanners recognise a leaked one. */
export function createOpaqueToken(prefix: string): { token: string; hash: string } {
  const token = `${prefix}_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOpaqueToken(token) };
}

/** SHA-256 is enough for what has 256 random bits. */
export function hashOpaqueToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Compares without telling by its time where the difference is. */
export function equalsConstantTime(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
