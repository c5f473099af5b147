import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOpaqueToken, createSecretBox, equalsConstantTime, hashOpaqueToken, SealBrokenError } from './secret-box.ts';

const key = randomBytes(32);
const box = createSecretBox(key);

describe('a secret box', () => {
  it('gives back what was sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, context) => {
        expect(box.open(box.seal(secret, context), context)).toBe(secret);
      }),
    );
  });

  it('seals the same secret differently each time', () => {
    expect(box.seal('secret', 'row')).not.toBe(box.seal('secret', 'row'));
  });

  it('does not open a value that was moved to another row', () => {
    expect(() => box.open(box.seal('secret', 'row 1'), 'row 2')).toThrow(SealBrokenError);
  });

  it('does not open under another key', () => {
    expect(() => createSecretBox(randomBytes(32)).open(box.seal('secret', 'row'), 'row')).toThrow(SealBrokenError);
  });

  it('does not open a value in which any one bit was changed', () => {
    const sealed = box.seal('secret', 'row');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const altered = Buffer.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => box.open(`v1.${altered.toString('base64url')}`, 'row')).toThrow(SealBrokenError);
      }),
    );
  });

  it.each(['', 'v1', 'v1.', 'v2.AAAA', 'v1.AAAA', 'nonsense'])('does not open %j', (sealed) => {
    expect(() => box.open(sealed, 'row')).toThrow(SealBrokenError);
  });

  it('hashes under its key, and apart for each purpose', () => {
    expect(box.keyedHash('one', 'value')).toBe(createSecretBox(key).keyedHash('one', 'value'));
    expect(box.keyedHash('one', 'value')).not.toBe(box.keyedHash('two', 'value'));
    expect(box.keyedHash('one', 'value')).not.toBe(createSecretBox(randomBytes(32)).keyedHash('one', 'value'));
  });

  it('refuses a key of another length', () => {
    expect(() => createSecretBox(randomBytes(31))).toThrow(RangeError);
  });
});

describe('an opaque token', () => {
  it('is long, new each time, and kept as its hash', () => {
    const one = createOpaqueToken('cpc');
    expect(one.token).toMatch(/^cpc_[\w-]{43}$/);
    expect(one.hash).toBe(hashOpaqueToken(one.token));
    expect(one.hash).not.toContain(one.token);
    expect(createOpaqueToken('cpc').token).not.toBe(one.token);
  });
});

describe('constant-time comparison', () => {
  it('compares content and length', () => {
    expect(equalsConstantTime(Buffer.from('same'), Buffer.from('same'))).toBe(true);
    expect(equalsConstantTime(Buffer.from('same'), Buffer.from('some'))).toBe(false);
    expect(equalsConstantTime(Buffer.from('same'), Buffer.from('longer'))).toBe(false);
  });
});
