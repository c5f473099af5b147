// Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint): the text that a transparency log signs its tree with. No I/O.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** The type of an Ed25519 key within a signed note. */
const ed25519 = 0x01;
const publicKeyPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const keyBytes = 32;
const keyHashBytes = 4;
const signatureBytes = 64;
const signatureLine = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/;

export interface NoteSigner {
  readonly name: string;
  /** `<name>+<key hash>+<key>`: all that somebody needs to verify. */
  readonly verifierKey: string;
  /** @throws when the text does not end a line: it could not be told from its signatures. */
  sign(text: string): string;
}

export interface NoteVerifier {
  readonly name: string;
  readonly verifierKey: string;
  /** The text of a note that this key has signed; null for any other note. */
  open(note: string): string | null;
}

/** A signer from an Ed25519 seed of 32 bytes. */
export function createNoteSigner(name: string, seed: Uint8Array): NoteSigner {
  if (!isKeyName(name)) throw new Error(`"${name}" is no name of a key: it must have no space and no plus sign.`);
  if (seed.byteLength !== keyBytes) throw new RangeError(`An Ed25519 seed has ${keyBytes} bytes, not ${seed.byteLength}.`);
  const privateKey = createPrivateKey({ key: Buffer.concat([privateKeyPrefix, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  const keyHash = hashKey(name, publicKey);
  return {
    name,
    verifierKey: `${name}+${keyHash.toString('hex')}+${Buffer.concat([Buffer.of(ed25519), publicKey]).toString('base64')}`,
    sign(text) {
      if (!text.endsWith('\n')) throw new Error('The text of a note must end with a line break.');
      const signature = Buffer.concat([keyHash, sign(null, Buffer.from(text, 'utf8'), privateKey)]);
      return `${text}\n— ${name} ${signature.toString('base64')}\n`;
    },
  };
}

/** @throws when the text is no verifier key for Ed25519. */
export function parseVerifierKey(verifierKey: string): NoteVerifier {
  const [, name = '', keyHash = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifierKey) ?? [];
  const key = Buffer.from(encoded, 'base64');
  const isKey = key[0] === ed25519 && key.byteLength === keyBytes + 1 && key.toString('base64') === encoded;
  const publicKey = key.subarray(1);
  if (!isKey || hashKey(name, publicKey).toString('hex') !== keyHash) {
    throw new Error(`"${verifierKey}" is no verifier key: <name>+<8 hexadecimal digits>+<base64 of an Ed25519 key> is needed.`);
  }
  const object = createPublicKey({ key: Buffer.concat([publicKeyPrefix, publicKey]), format: 'der', type: 'spki' });
  return {
    name,
    verifierKey,
    open(note) {
      const parts = splitNote(note);
      if (parts === null) return null;
      const signed = parts.signatures.some(
        (one) =>
          one.name === name &&
          one.keyHash === keyHash &&
          one.signature.byteLength === signatureBytes &&
          verify(null, Buffer.from(parts.text, 'utf8'), object, one.signature),
      );
      return signed ? parts.text : null;
    },
  };
}

interface NoteSignature {
  readonly name: string;
  readonly keyHash: string;
  readonly signature: Buffer;
}

function splitNote(note: string): { text: string; signatures: NoteSignature[] } | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const signatures: NoteSignature[] = [];
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, encoded] = signatureLine.exec(line) ?? [];
    if (name === undefined || encoded === undefined) return null;
    const bytes = Buffer.from(encoded, 'base64');
    const keyHash = bytes.subarray(0, keyHashBytes).toString('hex');
    signatures.push({ name, keyHash, signature: bytes.subarray(keyHashBytes) });
  }
  return { text: note.slice(0, end + 1), signatures };
}

/** A tree as a log stands for it. */
export interface Checkpoint {
  /** Names the log. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** The checkpoint that a note's text states; null when it is none. Further lines are allowed, and not read. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', sizeText = '', rootText = ''] = text.split('\n');
  const size = /^(0|[1-9][0-9]{0,15})$/.test(sizeText) ? Number(sizeText) : Number.NaN;
  const root = Buffer.from(rootText, 'base64');
  const isWhole = root.byteLength === 32 && root.toString('base64') === rootText;
  return origin !== '' && Number.isSafeInteger(size) && isWhole ? { origin, size, root } : null;
}

export function isKeyName(name: string): boolean {
  return /^[^+\s]+$/u.test(name);
}

function hashKey(name: string, publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(ed25519)).update(publicKey).digest().subarray(0, keyHashBytes);
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(publicKeyPrefix.length);
}
