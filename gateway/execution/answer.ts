// Makes the text of an answer out of its data and its errors, and reads it back for those who want the object.
import { type ExecutionResult, type FormattedExecutionResult, type GraphQLError, type GraphQLFormattedError } from 'graphql';
import { toPublicError } from '../protection/public-errors.ts';
import type { EngineAnswer } from './engine.ts';

/** An answer whose data is JSON text already. */
export function answerWith(dataText: string, errors: readonly GraphQLError[]): EngineAnswer {
  if (errors.length === 0) return answerOf(`{"data":${dataText}}`, noCodes, true);
  const formatted = errors.map(formatForClient);
  return answerOf(`{"data":${dataText},"errors":${JSON.stringify(formatted)}}`, formatted.map(codeOf), true);
}

/** An answer whose errors are as clients see them. */
export function answerFrom(result: FormattedExecutionResult): EngineAnswer {
  return answerOf(JSON.stringify(result), result.errors?.map(codeOf) ?? noCodes, 'data' in result);
}

/** An answer without errors whose text was kept. */
export function answerFromText(body: string): EngineAnswer {
  return answerOf(body, noCodes, true);
}

/** The answer with one more entry in its `extensions`. */
export function withExtension<Answer extends EngineAnswer>(answer: Answer, name: string, value: unknown): Answer {
  const { extensions, ...result } = answer.result() as FormattedExecutionResult;
  // Data may be large, and its text stands already: only an answer that has extensions is written anew.
  const body =
    extensions === undefined
      ? `${answer.body.slice(0, -1)},"extensions":${JSON.stringify({ [name]: value })}}`
      : JSON.stringify({ ...result, extensions: { ...extensions, [name]: value } });
  return { ...answer, ...answerOf(body, answer.errorCodes, answer.hasData) };
}

/** The answer to an operation that is not executed. */
export function refusal(errors: readonly GraphQLError[]): EngineAnswer {
  const formatted = errors.map(formatForClient);
  return answerOf(`{"errors":${JSON.stringify(formatted)}}`, formatted.map(codeOf), false);
}

const noCodes: readonly string[] = [];

function answerOf(body: string, errorCodes: readonly string[], hasData: boolean): EngineAnswer {
  let parsed: ExecutionResult | undefined;
  let encoded: Buffer | undefined;
  return {
    body,
    errorCodes,
    hasData,
    bytes() {
      encoded ??= Buffer.from(body);
      return encoded;
    },
    result() {
      parsed ??= JSON.parse(body) as ExecutionResult;
      return parsed;
    },
  };
}

function formatForClient(error: GraphQLError): GraphQLFormattedError {
  return toPublicError(error.toJSON());
}

function codeOf({ extensions }: GraphQLFormattedError): string {
  return typeof extensions?.code === 'string' ? extensions.code : 'INTERNAL_SERVER_ERROR';
}
