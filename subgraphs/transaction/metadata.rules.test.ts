// What may be written on a transaction, and that it is part of what was asked for.
import { describe, expect, it } from 'vitest';
import { entriesOf, readMetadata } from './metadata.rules.ts';
import { aTransfer } from './transaction.fixtures.ts';
import { readIntent } from './transaction.intent.ts';

const entry = (key: string, value: string) => ({ key, value });

describe('the metadata of a request', () => {
  it('is nothing when there is none, and else by key', () => {
    for (const none of [undefined, null, []]) expect(readMetadata(none)).toBeNull();
    const metadata = readMetadata([entry('b', '2'), entry('a.x-1_', 'e\u0301 🏠')]);
    expect(entriesOf(metadata)).toEqual([entry('a.x-1_', 'é 🏠'), entry('b', '2')]);
    expect(entriesOf(null)).toEqual([]);
  });

  it.each([
    ['seventeen keys', Array.from({ length: 17 }, (_, index) => entry(`k${index}`, '1'))],
    ['a key twice', [entry('a', '1'), entry('a', '2')]],
    ['no key', [entry('', '1')]],
    ['a key that is a word of JavaScript', [entry('__proto__', '1')]],
    ['a key with a space', [entry('a b', '1')]],
    ['a key that is too long', [entry('a'.repeat(65), '1')]],
    ['no value', [entry('a', '')]],
    ['a value of two lines', [entry('a', '1\n2')]],
    ['a value with a NUL', [entry('a', '\u0000')]],
    ['half of a character', [entry('a', '\ud83c')]],
    ['a value that is too long', [entry('a', 'x'.repeat(257))]],
  ])('is refused with %s', (_, entries) => {
    expect(() => readMetadata(entries)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('is part of the request, in whatever order, and changes nothing where there is none', () => {
    const asked = aTransfer();
    const fingerprint = (metadata?: { key: string; value: string }[] | null) =>
      readIntent(metadata === undefined ? asked : { ...asked, metadata }).fingerprint;
    expect(fingerprint([])).toBe(fingerprint());
    expect(fingerprint(null)).toBe(fingerprint());
    expect(fingerprint([entry('a', '1'), entry('b', '2')])).toBe(fingerprint([entry('b', '2'), entry('a', '1')]));
    expect(new Set([fingerprint(), fingerprint([entry('a', '1')]), fingerprint([entry('a', '2')])]).size).toBe(3);
  });
});
