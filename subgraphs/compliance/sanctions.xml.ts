// Reads sanctions lists from the XML files of the US Treasury (OFAC), the European Union and the United Nations, party by party as the text
// streams in. Entities, DTDs and namespaces are not resolved: the parser knows only the five entities of XML. No I/O.
import sax, { type Tag } from 'sax';
import { distinct, type ListedParty, type ListedType, SanctionsListProblem } from './sanctions.csv.ts';
import { normaliseName } from './sanctions.names.ts';

/** What a file says: its parties, and when it was published. */
export interface ParsedList {
  readonly parties: readonly ListedParty[];
  readonly publishedAt: string | null;
}

/** A party while its elements are read. */
interface Draft {
  reference: string;
  type: ListedType;
  names: { name: string; isWeak: boolean }[];
  countries: string[];
  programmes: string[];
}

interface Format {
  /** Elements that are one party each. */
  readonly party: readonly string[];
  /** Where the date of publication stands: an attribute of the root, or the path of an element. */
  readonly publishedAt: { readonly attribute: string } | { readonly element: string };
  readonly root: string;
  /** An element has ended: its path below the party, its text, its attributes, and the texts of its children by name. */
  take(draft: Draft, element: Element): void;
}

interface Element {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, ListedType>> = {
  individual: 'INDIVIDUAL',
  person: 'INDIVIDUAL',
  entity: 'ENTITY',
  enterprise: 'ENTITY',
  vessel: 'VESSEL',
  aircraft: 'AIRCRAFT',
};
const typeOf = (text: string | undefined): ListedType => types[(text ?? '').toLowerCase()] ?? 'UNKNOWN';
const joined = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part).join(' ');

/** SDN.XML and CONSOLIDATED.XML. */
const ofac: Format = {
  root: 'sdnList',
  party: ['sdnEntry'],
  publishedAt: { element: 'sdnList/publshInformation/Publish_Date' },
  take(draft, { path, text, children }) {
    if (path === 'sdnEntry') {
      draft.reference = children.uid ?? '';
      draft.type = typeOf(children.sdnType);
      draft.names.unshift({ name: joined(children.firstName, children.lastName), isWeak: false });
    } else if (path === 'sdnEntry/akaList/aka') {
      draft.names.push({ name: joined(children.firstName, children.lastName), isWeak: children.category === 'weak' });
    } else if (path === 'sdnEntry/programList/program') draft.programmes.push(text);
    else if (/\/(address|nationality|citizenship)$/.test(path)) draft.countries.push(children.country ?? '');
  },
};

/** The consolidated financial sanctions file (FSF) 1.1. */
const eu: Format = {
  root: 'export',
  party: ['sanctionEntity'],
  publishedAt: { attribute: 'generationDate' },
  take(draft, { name, attributes }) {
    if (name === 'sanctionEntity') draft.reference = attributes.euReferenceNumber || (attributes.logicalId ?? '');
    else if (name === 'subjectType') draft.type = typeOf(attributes.code);
    else if (name === 'nameAlias') {
      const { wholeName, firstName, middleName, lastName, strong } = attributes;
      draft.names.push({ name: wholeName || joined(firstName, middleName, lastName), isWeak: strong === 'false' });
    } else if (name === 'regulation') draft.programmes.push(attributes.programme ?? '');
    else if (name === 'address' || name === 'citizenship') draft.countries.push(attributes.countryIso2Code ?? '');
  },
};

/** The consolidated list of the Security Council. */
const un: Format = {
  root: 'CONSOLIDATED_LIST',
  party: ['INDIVIDUAL', 'ENTITY'],
  publishedAt: { attribute: 'dateGenerated' },
  take(draft, { name, path, text, children }) {
    if (path === 'INDIVIDUAL' || path === 'ENTITY') {
      draft.reference = children.REFERENCE_NUMBER || (children.DATAID ?? '');
      draft.type = typeOf(name);
      const { FIRST_NAME, SECOND_NAME, THIRD_NAME, FOURTH_NAME, NAME_ORIGINAL_SCRIPT, UN_LIST_TYPE } = children;
      draft.names.unshift({ name: joined(FIRST_NAME, SECOND_NAME, THIRD_NAME, FOURTH_NAME), isWeak: false });
      if (NAME_ORIGINAL_SCRIPT) draft.names.push({ name: NAME_ORIGINAL_SCRIPT, isWeak: false });
      if (UN_LIST_TYPE) draft.programmes.push(UN_LIST_TYPE);
    } else if (/_ALIAS$/.test(name)) {
      draft.names.push({ name: children.ALIAS_NAME ?? '', isWeak: children.QUALITY === 'Low' });
    } else if (/_ADDRESS$/.test(name)) draft.countries.push(children.COUNTRY ?? '');
    else if (path === 'INDIVIDUAL/NATIONALITY/VALUE') draft.countries.push(text);
  },
};

const formats = { OFAC_XML: ofac, EU_XML: eu, UN_XML: un } as const;
export type XmlFormat = keyof typeof formats;

/** Reads a list as its text arrives. @throws {SanctionsListProblem} a list with one bad party is not imported at all. */
export async function parseSanctionsXml(name: XmlFormat, chunks: AsyncIterable<string> | Iterable<string>): Promise<ParsedList> {
  const reader = createReader(formats[name]);
  for await (const chunk of chunks) reader.write(chunk);
  return reader.end();
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Record<string, string>;
  text: string;
}

function createReader(format: Format) {
  const parser = sax.parser(true, { trim: true, position: true });
  const parties: ListedParty[] = [];
  const seen = new Set<string>();
  const open: OpenElement[] = [];
  let partyDepth = 0;
  let draft: Draft | null = null;
  let publishedAt: string | null = null;
  const lineNow = () => parser.line + 1;

  parser.onopentag = ({ name, attributes }) => {
    const values = attributes as Tag['attributes'];
    if (open.length === 0 && name !== format.root)
      throw new SanctionsListProblem(lineNow(), `the root is <${name}>, and <${format.root}> is needed`);
    if (open.length === 0 && 'attribute' in format.publishedAt) publishedAt = values[format.publishedAt.attribute] ?? null;
    open.push({ name, attributes: values, children: {}, text: '' });
    if (draft === null && format.party.includes(name)) {
      draft = { reference: '', type: 'UNKNOWN', names: [], countries: [], programmes: [] };
      partyDepth = open.length;
    }
  };
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onclosetag = () => {
    const element = open.pop() as OpenElement;
    const parent = open.at(-1);
    // The first of several: lists repeat elements only inside elements of their own.
    if (parent !== undefined) parent.children[element.name] ??= element.text;
    const path = [...open, element].map(({ name }) => name);
    if ('element' in format.publishedAt && path.join('/') === format.publishedAt.element) publishedAt = element.text;
    if (draft === null) return;
    const below = path.slice(partyDepth - 1).join('/');
    format.take(draft, { ...element, path: below });
    if (open.length >= partyDepth) return;
    parties.push(finish(draft, seen, lineNow()));
    draft = null;
  };
  parser.onerror = (error) => {
    throw new SanctionsListProblem(lineNow(), `the file is no well-formed XML (${error.message.split('\n')[0]})`);
  };

  return {
    write: (chunk: string) => void parser.write(chunk),
    end(): ParsedList {
      parser.close();
      if (parties.length === 0) throw new SanctionsListProblem(null, 'the file lists nobody');
      return { parties, publishedAt };
    },
  };
}

function finish(draft: Draft, seen: Set<string>, line: number): ListedParty {
  const { reference, type } = draft;
  if (reference === '') throw new SanctionsListProblem(line, 'a party has no reference');
  if (seen.has(reference)) throw new SanctionsListProblem(line, `the reference ${reference} is used twice`);
  seen.add(reference);
  const names = draft.names.filter(({ name }) => normaliseName(name) !== '');
  if (names.length === 0) throw new SanctionsListProblem(line, `the party ${reference} has no name with a letter or digit`);
  const countries = distinct(draft.countries).filter((country) => country !== '00');
  return { reference, type, names, countries, programmes: distinct(draft.programmes) };
}
