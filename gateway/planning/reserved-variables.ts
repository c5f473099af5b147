// Entity fetches have a variable of their own, `$representations`. A client's variable of that name goes by another one inside.
import { type DocumentNode, Kind, visit } from 'graphql';

const reserved = 'representations';
const replacement = 'representations__ofClient';

export function renameReservedVariables(document: DocumentNode): DocumentNode {
  const isUsed = document.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.variableDefinitions?.some(({ variable }) => variable.name.value === reserved),
  );
  if (!isUsed) return document;
  return visit(document, {
    Variable: (variable) =>
      variable.name.value === reserved ? { ...variable, name: { ...variable.name, value: replacement } } : undefined,
  });
}

/** The values, under the names that plans use. */
export function withReservedVariables(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.hasOwn(values, reserved) ? { ...values, [replacement]: values[reserved] } : values;
}
