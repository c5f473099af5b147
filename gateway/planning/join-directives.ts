// Reads and edits the `join__` directives of a supergraph, which say what each subgraph has.
import {
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
} from 'graphql';

type FieldsDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** A string, enum or Boolean argument as text; null when it is not given. */
export function joinArgument(directive: DirectiveNode, name: string): string | null {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined || !('value' in value)) return null;
  return String(value.value);
}

export function withJoinArgument(directive: ConstDirectiveNode, name: string, text: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === name ? { ...argument, value: { kind: Kind.STRING, value: text } } : argument,
    ),
  };
}

/** The document with every `@join__field` replaced by what `edit` makes of it. */
export function editJoinFields(
  supergraph: DocumentNode,
  edit: (directive: ConstDirectiveNode, typeName: string) => ConstDirectiveNode,
): DocumentNode {
  return editTypes(supergraph, (type) => ({
    ...type,
    fields: type.fields?.map((field) => ({
      ...field,
      directives: field.directives?.map((directive) =>
        directive.name.value === 'join__field' ? edit(directive, type.name.value) : directive,
      ),
    })),
  }));
}

/**
 * Takes keys out that are declared with `resolvable: false`: nothing can be fetched by them, but the planner takes the first key that it
 * finds to come back to a subgraph with what a @requires needs. A type stays in its subgraph without the key.
 */
export function withoutUnresolvableKeys(supergraph: DocumentNode): DocumentNode {
  return editTypes(supergraph, (type) => {
    const directives = type.directives ?? [];
    if (!directives.some(isUnresolvable)) return type;
    const kept: ConstDirectiveNode[] = [];
    for (const directive of directives) {
      // An interface object's own key is how the planner finds out which type it really is.
      const isKept = !isUnresolvable(directive) || joinArgument(directive, 'isInterfaceObject') === 'true';
      if (isKept) kept.push(directive);
      else if (!isElsewhere(directive, directives, kept))
        kept.push({
          ...directive,
          arguments: directive.arguments?.filter(({ name }) => name.value !== 'key' && name.value !== 'resolvable'),
        });
    }
    return { ...type, directives: kept };
  });
}

/** True when the type is in the directive's subgraph without this directive as well. */
function isElsewhere(directive: DirectiveNode, all: readonly ConstDirectiveNode[], kept: readonly ConstDirectiveNode[]): boolean {
  const graph = joinArgument(directive, 'graph');
  const isSame = (other: DirectiveNode) => other.name.value === 'join__type' && joinArgument(other, 'graph') === graph;
  return kept.some(isSame) || all.some((other) => isSame(other) && !isUnresolvable(other));
}

function isUnresolvable(directive: DirectiveNode): boolean {
  return (
    directive.name.value === 'join__type' &&
    joinArgument(directive, 'key') !== null &&
    joinArgument(directive, 'resolvable') === 'false'
  );
}

function editTypes(supergraph: DocumentNode, edit: (type: FieldsDefinition) => FieldsDefinition): DocumentNode {
  return {
    ...supergraph,
    definitions: supergraph.definitions.map((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
        ? edit(definition)
        : definition,
    ),
  };
}
