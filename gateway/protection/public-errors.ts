// The last look at every error before it leaves: only what is on the list goes out.
import type { GraphQLFormattedError } from 'graphql';

/** Extensions that clients get; everything else is taken off. */
const allowedExtensions = ['code', 'retryable', 'details', 'requestId'] as const;

export function toPublicError({ message, locations, path, extensions = {} }: GraphQLFormattedError): GraphQLFormattedError {
  const passed = Object.fromEntries(
    allowedExtensions.filter((name) => extensions[name] !== undefined).map((name) => [name, extensions[name]]),
  );
  return {
    message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: passed,
  };
}
