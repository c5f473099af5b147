// The contract between a domain and the platform: what a subgraph declares, what it gets, and how it is called.
import type { ExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import type { Clock, Ids } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import type { EventConsumer, LiveFeed, Outbox } from '../events/event.ts';
import type { StandingGuard } from '../identity/standing.ts';
import type { KeySource } from '../identity/token-verifier.ts';
import type { GraphContext } from './context.ts';
import type { DownloadAnswer, DownloadRequest, OpenDownload } from './download.ts';

// biome-ignore lint/suspicious/noExplicitAny: a resolver class may ask for any services in its constructor.
export type ResolverClass = new (...args: any[]) => object;
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type TypeClass = abstract new (...args: any[]) => object;

/** Resolves entity representations of one type. Batched by a DataLoader in the context. Null means "not for you, or not there". */
export type ReferenceResolver = (
  reference: { readonly [key: string]: unknown },
  context: GraphContext,
) => Promise<unknown> | unknown;

/** What a subgraph module exports from its `index.ts`. */
export interface SubgraphModule {
  readonly name: DomainName;
  /** Static, so that the schema can be printed and composed without a database. */
  readonly schema: {
    readonly resolvers: readonly ResolverClass[];
    /** Entity stubs and other types that no resolver returns directly. */
    readonly orphanedTypes?: readonly TypeClass[];
  };
  create(deps: SubgraphDeps): Promise<SubgraphService> | SubgraphService;
}

export interface SubgraphDeps {
  readonly config: Config;
  readonly log: Logger;
  /** Narrow it with the domain's generated client type. */
  readonly database: Database;
  readonly outbox: Outbox;
  readonly feed: LiveFeed;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A running domain. */
export interface SubgraphService {
  /** One instance per resolver class. */
  readonly resolvers: readonly object[];
  readonly references?: Readonly<Record<string, ReferenceResolver>>;
  readonly consumers?: readonly EventConsumer[];
  /** Asked before every mutation. */
  readonly standing?: StandingGuard;
  /** Values that the domain shows to Prometheus; read when it asks. Names start with `clawpurse_`. */
  readonly gauges?: readonly { readonly name: string; readonly help: string; read(): number | Promise<number> }[];
  /** Files by name, streamed over plain HTTP to whoever may have them: see `download.ts`. */
  readonly downloads?: Readonly<Record<string, OpenDownload>>;
  /** Only `auth` has one: where access tokens' public keys come from. Served as JWKS at `/.well-known/jwks.json`. */
  readonly keys?: KeySource;
  /** Writes the demonstration data; safe to call again, and from several replicas at once. */
  seed?(): Promise<void>;
  /** Starts background work (sweepers). Called after migrations and seeding. */
  start?(): void;
  /** Stops background work; resolves when nothing is running any more. */
  stop?(): Promise<void>;
}

export interface SubgraphRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  /** Query, name and variables as the JSON text of a request's body, where the caller has it ready. */
  readonly body?: string;
  /** The caller's access token, or null. The subgraph verifies it itself. */
  readonly token: string | null;
  readonly requestId: string;
  readonly signal?: AbortSignal;
  /**
   * Hands the caller what ends this very call early. Given instead of `signal` where calls are many: an AbortController for each costs more
   * than all the rest of a call's bookkeeping.
   */
  readonly onCancel?: (cancel: (reason: Error) => void) => void;
  /** When the whole operation that the call belongs to has to be done; the call has no longer than that. */
  readonly deadline?: OperationDeadline | undefined;
  /** Of a subscription: called once the subgraph has taken it, which may be long before its first event. */
  readonly onOpen?: () => void;
  /**
   * Of a subscription: hands the caller what brings a newer token of the same session to the stream that is open. Called where there is a
   * way to do so; whether the subgraph heeds it is not told.
   */
  readonly onRenewable?: (renew: (token: string) => void) => void;
  readonly client?: { readonly address: string | null; readonly userAgent: string | null };
  /** Headers by lower-case name, on top of those that every call has; null takes one of those away. */
  readonly headers?: CallHeaderFields | undefined;
  /** Answers of more bytes are not taken. */
  readonly responseBytesMax?: number;
  /** Asks for the headers of the answer in the result. */
  readonly wantsHeaders?: boolean;
  /** Asks for the text that the result was read from. */
  readonly wantsText?: boolean;
}

/** Of one operation of a client, which may take many calls. */
export interface OperationDeadline {
  /** What it was given from its start. */
  readonly timeoutMs: number;
  /** By the clock of `performance.now()`. */
  readonly expiresAt: number;
  /** True once the time is over and all that was under way has been told. */
  isOver: boolean;
  /** What is under way; each is called once when the time is over, and takes itself out when it ends before. */
  readonly underWay: Set<() => void>;
}

export type CallHeaderFields = Readonly<Record<string, string | null>>;

/** Headers as Node gives them: lower-case names, a list where a name came several times. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A subgraph's result; with the headers that came with it when they were asked for and it came over HTTP. */
export interface SubgraphResult extends ExecutionResult {
  /** The JSON text that the result was read from, when it was asked for and it came as one. */
  readonly text?: string;
  readonly headers?: ReceivedHeaders;
}

/** How the gateway reaches a subgraph: in process, or over HTTP and WebSocket. Both behave alike. */
export interface SubgraphClient {
  readonly name: string;
  /** Never rejects for GraphQL errors; rejects with DomainError when the subgraph cannot be reached or times out. */
  execute(request: SubgraphRequest): Promise<SubgraphResult>;
  /** Ends when the source ends; returning from the iteration closes the upstream at once. */
  subscribe(request: SubgraphRequest): AsyncIterable<ExecutionResult>;
  /** One of its files; absent where the subgraph is not one of ours. Rejects with DomainError when it cannot be reached. */
  download?(request: DownloadRequest): Promise<DownloadAnswer>;
  /** @throws when the subgraph is not ready. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
