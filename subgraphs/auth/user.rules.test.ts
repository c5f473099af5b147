import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looselyNormalisedEmail, normaliseDisplayName, normaliseEmail } from './user.rules.ts';

describe('an e-mail address', () => {
  it.each([
    [' Alice@Example.ORG ', 'alice@example.org'],
    ['first.last+tag@example.org', 'first.last+tag@example.org'],
    ['ALICE@EXÄMPLE.org', 'alice@xn--exmple-cua.org'],
    ['ａｌｉｃｅ@example.org', 'alice@example.org'],
    ["o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"],
  ])('%s is known as %s', (typed, known) => {
    expect(normaliseEmail(typed)).toBe(known);
  });

  it.each([
    '',
    'alice',
    '@example.org',
    'alice@',
    'alice@localhost',
    'a b@example.org',
    'a@b@example.org',
    '.a@example.org',
    'a..b@example.org',
    'alice@-example.org',
    'alice@example.org\u0000',
    'alice@[127.0.0.1]',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.org`,
  ])('%j is refused', (typed) => {
    expect(() => normaliseEmail(typed)).toThrow(expect.objectContaining({ code: 'INVALID_EMAIL' }));
  });

  it('has one spelling: normalising twice changes nothing', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        const once = looselyNormalisedEmail(email);
        expect(looselyNormalisedEmail(once)).toBe(once);
      }),
    );
  });

  it('at sign-in takes any text at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof looselyNormalisedEmail(text) === 'string'));
  });
});

describe('a display name', () => {
  it('loses needless white space', () => {
    expect(normaliseDisplayName('  Alice \n Archer ')).toBe('Alice Archer');
  });

  it('may be of any script, and of emoji', () => {
    expect(normaliseDisplayName('佐藤 花子')).toBe('佐藤 花子');
    expect(normaliseDisplayName('Ann 👩\u200d🚀')).toBe('Ann 👩\u200d🚀');
  });

  it.each(['', '   ', 'x'.repeat(81), 'evil\u202egnp.exe', 'Al\u0000ice', 'Ali\u200bce'])('%j is refused', (typed) => {
    expect(() => normaliseDisplayName(typed)).toThrow(expect.objectContaining({ code: 'INVALID_DISPLAY_NAME' }));
  });
});
