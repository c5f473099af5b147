// A small typed client of the graph: one request over HTTP. It knows tokens and errors; what to ask is in `operations/`.

/** A document with its result and variables in its type; generated from `operations/` into `generated/`. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  __apiType?: (variables: Variables) => Result;
}

/** One entry of a GraphQL answer's `errors`. */
export interface GraphErrorEntry {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly retryable?: boolean; readonly [key: string]: unknown };
}

/** The graph answered with errors. `code` is the first one's stable code. */
export class GraphError extends Error {
  readonly errors: readonly GraphErrorEntry[];
  readonly code: string;

  constructor(errors: readonly GraphErrorEntry[]) {
    super(errors.map((error) => `${error.extensions?.code ?? 'UNKNOWN'}: ${error.message}`).join('\n'));
    this.name = 'GraphError';
    this.errors = errors;
    this.code = errors[0]?.extensions?.code ?? 'UNKNOWN';
  }
}

export interface GraphClientOptions {
  /** The gateway's GraphQL endpoint, for example `http://localhost:4000/graphql`. */
  readonly url: string;
  /** The access token to send; absent or null for anonymous requests. */
  readonly accessToken?: () => string | null;
}

export interface GraphClient {
  /** @throws GraphError when the answer has errors, and TypeError when the gateway cannot be reached. */
  request<Result, Variables>(document: TypedDocument<Result, Variables>, variables: Variables): Promise<Result>;
}

/**
 * @example
 * const graph = createGraphClient({ url: 'http://localhost:4000/graphql' });
 * const { signIn } = await graph.request(SignInDocument, { input: { email, password } });
 */
export function createGraphClient({ url, accessToken }: GraphClientOptions): GraphClient {
  return {
    async request<Result, Variables>(document: TypedDocument<Result, Variables>, variables: Variables): Promise<Result> {
      const token = accessToken?.() ?? null;
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          accept: 'application/graphql-response+json, application/json',
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: document.toString(), variables }),
      });
      const answer = (await response.json()) as { data?: Result | null; errors?: readonly GraphErrorEntry[] };
      if (answer.errors !== undefined && answer.errors.length > 0) throw new GraphError(answer.errors);
      if (answer.data === undefined || answer.data === null)
        throw new GraphError([{ message: `HTTP ${response.status} without data` }]);
      return answer.data;
    },
  };
}
