// Keeps whole answers to queries, as long and for whom their fields and their subgraphs allow, until one of their entities changes.
// Never errors, never partial data, never what came with cookies.
import { createHash } from 'node:crypto';
import { type Answer, type GatewayRequest, isLive, type Stage, withHead } from '../../edge/pipeline.ts';
import { answerFromText } from '../../execution/answer.ts';
import type { CallObserver } from '../../execution/execution.ts';
import { combineObservers } from '../../observation/observers.ts';
import type { ServedGraph } from '../../supergraph/live-graph.ts';
import { type CacheHints, readCacheHints } from './cache-hints.ts';
import { type CachePolicy, createCachePolicy, hintFromHeaders } from './cache-policy.ts';
import type { CachedAnswer, CacheStore } from './cache-store.ts';
import { type EntityTags, readEntityTags } from './entity-tags.ts';

export type CacheOutcome = 'hit' | 'miss' | 'bypass' | 'stored';

export interface ResponseCache {
  readonly stage: Stage;
  /** An entity changed: by its id, whatever its type, and by the types whose lists may have changed. */
  changed(ids: readonly string[], types: readonly string[]): Promise<void>;
  /** Entity types of a subgraph, on the graph that is served. */
  typesOf(graph: ServedGraph, subgraph: string): readonly string[];
  /** Changes may have been missed. */
  dropAll(): Promise<void>;
}

export interface ResponseCacheOptions {
  readonly store: CacheStore;
  /** Bounds whatever subgraphs say. */
  readonly maxAgeSecondsMax: number;
  readonly observe: (outcome: CacheOutcome) => void;
  readonly now?: () => number;
}

interface Facts {
  readonly hints: CacheHints;
  readonly tags: EntityTags;
}

export function createResponseCache({ store, maxAgeSecondsMax, observe, now = Date.now }: ResponseCacheOptions): ResponseCache {
  const facts = new WeakMap<ServedGraph, Facts>();
  const recent = createRecentChanges(now);

  function factsOf(graph: ServedGraph): Facts {
    const known = facts.get(graph);
    if (known !== undefined) return known;
    const { sdl } = graph.supergraph;
    const { schema } = graph.engine;
    const read = { hints: readCacheHints(sdl, schema), tags: readEntityTags(sdl, schema) };
    facts.set(graph, read);
    return read;
  }

  async function fetchAndKeep(request: GatewayRequest, next: Parameters<Stage>[1], keys: Keys, mayKeep: boolean) {
    const startedAt = now();
    const { graph, document, operation } = request;
    const { hints, tags } = factsOf(graph);
    const declared = document === null || operation === null ? null : hints.policyOf(document.document, operation);
    const policy = createCachePolicy();
    if (declared !== null) policy.restrict(declared);
    watch(request, policy, declared !== null);
    const answer = await next(request);
    if (isLive(answer) || !isWhole(answer, request)) return answer;
    const allowed = policy.policyIfCacheable();
    const key = allowed?.scope === 'PRIVATE' ? keys.ofCaller : keys.ofAll;
    if (allowed === null || key === null || document === null || operation === null) return answer;
    const kept: CachedAnswer = {
      body: answer.body,
      storedAt: startedAt,
      maxAgeSeconds: Math.min(allowed.maxAge, maxAgeSecondsMax),
      scope: allowed.scope,
      tags: [...tags.of(document.document, operation, answer.result().data)].flatMap(withIdTag),
    };
    // What changed while it was fetched may be in it or not.
    if (mayKeep && !recent.hasChanged(kept.tags, startedAt)) {
      await store.keep(key, kept);
      observe('stored');
    }
    return conditional(request, withHead(answer, { headers: headersOf(kept, 0) }));
  }

  const stage: Stage = async (request, next) => {
    const wishes = String(request.headers['cache-control'] ?? '');
    const isCacheable = request.operation?.operation === 'query' && request.withheld === null && request.document !== null;
    if (!isCacheable || /\bno-store\b/.test(wishes)) {
      if (isCacheable) observe('bypass');
      return next(request);
    }
    const keys = keysOf(request);
    const wanted = [keys.ofCaller, keys.ofAll].filter((key) => key !== null);
    const found = /\bno-cache\b/.test(wishes) ? null : await store.find(wanted);
    if (found === null) {
      observe('miss');
      return fetchAndKeep(request, next, keys, true);
    }
    const ageSeconds = Math.max(0, Math.floor((now() - found.storedAt) / 1000));
    observe('hit');
    return conditional(request, { ...answerFromText(found.body), head: { headers: headersOf(found, ageSeconds) } });
  };

  return {
    stage,
    async changed(ids, types) {
      const tags = [...ids.map((id) => `#${id}`), ...types];
      recent.note(tags);
      await store.drop(tags);
    },
    typesOf: (graph, subgraph) => factsOf(graph).tags.typesOf(subgraph),
    async dropAll() {
      recent.noteAll();
      await store.dropAll();
    },
  };
}

/** 304 for a client that has this very answer. */
function conditional({ headers }: GatewayRequest, answer: Answer): Answer {
  const isKnown = headers['if-none-match'] !== undefined && headers['if-none-match'] === answer.head?.headers?.etag;
  return isKnown ? { ...answerFromText(''), head: { ...answer.head, status: 304 } } : answer;
}

interface Keys {
  /** Null for callers without an identity of any kind: nothing private can be theirs alone. */
  readonly ofCaller: string | null;
  readonly ofAll: string;
}

function keysOf({ graph, document, parameters, scope, context }: GatewayRequest): Keys {
  const { operationName, variables } = parameters;
  const base = JSON.stringify([graph.supergraph.id, document?.key, operationName, variables, context.headers?.scope ?? '']);
  return { ofCaller: scope === '' ? null : `${base} ${scope}`, ofAll: base };
}

/** Restricts the policy by what each subgraph says; one that says nothing allows nothing, unless the schema has spoken for it. */
function watch(request: GatewayRequest, policy: CachePolicy, isDeclared: boolean): void {
  const observer: CallObserver = {
    fetching: () => ({
      headers: undefined,
      ended(result) {
        const { headers } = result ?? {};
        if (headers?.['set-cookie'] !== undefined) policy.restrict({ maxAge: 0 });
        if (headers?.['cache-control'] !== undefined || !isDeclared) policy.restrict(hintFromHeaders(headers ?? {}));
      },
    }),
  };
  const known = request.context.observer;
  const combined = known === undefined ? observer : combineObservers([known, observer]);
  request.context = { ...request.context, ...(combined === undefined ? {} : { observer: combined }) };
}

function isWhole(answer: Answer, { context }: GatewayRequest): boolean {
  const { errorCodes, hasData, head } = answer;
  return hasData && errorCodes.length === 0 && (head?.status ?? 200) === 200 && context.headers?.forClient?.() == null;
}

/** `Type:id` is known by its id as well: events name ids, not types. */
function withIdTag(tag: string): string[] {
  const mark = tag.indexOf(':');
  return mark < 0 ? [tag] : [`#${tag.slice(mark + 1)}`];
}

function headersOf({ body, maxAgeSeconds, scope }: CachedAnswer, ageSeconds: number) {
  return {
    'cache-control': `max-age=${maxAgeSeconds}, ${scope.toLowerCase()}`,
    age: String(ageSeconds),
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    vary: 'Accept, Authorization',
  };
}

/** Longer than any request may take. */
const rememberMs = 120_000;

/** What changed a moment ago, so that answers that were being made meanwhile are not kept. */
function createRecentChanges(now: () => number) {
  const changedAt = new Map<string, number>();
  let allChangedAt = 0;

  return {
    note(tags: readonly string[]) {
      const at = now();
      for (const tag of tags) {
        changedAt.delete(tag);
        changedAt.set(tag, at);
      }
      for (const [tag, time] of changedAt) {
        if (time > at - rememberMs) break;
        changedAt.delete(tag);
      }
    },
    noteAll() {
      allChangedAt = now();
    },
    hasChanged: (tags: readonly string[], since: number) =>
      allChangedAt >= since || tags.some((tag) => (changedAt.get(tag) ?? 0) >= since),
  };
}
