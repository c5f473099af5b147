// Reads sanctions lists from CSV: our own plain format, and the files of the US Treasury (OFAC). No I/O.
import { normaliseName } from './sanctions.names.ts';

export const listedTypes = ['INDIVIDUAL', 'ENTITY', 'VESSEL', 'AIRCRAFT', 'UNKNOWN'] as const;
export type ListedType = (typeof listedTypes)[number];

export interface ListedParty {
  readonly reference: string;
  readonly type: ListedType;
  /** The main name first, then aliases. */
  readonly names: readonly { readonly name: string; readonly isWeak: boolean }[];
  /** As the list writes them: names or codes. */
  readonly countries: readonly string[];
  readonly programmes: readonly string[];
}

/** Why a list cannot be read, with the place. */
export class SanctionsListProblem extends Error {
  constructor(line: number | null, problem: string) {
    super(line === null ? problem : `line ${line}: ${problem}`);
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
    const strong = names.map((value) => ({ name: value, isWeak: false }));
    return { reference, type: 'UNKNOWN', names: strong, countries: [], programmes: [] };
  });
}

const ofacTypes: Readonly<Record<string, ListedType>> = { individual: 'INDIVIDUAL', vessel: 'VESSEL', aircraft: 'AIRCRAFT' };
const ofacFields = { sdn: 12, alt: 5, add: 6 } as const;

/**
 * Reads the OFAC files SDN.CSV, ALT.CSV and ADD.CSV, which have no header and `-0-` where a value is missing. The latter two may be empty.
 *
 * @throws {SanctionsListProblem}
 */
export function parseOfacCsv(files: { readonly sdn: string; readonly alt: string; readonly add: string }): ListedParty[] {
  const aliases = groupByFirst(readOfac(files.alt, 'alt'));
  const addresses = groupByFirst(readOfac(files.add, 'add'));
  return readOfac(files.sdn, 'sdn').map(({ line, fields }) => {
    const [reference = '', name = '', type = '', programmes = ''] = fields;
    if (!/^[0-9]+$/.test(reference)) throw new SanctionsListProblem(line, `"${reference}" is no number of an entry`);
    if (normaliseName(name) === '') throw new SanctionsListProblem(line, `the name "${name}" has no letter or digit`);
    const others = (aliases.get(reference) ?? []).map((alias) => alias[3] ?? '').filter((alias) => normaliseName(alias) !== '');
    // Weak aliases are not in ALT.CSV but in the remarks.
    const weak = [...(fields[11] ?? '').matchAll(/a\.k\.a\. '([^']+)'/g)].map(([, alias = '']) => alias);
    return {
      reference,
      type: ofacTypes[type] ?? 'ENTITY',
      names: [
        ...[name, ...others].map((value) => ({ name: value, isWeak: false })),
        ...weak.map((value) => ({ name: value, isWeak: true })),
      ],
      countries: distinct((addresses.get(reference) ?? []).map((address) => address[4] ?? '')),
      programmes: distinct(programmes.split(/\] \[|; /).map((programme) => programme.replace(/[[\]]/g, ''))),
    };
  });
}

export function distinct(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))];
}

function readOfac(text: string, file: keyof typeof ofacFields): { line: number; fields: string[] }[] {
  return parseCsv(text.replaceAll('\u001a', '')).map(({ line, fields }) => {
    if (fields.length < ofacFields[file])
      throw new SanctionsListProblem(line, `${ofacFields[file]} fields are needed in ${file}.csv, not ${fields.length}`);
    return { line, fields: fields.map((field) => (field.trim() === '-0-' ? '' : field.trim())) };
  });
}

function groupByFirst(records: readonly { fields: string[] }[]): Map<string, string[][]> {
  const groups = new Map<string, string[][]>();
  for (const { fields } of records) groups.set(fields[0] ?? '', [...(groups.get(fields[0] ?? '') ?? []), fields]);
  return groups;
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
  // OFAC's files have blanks behind a closing quotation mark.
  const field = /(?:"((?:[^"]|"")*)" *|([^",]*))(,|$)/y;
  for (let separator = ','; separator === ','; ) {
    const match = field.exec(content);
    if (match === null) throw new SanctionsListProblem(line, 'a quotation mark is not closed, or stands inside a field');
    const [, quoted, plain = '', end = ''] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    separator = end;
  }
  return fields;
}
