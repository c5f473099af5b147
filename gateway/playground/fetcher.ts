// Sends GraphiQL's operations: queries and mutations over HTTP; subscriptions go to the live streams, which outlive their tab.
import { createGraphiQLFetcher, type Fetcher, formatResult } from '@graphiql/toolkit';
import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import type { Follower, LiveStreams } from './live-streams.ts';
import { type Plans, planHeader } from './plans.ts';

/** In variables, this text becomes a new UUID at each run, so that pressing Run twice makes two transfers, not a repeat of one. */
export const freshUuid = '{{uuid}}';

/** The name that GraphiQL gives to its question for the schema. */
const introspectionOperation = 'IntrospectionQuery';

const liveNotice = { extensions: { playground: 'It runs. Its events are listed under "Live".' } };
/** What the response of a started subscription reads as; the live panel knows its tab by it. */
export const liveNoticeText = formatResult(liveNotice);

export interface FetcherOptions {
  readonly graphqlUrl: URL;
  readonly streams: LiveStreams;
  readonly plans: Plans;
  /** Whoever is signed in at this moment. */
  readonly follower: () => Follower;
}

export function createFetcher({ graphqlUrl, streams, plans, follower }: FetcherOptions): Fetcher {
  const send = createGraphiQLFetcher({ url: graphqlUrl.href });

  return async (parameters, options) => {
    const { query } = parameters;
    const variables = withFreshUuids(parameters.variables);
    const typedHeaders = options?.headers ?? {};
    const operation = findOperation(query, parameters.operationName);
    const operationName = operation?.name?.value ?? parameters.operationName ?? undefined;
    if (operation?.operation === 'subscription') {
      await streams.start({ operationName, query, variables, headers: typedHeaders, follower: follower() });
      return liveNotice;
    }
    // The schema is the same for everybody, and is wanted even when a stored token has expired meanwhile.
    const token = operationName === introspectionOperation ? null : follower().accessToken();
    // What the reader types into the Headers editor wins over the session bar.
    const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...typedHeaders };
    if (operationName === introspectionOperation) return send({ query, variables, operationName }, { ...options, headers });
    const answers = await send({ query, variables, operationName }, { ...options, headers: { ...planHeader, ...headers } });
    const withoutPlan = <Result>(result: Result) => plans.take(operationName ?? null, result);
    // Answers that may come in parts are an iterable, also when they come whole.
    return Symbol.asyncIterator in answers ? mapEach(answers, withoutPlan) : withoutPlan(answers);
  };
}

/**
 * The chosen operation, else the only one: for a moment after a tab was opened, GraphiQL still names the operation of the tab before.
 * Null when the document says nothing that can be run; the server explains why.
 */
function findOperation(query: string, operationName: string | null | undefined): OperationDefinitionNode | null {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document) ?? null;
  } catch {
    return null;
  }
}

async function* mapEach<Part>(parts: AsyncIterable<Part>, change: (part: Part) => Part): AsyncGenerator<Part> {
  for await (const part of parts) yield change(part);
}

function withFreshUuids<Variables>(variables: Variables): Variables {
  if (variables === undefined || variables === null) return variables;
  const text = JSON.stringify(variables);
  return text.includes(freshUuid) ? (JSON.parse(text.replaceAll(freshUuid, () => crypto.randomUUID())) as Variables) : variables;
}
