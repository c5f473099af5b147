// Why an operation is not executed, as the client reads it.
import { GraphQLError } from 'graphql';
import type { DomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';

/** graphql-js gives the errors of variables no code. */
export function badInput({ message, nodes, source, positions, originalError, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    originalError,
    extensions: { code: 'BAD_USER_INPUT', ...extensions },
  });
}

export function notPlanned(failure: DomainError): GraphQLError {
  return new GraphQLError(failure.message, { originalError: failure, extensions: { ...domainExtensions(failure) } });
}

export function unknownOperation(operationName: string | null): GraphQLError {
  const message =
    operationName === null
      ? 'The document has several operations: say which one with operationName.'
      : `The document has no operation named "${operationName}".`;
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}
