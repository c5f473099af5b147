// Adds to the `extensions` of an answer that is ready text.
import type { FormattedExecutionResult } from 'graphql';
import type { Answer } from '../edge/pipeline.ts';
import { answerFrom } from '../execution/answer.ts';

export function withExtension(answer: Answer, name: string, value: unknown): Answer {
  const result = answer.result() as FormattedExecutionResult;
  return { ...answer, ...answerFrom({ ...result, extensions: { ...result.extensions, [name]: value } }) };
}
