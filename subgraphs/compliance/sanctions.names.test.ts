import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSanctionsCsv } from './sanctions.csv.ts';
import { compareWords, jaroWinkler, normaliseName, soundOf } from './sanctions.names.ts';

describe('normaliseName', () => {
  it.each([
    ['Malachar Gloomhaven', 'GLOOMHAVEN, malachar'],
    ['Señor Ñandú Tenebroso', 'tenebroso nandu senor'],
    ['Łukasz Mroczny-Cień', 'Lukasz  Mroczny   Cien'],
    ["Umberto O'Doom", 'ODOOM Umberto'],
    ['Umberto O’Doom', "Umberto O'Doom"],
    ['Straße', 'STRASSE'],
    ['Ødvar', 'Oedvar'],
    ['İpek', 'ipek'],
    ['ﬁnn', 'Finn'],
    ['Ａｌｉｃｅ', 'alice'],
    ['Ali\u200Bce', 'Alice'],
    ['Żaneta Çarpık', 'zaneta carpik'],
    ['Иван Петров', 'petrov IVAN'],
    ['Юрий Щукин', 'iurii shchukin'],
    ['Γιάννης Ψαράς', 'giannis psaras'],
  ])('makes %s and %s the same', (one, other) => {
    expect(normaliseName(one)).toBe(normaliseName(other));
    expect(normaliseName(one)).not.toBe('');
  });

  it('keeps different names apart', () => {
    expect(normaliseName('Malachar Gloomhaven')).not.toBe(normaliseName('Malachar Gloomhaven Junior'));
    expect(normaliseName('Ann Marie')).not.toBe(normaliseName('Annmarie'));
  });

  it('leaves nothing of a name without letters and digits', () => {
    expect(normaliseName(' -- !? ')).toBe('');
  });

  const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { maxLength: 5 });

  it('does not depend on the order of words, their case or what stands between them', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(' ', ', ', ' - ', '/', '\t'), fc.infiniteStream(fc.nat()), (parts, separator, picks) => {
        const shuffled = [...parts];
        for (let index = shuffled.length - 1; index > 0; index -= 1) {
          const other = picks.next().value % (index + 1);
          [shuffled[index], shuffled[other]] = [shuffled[other] as string, shuffled[index] as string];
        }
        expect(normaliseName(shuffled.join(separator))).toBe(normaliseName(parts.join(' ')));
      }),
    );
  });

  it('changes nothing that it has normalised', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const once = normaliseName(name);
        expect(normaliseName(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('does not care for accents', () => {
    const marks = fc.constantFrom('\u0300', '\u0301', '\u0302', '\u0303', '\u0308', '\u030A', '\u0327', '\u0328');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz '), marks), { maxLength: 20 }), (letters) => {
        const plain = letters.map(([letter]) => letter).join('');
        const accented = letters
          .map(([letter, mark]) => `${letter}${mark}`)
          .join('')
          .normalize('NFC');
        expect(normaliseName(accented)).toBe(normaliseName(plain));
      }),
    );
  });
});

describe('words', () => {
  it('are as similar as Winkler says', () => {
    // The examples of Winkler (1990), as the literature repeats them.
    for (const [one, other, similarity] of [
      ['martha', 'marhta', 0.961],
      ['dwayne', 'duane', 0.84],
      ['dixon', 'dicksonx', 0.813],
      ['abc', 'xyz', 0],
    ] as const)
      expect(jaroWinkler(one, other)).toBeCloseTo(similarity, 3);
  });

  it.each([
    ['mohammed', 'muhammad'],
    ['yusuf', 'youssef'],
    ['schmidt', 'shmit'],
    ['gaddafi', 'qadhafi'],
    ['petrov', 'petroff'],
    ['catherine', 'katherine'],
  ])('%s and %s sound alike', (one, other) => {
    expect(soundOf(one)).toBe(soundOf(other));
    expect(compareWords(one, other)).not.toBeNull();
  });

  it('are not alike when they only begin alike', () => {
    for (const [one, other] of [
      ['alice', 'albert'],
      ['baker', 'banks'],
      ['li', 'le'],
    ] as const)
      expect(compareWords(one, other)).toBeNull();
  });
});

describe('a sanctions list', () => {
  const header = 'reference,name,aliases\n';
  const plain = { type: 'UNKNOWN', countries: [], programmes: [] };
  const strong = (name: string) => ({ name, isWeak: false });

  it('is read with aliases and quoted names', () => {
    const csv = `\uFEFF${header}X-1,"Widdershins & Daughters, ""Ltd.""",One; Two\r\n\r\nX-2,Żaneta,\r\n`;
    expect(parseSanctionsCsv(csv)).toEqual([
      { ...plain, reference: 'X-1', names: ['Widdershins & Daughters, "Ltd."', 'One', 'Two'].map(strong) },
      { ...plain, reference: 'X-2', names: [strong('Żaneta')] },
    ]);
  });

  it.each([
    ['name,reference\n', 'line 1: the header must be "reference,name,aliases"'],
    [`${header}X-1,Somebody\n`, 'line 2: 3 fields are needed, not 2'],
    [`${header},Somebody,\n`, 'line 2: the reference is empty'],
    [`${header}X-1,Somebody,\nX-1,Somebody else,\n`, 'line 3: the reference X-1 is used twice'],
    [`${header}X-1,"Somebody,\n`, 'line 2: a quotation mark is not closed, or stands inside a field'],
    [`${header}\nX-1,Some"body,\n`, 'line 3: a quotation mark is not closed, or stands inside a field'],
    [`${header}X-1,???,\n`, 'line 2: the name "???" has no letter or digit'],
  ])('is refused as a whole: %j', (csv, problem) => {
    expect(() => parseSanctionsCsv(csv)).toThrow(problem);
  });

  it('ships with the product, and none of its names is that of a demo user', async () => {
    const { demoUsers } = await import('../../platform/demo.ts');
    const parties = parseSanctionsCsv(await readFile(join(import.meta.dirname, 'sanctions-list.csv'), 'utf8'));
    const names = parties.flatMap((party) => party.names).map(({ name }) => normaliseName(name));
    expect(parties.length).toBeGreaterThan(5);
    for (const { displayName } of Object.values(demoUsers)) expect(names).not.toContain(normaliseName(displayName));
  });
});
