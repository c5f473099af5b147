// The one way of every operation, whatever transport it came by: an ordered list of stages, and the engine at its end.
import type { IncomingHttpHeaders } from 'node:http';
import type { OperationDefinitionNode } from 'graphql';
import type { EngineAnswer, WithheldFields } from '../execution/engine.ts';
import type { ServedGraph } from '../supergraph/live-graph.ts';
import type { AdmittedDocument } from './documents.ts';
import type { GatewayContext } from './gateway-context.ts';

export type Transport = 'http' | 'event-stream' | 'websocket';

/** What a client asks for, before anybody has looked at it. */
export interface OperationParameters {
  /** Null when the document is named by `documentId` or `extensions.persistedQuery` alone; a stage has to find its text then. */
  query: string | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Of a trusted document. */
  readonly documentId: string | null;
}

/** One operation on its way. Stages fill in what they find out; what is not theirs they leave alone. */
export interface GatewayRequest {
  readonly transport: Transport;
  /** True where a browser may send it unasked (GET): only queries pass. */
  readonly isQueryOnly: boolean;
  /** Of the request, or of the upgrade to a WebSocket. */
  readonly headers: IncomingHttpHeaders;
  readonly parameters: OperationParameters;
  /** Who asks. The identity is in it after the stage `identity`. */
  context: GatewayContext;
  /**
   * Equal scopes get equal answers to equal operations: the key of everything that is shared or remembered between requests. Set by the
   * stage `identity`; a stage that makes answers depend on more (a forwarded header) appends to it.
   */
  scope: string;
  /** The graph that it runs on, leased until its end. */
  readonly graph: ServedGraph;
  /** Set by the stage `document`, from the text in `parameters.query`. */
  document: AdmittedDocument | null;
  /** Null when the document has no such operation: the engine says so. */
  operation: OperationDefinitionNode | null;
  /** Set by the stage `rights`: what this caller may not have. */
  withheld: WithheldFields | null;
  /** A cursor after which a subscription goes on, when the client names one outside the operation (Last-Event-ID). */
  readonly resumeAfter: string | null;
}

/** What HTTP says of an answer beyond its body. */
export interface AnswerHead {
  readonly status?: number;
  /** A list is one header each: cookies. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Answer extends EngineAnswer {
  /** Absent: 200, or 400 for what was refused before execution. */
  readonly head?: AnswerHead;
}

/** One event of a subscription, made once for all who share it. */
export interface LiveEvent {
  readonly body: string;
  readonly errorCodes: readonly string[];
  /** Where the stream stands after it; null for fields without cursors. */
  readonly cursor: string | null;
  readonly encoded: EncodedEvent;
}

/** What has been made of an event already, so that the next who shares it need not. */
export interface EncodedEvent {
  eventStream?: Buffer;
  body?: Buffer;
  /** A whole WebSocket frame, and the operation id in it. */
  frame?: Buffer;
  frameId?: string;
  /** What it cost, and who has been charged for it. */
  demand?: { readonly cost: number; readonly payers: Set<string> };
}

export interface LiveSink {
  next(event: LiveEvent): void;
  /** The stream is over; nothing follows. */
  end(): void;
}

/** A subscription that was accepted; it begins when somebody listens. */
export interface LiveAnswers {
  /** Who subscribes, as the stages have found out. */
  readonly context: GatewayContext;
  open(sink: LiveSink): LiveHandle;
  /** Called instead of `open` when the client has gone meanwhile. */
  discard(): void;
}

export interface LiveHandle {
  /** The upstream is closed at once when nobody shares it any more. */
  close(): void;
  /** The same caller has a newer token. */
  renew(context: Pick<GatewayContext, 'identity' | 'token'>): void;
}

export type Outcome = Answer | LiveAnswers;
export type Next = (request: GatewayRequest) => Outcome | Promise<Outcome>;

/**
 * Looks at a request and passes it on, or answers it. A refusal is thrown: a DomainError, a GraphQLError, or `Refusal` where HTTP has a
 * status of its own for it. A stage that is configured off is left out of the list, and costs nothing.
 */
export type Stage = (request: GatewayRequest, next: Next) => Outcome | Promise<Outcome>;

/** The stages in their order, and what is after the last of them. */
export function composeStages(stages: readonly Stage[], last: Next): Next {
  return stages.reduceRight<Next>((next, stage) => (request) => stage(request, next), last);
}

export function isLive(outcome: Outcome): outcome is LiveAnswers {
  return 'open' in outcome;
}

/** The answer with more to say over HTTP. */
export function withHead(answer: Answer, head: AnswerHead): Answer {
  return { ...answer, head: { ...answer.head, ...head, headers: { ...answer.head?.headers, ...head.headers } } };
}

/** Headers as `writeHead` takes them: name, value, name, value. */
export function headerLines(head: AnswerHead | undefined): string[] {
  const lines: string[] = [];
  for (const [name, values] of Object.entries(head?.headers ?? {})) for (const value of [values].flat()) lines.push(name, value);
  return lines;
}
