// The documents that are trusted: read from manifests, and read again when a manifest changes.
import { createHash } from 'node:crypto';
import { stripIgnoredCharacters } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { z } from 'zod';
import { fileSource } from '../../supergraph/source.ts';

export interface TrustedDocuments {
  /** The text under an id, or under the SHA-256 of a text. */
  find(id: string): string | undefined;
  /** Whether a text is one of them, whatever its white space. */
  has(text: string): boolean;
  readonly count: number;
  /** Reads the manifests now; keeps what it has when one cannot be read. */
  reload(): Promise<void>;
  stop(): void;
}

/** Ids to texts, as Relay, GraphQL Code Generator and our own `clients/` write it; or Apollo's list of operations. */
const manifestShape = z.union([
  z.object({
    format: z.literal('apollo-persisted-query-manifest'),
    version: z.literal(1),
    operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
  }),
  z.record(z.string(), z.string()),
]);

/** Texts in other white space that are remembered as trusted or not. */
const formsMax = 1000;
const hashPrefix = 'sha256:';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The pairs of id and text of a manifest. @throws {Error} saying what is wrong with it. */
export function readManifest(text: string): readonly (readonly [string, string])[] {
  const parsed = manifestShape.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error('it is neither a map of ids to documents nor an apollo-persisted-query-manifest, version 1');
  const manifest = parsed.data;
  if ('operations' in manifest && Array.isArray(manifest.operations))
    return manifest.operations.map(({ id, body }: { readonly id: string; readonly body: string }) => [id, body]);
  return Object.entries(manifest as Record<string, string>);
}

/** @throws {Error} when a manifest cannot be read at the start: nothing would be trusted. */
export async function loadTrustedDocuments(files: readonly string[], log: Logger): Promise<TrustedDocuments> {
  const sources = files.map(fileSource);
  let documents = await readAll();
  let reloading: Promise<void> = Promise.resolve();

  async function readAll(): Promise<DocumentIndex> {
    const entries = await Promise.all(
      sources.map(async (source) => {
        try {
          return readManifest(await source.read());
        } catch (error) {
          throw new Error(`The manifest ${source.description} cannot be used: ${messageOf(error)}.`, { cause: error });
        }
      }),
    );
    return indexOf(entries.flat());
  }

  async function load(): Promise<void> {
    try {
      documents = await readAll();
      log.info({ documents: documents.count }, 'The trusted documents were replaced.');
    } catch (error) {
      log.error({ error }, 'The new manifest was refused; the old trusted documents serve on.');
    }
  }

  const reload = () => {
    reloading = reloading.then(load);
    return reloading;
  };
  const stops = sources.map((source) => source.watch(() => void reload()));

  return {
    find: (id) => documents.byId.get(id),
    has: (text) => documents.has(text),
    get count() {
      return documents.count;
    },
    reload,
    stop() {
      for (const stop of stops) stop();
    },
  };
}

interface DocumentIndex {
  readonly byId: ReadonlyMap<string, string>;
  readonly count: number;
  has(text: string): boolean;
}

function indexOf(entries: readonly (readonly [string, string])[]): DocumentIndex {
  const byId = new Map<string, string>();
  const texts = new Set<string>();
  const forms = new Set<string>();
  const known = new LRUCache<string, boolean>({ max: formsMax });
  for (const [id, text] of entries) {
    byId.set(id, text);
    if (id.startsWith(hashPrefix)) byId.set(id.slice(hashPrefix.length), text);
    texts.add(text);
    forms.add(formOf(text));
  }
  // Under their hash as well, unless somebody uses that as the id of another text.
  for (const text of texts) {
    const hash = sha256(text);
    for (const id of [hash, hashPrefix + hash]) if (!byId.has(id)) byId.set(id, text);
  }
  return {
    byId,
    count: texts.size,
    has(text) {
      if (texts.has(text)) return true;
      const key = sha256(text);
      const isKnown = known.get(key) ?? forms.has(formOf(text));
      known.set(key, isKnown);
      return isKnown;
    },
  };
}

/** The text without white space, commas and comments that mean nothing. */
function formOf(text: string): string {
  try {
    return stripIgnoredCharacters(text);
  } catch {
    // No GraphQL: it is refused as such, and not taken for something else.
    return text;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
