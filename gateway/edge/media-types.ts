// Content negotiation of GraphQL over HTTP: which of our media types a client reads, and what may be in a request body.

export const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
export const json = 'application/json; charset=utf-8';
export const eventStream = 'text/event-stream';

export interface Negotiated {
  /** Content type of a single answer; null when the client reads event streams alone. */
  readonly single: typeof graphqlResponse | typeof json | null;
  /** The client named `application/json` and nothing newer: it expects status 200 for every well-formed request. */
  readonly isLegacy: boolean;
  /** The client named event streams: subscriptions may come as one. */
  readonly events: boolean;
}

const assumed: Negotiated = { single: json, isLegacy: false, events: false };

/** Accept headers are few; anybody may invent more. */
const rememberedMax = 200;
const remembered = new Map<string, Negotiated | null>();

/** What a client reads by its `Accept` header; null when none of our types. */
export function negotiate(accept: string | undefined): Negotiated | null {
  if (accept === undefined || accept === '*/*') return assumed;
  const known = remembered.get(accept);
  if (known !== undefined) return known;
  const found = choose(accept);
  if (remembered.size < rememberedMax) remembered.set(accept, found);
  return found;
}

function choose(accept: string): Negotiated | null {
  const ranges = accept.split(',').map(readRange);
  const modern = wanted('application/graphql-response+json', ranges);
  const plain = wanted('application/json', ranges);
  // An event stream only for those who name it.
  const events = ranges.some(({ range, quality }) => range === eventStream && quality > 0);
  const isModern = modern.isNamed && modern.quality > 0 && modern.quality >= plain.quality;
  const hasSingle = isModern || plain.quality > 0 || modern.quality > 0;
  if (!hasSingle && !events) return null;
  return {
    single: hasSingle ? (isModern ? graphqlResponse : json) : null,
    isLegacy: !isModern && plain.isNamed,
    events,
  };
}

interface Range {
  readonly range: string;
  readonly quality: number;
}

/** The most specific range that covers a type says how much it is wanted (RFC 9110, 12.5.1). */
function wanted(type: string, ranges: readonly Range[]): { readonly quality: number; readonly isNamed: boolean } {
  for (const name of [type, 'application/*', '*/*']) {
    const covering = ranges.find(({ range }) => range === name);
    if (covering !== undefined) return { quality: covering.quality, isNamed: name === type };
  }
  return { quality: 0, isNamed: false };
}

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return { range, quality: Number.isNaN(value) ? 0 : value };
}

/** JSON in UTF-8, which is also what no `charset` means. */
export function isJsonBody(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true;
  if (contentType === undefined) return false;
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json') return false;
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return charset === undefined || charset === 'utf-8' || charset === 'utf8';
}
