// How names are made comparable, and how a sanctions list is read from CSV. No I/O.

/** Letters that Unicode does not decompose into a base letter and a mark, as passports transliterate them (ICAO Doc 9303). */
const transliterations: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ĸ: 'k',
};
const transliterated = new RegExp(`[${Object.keys(transliterations).join('')}]`, 'gu');

/**
 * A name without what people write differently: case, accents, punctuation, spacing and the order of its words.
 * Empty when the name has no letter or digit.
 *
 * @example
 * normaliseName("O'Neil, JOSÉ-María") // "jose maria oneil"
 */
export function normaliseName(name: string): string {
  return (
    name
      .normalize('NFKD')
      .toLowerCase()
      // Lower case can bring new marks (İ) and compatibility forms.
      .normalize('NFKD')
      .replace(/[\p{M}\p{Cf}]/gu, '')
      .replace(transliterated, (letter) => transliterations[letter] ?? letter)
      // An apostrophe belongs to its word; every other sign parts two words.
      .replace(/['’‘ʼ`´]/gu, '')
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '')
      .sort()
      .join(' ')
  );
}

export interface ListedParty {
  readonly reference: string;
  /** The main name first, then aliases. */
  readonly names: readonly string[];
}

/** Why a list cannot be read, with the line. */
export class SanctionsListProblem extends Error {
  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.name = 'SanctionsListProblem';
  }
}

const columns = ['reference', 'name', 'aliases'];

/**
 * Reads a list: a header `reference,name,aliases`, then one party a line (RFC 4180; aliases separated by semicolons).
 *
 * @throws {SanctionsListProblem} a list with one bad line is not imported at all.
 */
export function parseSanctionsCsv(csv: string): ListedParty[] {
  const [header, ...records] = parseCsv(csv);
  if (header?.fields.join() !== columns.join()) throw new SanctionsListProblem(1, `the header must be "${columns.join(',')}"`);
  const seen = new Set<string>();
  return records.map(({ line, fields }) => {
    if (fields.length !== columns.length)
      throw new SanctionsListProblem(line, `${columns.length} fields are needed, not ${fields.length}`);
    const [reference = '', name = '', aliases = ''] = fields.map((field) => field.trim());
    if (reference === '') throw new SanctionsListProblem(line, 'the reference is empty');
    if (seen.has(reference)) throw new SanctionsListProblem(line, `the reference ${reference} is used twice`);
    seen.add(reference);
    const names = [name, ...aliases.split(';').map((alias) => alias.trim())].filter(
      (value, position) => position === 0 || value !== '',
    );
    for (const value of names) {
      if (normaliseName(value) === '') throw new SanctionsListProblem(line, `the name "${value}" has no letter or digit`);
    }
    return { reference, names };
  });
}

/** Records of RFC 4180 text, one a line; empty lines are skipped. */
function parseCsv(text: string): { line: number; fields: string[] }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((content, index) => ({ line: index + 1, content }))
    .filter(({ content }) => content.trim() !== '')
    .map(({ line, content }) => ({ line, fields: parseRecord(content, line) }));
}

function parseRecord(content: string, line: number): string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (let separator = ','; separator === ','; ) {
    const match = field.exec(content);
    if (match === null) throw new SanctionsListProblem(line, 'a quotation mark is not closed, or stands inside a field');
    const [, quoted, plain = '', end = ''] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    separator = end;
  }
  return fields;
}
