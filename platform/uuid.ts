// UUIDv7 (RFC 9562) in numbers: a ledger batch takes thousands, and the usual library asks for randomness once for each.
import { randomFillSync } from 'node:crypto';

const poolBytes = 8_192;
/** After the time, 74 bits: a counter that starts at random each millisecond and grows (method 2 of the RFC), then random bits. */
const randomBytesPerId = 10;
const counterMax = 0x3fff_ffff;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Ids of one process only grow, also within a millisecond and when the clock steps back. */
export function createUuidV7(nowMs: () => number = Date.now): () => string {
  const pool = Buffer.allocUnsafe(poolBytes);
  let used = poolBytes;
  let lastMs = -1;
  let counter = 0;

  function randomOffset(): number {
    if (used + randomBytesPerId > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    used += randomBytesPerId;
    return used - randomBytesPerId;
  }

  return () => {
    const now = nowMs();
    const at = randomOffset();
    if (now > lastMs) {
      lastMs = now;
      // The top bit stays free, so that a millisecond has room for half a billion ids.
      counter = pool.readUInt32BE(at + 6) >>> 3;
    } else if (counter >= counterMax) {
      lastMs += 1;
      counter = 0;
    } else counter += 1;
    const time = lastMs.toString(16).padStart(12, '0');
    // 12 bits of the counter after the version, 14 after the variant; the other 4 before 44 random bits.
    const high = (0x7000 | (counter >>> 18)).toString(16);
    const middle = (0x8000 | ((counter >>> 4) & 0x3fff)).toString(16);
    const low = hexOfByte[((counter & 0xf) << 4) | (byteAt(pool, at) & 0xf)];
    return `${time.slice(0, 8)}-${time.slice(8)}-${high}-${middle}-${low}${hex(pool, at + 1)}${hex(pool, at + 2)}${hex(pool, at + 3)}${hex(pool, at + 4)}${hex(pool, at + 5)}`;
  };
}

function byteAt(pool: Buffer, index: number): number {
  return pool[index] ?? 0;
}

function hex(pool: Buffer, index: number): string {
  return hexOfByte[byteAt(pool, index)] ?? '00';
}
