// What a requester may write on a transaction for their own side: keys and values, bounded. Pure; no I/O.
import { platformErrors } from '../../platform/errors.ts';

/** Keys of one transaction. The ledger takes twice as many. */
export const metadataKeysMax = 16;
export const metadataValueLengthMax = 256;

export interface MetadataEntry {
  readonly key: string;
  readonly value: string;
}

export type Metadata = Readonly<Record<string, string>>;

/** Also the names of properties elsewhere: they begin with a letter, so that none is special to JavaScript. */
const keyPattern = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Null when there is nothing. @throws BAD_USER_INPUT */
export function readMetadata(entries: readonly MetadataEntry[] | null | undefined, field = 'input.metadata'): Metadata | null {
  if (entries === null || entries === undefined || entries.length === 0) return null;
  const refuse = (problem: string) => platformErrors.BAD_USER_INPUT({ field, problem });
  if (entries.length > metadataKeysMax) throw refuse(`a transaction has at most ${metadataKeysMax} of them`);
  const read = entries.map(({ key, value }) => readEntry({ key, value }, refuse));
  const metadata = new Map(read.map(({ key, value }) => [key, value]));
  if (metadata.size < read.length) throw refuse('each key may be there once');
  return Object.fromEntries([...metadata].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function readEntry({ key, value }: MetadataEntry, refuse: (problem: string) => Error): MetadataEntry {
  if (!keyPattern.test(key)) throw refuse('a key has 1 to 64 letters, digits and ". _ -", and begins with a letter');
  const text = value.normalize('NFC');
  const isOneLine = text !== '' && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
  if (!isOneLine || [...text].length > metadataValueLengthMax)
    throw refuse(`the value of "${key}" is not one line of 1 to ${metadataValueLengthMax} characters`);
  return { key, value: text };
}

export function entriesOf(metadata: Metadata | null): MetadataEntry[] {
  return Object.entries(metadata ?? {}).map(([key, value]) => ({ key, value }));
}
