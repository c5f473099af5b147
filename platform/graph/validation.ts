// Checks arguments against their class-validator decorators and says which field is wrong in the graph's own error.
import { type ValidationError, validate } from 'class-validator';
import { platformErrors } from '../errors.ts';

/** @throws BAD_USER_INPUT naming the first wrong field and its rule. */
export async function validateInput(value: unknown): Promise<void> {
  const values = Array.isArray(value) ? value : [value];
  for (const item of values) {
    if (typeof item !== 'object' || item === null) continue;
    const [problem] = await validate(item, { skipMissingProperties: true, forbidUnknownValues: false, stopAtFirstError: true });
    if (problem !== undefined) throw describeProblem(problem, []);
  }
}

function describeProblem(problem: ValidationError, path: readonly string[]): Error {
  const here = [...path, problem.property];
  const [nested] = problem.children ?? [];
  if (nested !== undefined) return describeProblem(nested, here);
  const [message = 'is not valid'] = Object.values(problem.constraints ?? {});
  // class-validator starts its messages with the property's name, which the error gives already.
  const text = message.startsWith(`${problem.property} `) ? message.slice(problem.property.length + 1) : message;
  return platformErrors.BAD_USER_INPUT({ field: here.join('.'), problem: text });
}
