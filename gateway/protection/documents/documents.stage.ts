// Finds the text of documents that are named by an id or a hash, and refuses those that are not trusted where only those are executed.
import { LRUCache } from 'lru-cache';
import type { GatewayRequest, Next, Outcome, Stage } from '../../edge/pipeline.ts';
import { badRequest, refuse } from '../../edge/refusal.ts';
import { gatewayErrors } from '../../gateway.errors.ts';
import { sha256, type TrustedDocuments } from './manifest.ts';
import type { PersistedQueries } from './persisted-queries.ts';

export interface DocumentsStageOptions {
  /** Null: there is no manifest. */
  readonly trusted: TrustedDocuments | null;
  /** Whether other documents are refused, or only written to the log. */
  readonly isEnforced: boolean;
  /** Null: clients cannot register documents. */
  readonly persisted: PersistedQueries | null;
}

/** Untrusted documents that were logged and are not logged again. */
const loggedMax = 1000;
/** An answer that is over once the client has sent the text must not be kept by anybody. */
const notFoundHead = { status: 200, headers: { 'cache-control': 'private, no-store' } };
const hashShape = /^[0-9a-f]{64}$/;

export function documentsStage({ trusted, isEnforced, persisted }: DocumentsStageOptions): Stage {
  const logged = new LRUCache<string, true>({ max: loggedMax });

  function byId(request: GatewayRequest, documentId: string, next: Next): Outcome | Promise<Outcome> {
    if (request.parameters.query !== null) throw badRequest('A request has either a `query` or a `documentId`.');
    const text = trusted?.find(documentId);
    if (text === undefined) throw refuse(gatewayErrors.DOCUMENT_NOT_FOUND({ documentId: documentId.slice(0, 200) }));
    request.parameters.query = text;
    return next(request);
  }

  function byHash(request: GatewayRequest, hash: string, next: Next): Outcome | Promise<Outcome> {
    const { query } = request.parameters;
    if (query !== null && sha256(query) !== hash)
      throw badRequest('The hash in `persistedQuery` is not the SHA-256 of the query.');
    const text = trusted?.find(hash);
    if (text !== undefined) {
      request.parameters.query = text;
      return next(request);
    }
    if (persisted === null || isEnforced) {
      if (query === null || !isEnforced) throw refuse(gatewayErrors.PERSISTED_QUERY_NOT_SUPPORTED({}), notFoundHead);
      return byText(request, query, next);
    }
    return query === null ? lookUp(persisted, request, hash, next) : register(persisted, request, hash, query, next);
  }

  function lookUp(store: PersistedQueries, request: GatewayRequest, hash: string, next: Next): Outcome | Promise<Outcome> {
    const run = (text: string | undefined) => {
      if (text === undefined) throw refuse(gatewayErrors.PERSISTED_QUERY_NOT_FOUND({}), notFoundHead);
      return byText(request, text, next);
    };
    const found = store.find(hash);
    return found instanceof Promise ? found.then(run) : run(found);
  }

  function register(store: PersistedQueries, request: GatewayRequest, hash: string, text: string, next: Next) {
    const outcome = byText(request, text, next);
    // Only what was found to be a valid document: the stage after this one has looked at it before anything waits.
    if (request.document !== null) store.add(hash, text);
    return outcome;
  }

  function byText(request: GatewayRequest, text: string, next: Next): Outcome | Promise<Outcome> {
    request.parameters.query = text;
    if (trusted === null || trusted.has(text)) return next(request);
    if (isEnforced) throw refuse(gatewayErrors.DOCUMENT_NOT_TRUSTED({}), { status: 403 });
    const key = sha256(text);
    if (!logged.has(key)) {
      logged.set(key, true);
      const { log, requestId, client } = request.context;
      log.warn(
        { document: key, operation: request.parameters.operationName, client, requestId },
        'A document that is not trusted.',
      );
    }
    return next(request);
  }

  return (request, next) => {
    const { query, documentId, extensions } = request.parameters;
    if (documentId !== null) return byId(request, documentId, next);
    const { persistedQuery } = extensions;
    if (persistedQuery !== undefined && persistedQuery !== null) return byHash(request, hashOf(persistedQuery), next);
    return query === null ? next(request) : byText(request, query, next);
  };
}

/** @throws BAD_REQUEST */
function hashOf(persistedQuery: unknown): string {
  const { version, sha256Hash } = persistedQuery as { readonly version?: unknown; readonly sha256Hash?: unknown };
  if (version !== 1) throw badRequest('Only version 1 of persisted queries is known here.');
  const hash = typeof sha256Hash === 'string' ? sha256Hash.toLowerCase() : '';
  if (!hashShape.test(hash)) throw badRequest('`sha256Hash` must be a SHA-256 in hexadecimal.');
  return hash;
}
