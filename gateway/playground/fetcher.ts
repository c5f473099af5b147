// Sends GraphiQL's operations: HTTP for queries and mutations, graphql-transport-ws for subscriptions.
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';

/** In variables, this text becomes a new UUID at each run, so that pressing Run twice makes two transfers, not a repeat of one. */
export const freshUuid = '{{uuid}}';

export function createFetcher(graphqlPath: string, accessToken: () => string | null): Fetcher {
  const url = new URL(graphqlPath, window.location.href);
  const subscriptionUrl = new URL(url);
  subscriptionUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const send = createGraphiQLFetcher({ url: url.href, subscriptionUrl: subscriptionUrl.href });

  return (parameters, options) => {
    const token = accessToken();
    // What the reader types into the Headers editor wins over the session bar.
    const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...options?.headers };
    return send({ ...parameters, variables: withFreshUuids(parameters.variables) }, { ...options, headers });
  };
}

function withFreshUuids<Variables>(variables: Variables): Variables {
  if (variables === undefined || variables === null) return variables;
  const text = JSON.stringify(variables);
  return text.includes(freshUuid) ? (JSON.parse(text.replaceAll(freshUuid, () => crypto.randomUUID())) as Variables) : variables;
}
