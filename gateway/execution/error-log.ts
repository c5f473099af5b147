// Collects the errors of one execution in the client's terms: response paths, allowed extensions, no names of subgraphs.
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import type { DomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';

export type ResponsePath = readonly (string | number)[];

/** A failed fetch can touch thousands of fields; the client is told of this many places, the rest is only remembered. */
const placesPerFailureMax = 20;

/** Extensions that may pass from a subgraph to a client. */
const allowedExtensions = ['code', 'retryable', 'details', 'requestId'] as const;

export interface ErrorLog {
  /** An error that a subgraph reported, at each place of the response that it concerns. */
  addSubgraphError(error: unknown, places: readonly ResponsePath[]): void;
  /** A fetch that failed as a whole. The empty path stands for the whole response. */
  addFailure(failure: DomainError, places: readonly ResponsePath[]): void;
  add(error: GraphQLError): void;
  /** True when an error at, above or below the path has been recorded already. */
  explains(path: ResponsePath): boolean;
  readonly errors: readonly GraphQLError[];
}

export function createErrorLog(): ErrorLog {
  const errors: GraphQLError[] = [];
  const recorded = new Set<string>();
  const ancestors = new Set<string>();

  function remember(path: ResponsePath): void {
    recorded.add(keyOf(path, path.length));
    for (let length = 0; length < path.length; length++) ancestors.add(keyOf(path, length));
  }

  function report(message: string, extensions: GraphQLErrorExtensions, places: readonly ResponsePath[]): void {
    places.forEach(remember);
    if (places.length === 0) errors.push(new GraphQLError(message, { extensions }));
    for (const path of places.slice(0, placesPerFailureMax)) {
      errors.push(new GraphQLError(message, { path: path.length === 0 ? undefined : path, extensions }));
    }
  }

  return {
    errors,
    addSubgraphError(error, places) {
      const { message, extensions } = publicError(error);
      report(message, extensions, places);
    },
    addFailure(failure, places) {
      report(failure.message, domainExtensions(failure), places);
    },
    add(error) {
      errors.push(error);
      if (error.path !== undefined) remember(error.path);
    },
    explains(path) {
      if (ancestors.has(keyOf(path, path.length))) return true;
      for (let length = path.length; length >= 0; length--) if (recorded.has(keyOf(path, length))) return true;
      return false;
    },
  };
}

function keyOf(path: ResponsePath, length: number): string {
  return JSON.stringify(length === path.length ? path : path.slice(0, length));
}

function publicError(error: unknown): { message: string; extensions: GraphQLErrorExtensions } {
  const { message, extensions } = (typeof error === 'object' && error !== null ? error : {}) as {
    message?: unknown;
    extensions?: unknown;
  };
  const given = typeof extensions === 'object' && extensions !== null ? (extensions as Record<string, unknown>) : {};
  const passed = Object.fromEntries(
    allowedExtensions.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  return {
    message: typeof message === 'string' && message !== '' ? message : 'A part of the graph reported an error.',
    extensions: { ...passed, code: typeof passed.code === 'string' ? passed.code : 'DOWNSTREAM_SERVICE_ERROR' },
  };
}
