// The conventions of the graph as a check over a subgraph's SDL, so that every domain's test can hold its schema to them.
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
} from 'graphql';

interface Described {
  readonly description?: { readonly value: string } | undefined;
}

/**
 * What breaks the conventions: missing descriptions, mutations that do not take exactly one `input`, entities without an id.
 *
 * @example
 * expect(schemaProblems(buildSubgraph(walletModule).sdl)).toEqual([]);
 */
export function schemaProblems(sdl: string): string[] {
  return parse(sdl).definitions.flatMap(definitionProblems);
}

function definitionProblems(definition: DefinitionNode): string[] {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION: {
      const name = definition.name.value;
      const fields = definition.fields ?? [];
      const own = [...undescribed(name, definition), ...fields.flatMap((field) => fieldProblems(name, field))];
      return definition.kind === Kind.OBJECT_TYPE_DEFINITION ? [...own, ...typeProblems(name, definition)] : own;
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
      const name = definition.name.value;
      return [
        ...undescribed(name, definition),
        ...(definition.fields ?? []).flatMap((field) => undescribed(`${name}.${field.name.value}`, field)),
      ];
    }
    case Kind.ENUM_TYPE_DEFINITION: {
      const name = definition.name.value;
      return [
        ...undescribed(name, definition),
        ...(definition.values ?? []).flatMap((value) => undescribed(`${name}.${value.name.value}`, value)),
      ];
    }
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.UNION_TYPE_DEFINITION:
      return undescribed(definition.name.value, definition);
    default:
      return [];
  }
}

function fieldProblems(typeName: string, field: FieldDefinitionNode): string[] {
  const place = `${typeName}.${field.name.value}`;
  const args = field.arguments ?? [];
  return [
    ...undescribed(place, field),
    ...args.flatMap((argument) => undescribed(`${place}(${argument.name.value}:)`, argument)),
    ...(typeName === 'Mutation' && !takesOneInput(args) ? [`${place} takes something else than exactly one "input".`] : []),
  ];
}

function takesOneInput(args: readonly InputValueDefinitionNode[]): boolean {
  return args.length === 1 && args[0]?.name.value === 'input' && args[0].type.kind === Kind.NON_NULL_TYPE;
}

function typeProblems(name: string, type: ObjectTypeDefinitionNode): string[] {
  const isEntity = (type.directives ?? []).some((directive: ConstDirectiveNode) => directive.name.value === 'key');
  const hasId = (type.fields ?? []).some((field) => field.name.value === 'id');
  return isEntity && !hasId ? [`${name} is an entity without an id.`] : [];
}

function undescribed(place: string, node: Described): string[] {
  return (node.description?.value ?? '').trim() === '' ? [`${place} has no description.`] : [];
}
