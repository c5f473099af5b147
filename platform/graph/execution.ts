// Executes operations over a schema: parsed and validated once per text, errors formatted in one place, streams that end cleanly.
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationTypeNode,
  parse,
  subscribe,
  validate,
} from 'graphql';
import type { GraphContext } from './context.ts';
import { createDocumentCache } from './document-cache.ts';
import { formatError } from './error-format.ts';

const tokensDefaultMax = 20_000;

export interface OperationRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

export interface OperationExecutor {
  /** Parses, validates and chooses the operation. @throws {GraphQLError} with a code. */
  prepare(request: OperationRequest): PreparedOperation;
  /** Runs a query or mutation. Never rejects: failures are in the result. */
  execute(request: OperationRequest, context: GraphContext): Promise<ExecutionResult>;
  /** Runs a subscription. Never throws: failures are a last result, after which the stream ends. */
  subscribe(request: OperationRequest, context: GraphContext): AsyncGenerator<ExecutionResult, void, void>;
}

export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly type: OperationTypeNode;
}

interface CheckedDocument {
  readonly document: DocumentNode | null;
  readonly error: GraphQLError | null;
}

/** One executor per schema; its cache lives as long as the schema does. */
export function createOperationExecutor(schema: GraphQLSchema, limits: { readonly tokensMax?: number } = {}): OperationExecutor {
  const checked = createDocumentCache<CheckedDocument>();

  function check(query: string): CheckedDocument {
    const known = checked.get(query);
    if (known !== undefined) return known;
    const fresh = parseAndValidate(schema, query, limits.tokensMax ?? tokensDefaultMax);
    checked.set(query, fresh);
    return fresh;
  }

  function prepare({ query, operationName }: OperationRequest): PreparedOperation {
    const { document, error } = check(query);
    if (document === null) throw error ?? new Error('A document without an error was not kept.');
    const operation = getOperationAST(document, operationName);
    if (operation) return { document, type: operation.operation };
    const message = operationName
      ? `The document has no operation named "${operationName}".`
      : 'The document has several operations: say which one by operationName.';
    throw withCode(new GraphQLError(message), 'OPERATION_RESOLUTION_FAILURE');
  }

  function argsOf(request: OperationRequest, { document }: PreparedOperation, contextValue: GraphContext): ExecutionArgs {
    return {
      schema,
      document,
      contextValue,
      variableValues: request.variables ?? {},
      operationName: request.operationName ?? null,
    };
  }

  async function run(request: OperationRequest, context: GraphContext): Promise<ExecutionResult> {
    try {
      const prepared = prepare(request);
      if (prepared.type === 'subscription') throw wrongTransport('A subscription needs a WebSocket connection.');
      return formatResult(await execute(argsOf(request, prepared, context)), context);
    } catch (error) {
      return failure(error, context);
    }
  }

  async function* follow(request: OperationRequest, context: GraphContext): AsyncGenerator<ExecutionResult, void, void> {
    try {
      const prepared = prepare(request);
      if (prepared.type !== 'subscription') throw wrongTransport('This stream is for subscriptions.');
      const started = await subscribe(argsOf(request, prepared, context));
      if (!(Symbol.asyncIterator in started)) {
        yield formatResult(started, context);
        return;
      }
      for await (const result of started) yield formatResult(result, context);
    } catch (error) {
      // A stream that was aborted has nobody left to tell.
      if (!context.signal.aborted) yield failure(error, context);
    }
  }

  return { prepare, execute: run, subscribe: follow };
}

/** A result that is nothing but one formatted failure. */
export function failure(error: unknown, context: Pick<GraphContext, 'log' | 'requestId'>): ExecutionResult {
  return { errors: [toPublicError(error, context)] };
}

function parseAndValidate(schema: GraphQLSchema, query: string, tokensMax: number): CheckedDocument {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: tokensMax });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { document: null, error: withCode(new GraphQLError(message), 'GRAPHQL_PARSE_FAILED') };
  }
  const [first] = validate(schema, document, undefined, { maxErrors: 1 });
  return first === undefined
    ? { document, error: null }
    : { document: null, error: withCode(first, 'GRAPHQL_VALIDATION_FAILED') };
}

function wrongTransport(message: string): GraphQLError {
  return withCode(new GraphQLError(message), 'BAD_REQUEST');
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    ...(error.nodes ? { nodes: error.nodes } : {}),
    extensions: { ...error.extensions, code },
  });
}

function formatResult(result: ExecutionResult, context: GraphContext): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => toPublicError(error, context)) };
}

/** Keeps graphql-js's class, which callers in process expect, with nothing inside but what callers over HTTP would get. */
function toPublicError(error: unknown, context: Pick<GraphContext, 'log' | 'requestId'>): GraphQLError {
  const { message, path, extensions } = formatError(error, context);
  return new GraphQLError(message, {
    ...(path === undefined ? {} : { path }),
    ...(extensions === undefined ? {} : { extensions }),
  });
}
