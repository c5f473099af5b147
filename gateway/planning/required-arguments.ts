// Gives each field that a @requires selects with arguments a name of its own in what the planner sees (`price__required0` for
// `price(currency: "USD")`), and the real name and arguments back in the plan. Otherwise two such selections, or one of them and the
// client's own of the same field, would meet under one response name, and one would silently take the other's value.
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { editJoinFields, joinArgument, withJoinArgument } from './join-directives.ts';
import { namedTypeOf } from './subgraph-index.ts';

/** A stand-in's real field and arguments, by the stand-in's name. */
export type StandIns = ReadonlyMap<string, { readonly field: string; readonly arguments: readonly ArgumentNode[] }>;

export interface NamedRequirements {
  readonly supergraph: DocumentNode;
  readonly standIns: StandIns;
}

type FieldsDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

const separator = '__required';

/** The supergraph as the planner shall see it. Without any @requires with arguments it is the same document. */
export function nameRequirements(supergraph: DocumentNode): NamedRequirements {
  const types = new Map<string, FieldsDefinition>();
  for (const definition of supergraph.definitions) if (hasFields(definition)) types.set(definition.name.value, definition);
  const standIns = createStandIns(types);

  const rewritten = editJoinFields(supergraph, (directive, type) => {
    const requires = joinArgument(directive, 'requires');
    if (requires === null) return directive;
    const selectionSet = (parse(`{ ${requires} }`).definitions[0] as { selectionSet: SelectionSetNode }).selectionSet;
    const renamed = print(standIns.rename(selectionSet, type));
    return withJoinArgument(directive, 'requires', renamed.slice(1, -1).replaceAll(/\s+/g, ' ').trim());
  });
  if (standIns.known.size === 0) return { supergraph, standIns: standIns.known };
  return { supergraph: addStandIns(rewritten, standIns.wanted), standIns: standIns.known };
}

function createStandIns(types: ReadonlyMap<string, FieldsDefinition>) {
  const known = new Map<string, { field: string; arguments: readonly ArgumentNode[] }>();
  const names = new Map<string, string>();
  /** Names of stand-ins by the type that shall have them. */
  const wanted = new Map<string, Map<string, string>>();

  function nameFor(field: FieldNode, type: FieldsDefinition): string {
    const given = [...(field.arguments ?? [])].sort((a, b) => a.name.value.localeCompare(b.name.value));
    const key = `${field.name.value}(${given.map(print).join(', ')})`;
    let name = names.get(key);
    if (name === undefined) {
      name = `${field.name.value}${separator}${names.size}`;
      names.set(key, name);
      known.set(name, { field: field.name.value, arguments: given });
    }
    for (const owner of [type, ...implementationsOf(type, types)]) {
      const ofOwner = wanted.get(owner.name.value) ?? new Map<string, string>();
      wanted.set(owner.name.value, ofOwner.set(name, field.name.value));
    }
    return name;
  }

  function rename(selectionSet: SelectionSetNode, typeName: string): SelectionSetNode {
    const type = types.get(typeName);
    const selections = selectionSet.selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.INLINE_FRAGMENT)
        return { ...selection, selectionSet: rename(selection.selectionSet, selection.typeCondition?.name.value ?? typeName) };
      if (selection.kind !== Kind.FIELD) return selection;
      const definition = type?.fields?.find(({ name }) => name.value === selection.name.value);
      if (type === undefined || definition === undefined) return selection;
      const below = selection.selectionSet && rename(selection.selectionSet, namedTypeOf(definition.type));
      const field = { ...selection, selectionSet: below };
      if ((definition.arguments?.length ?? 0) === 0) return field;
      return { ...field, name: { kind: Kind.NAME, value: nameFor(selection, type) }, arguments: [] };
    });
    return { ...selectionSet, selections };
  }

  return { known, wanted, rename };
}

/** Each type with its stand-ins: resolved by the same subgraphs as the real field, and without arguments. */
function addStandIns(supergraph: DocumentNode, wanted: ReadonlyMap<string, ReadonlyMap<string, string>>): DocumentNode {
  const definitions = supergraph.definitions.map((definition) => {
    if (!hasFields(definition)) return definition;
    const added: FieldDefinitionNode[] = [];
    for (const [name, original] of wanted.get(definition.name.value) ?? []) {
      const field = definition.fields?.find((candidate) => candidate.name.value === original);
      if (field === undefined) continue;
      const directives = field.directives?.filter((directive) => directive.name.value.startsWith('join__'));
      added.push({ ...field, name: { kind: Kind.NAME, value: name }, arguments: [], description: undefined, directives });
    }
    return added.length === 0 ? definition : { ...definition, fields: [...(definition.fields ?? []), ...added] };
  });
  return { ...supergraph, definitions };
}

function implementationsOf(type: FieldsDefinition, types: ReadonlyMap<string, FieldsDefinition>): FieldsDefinition[] {
  if (type.kind !== Kind.INTERFACE_TYPE_DEFINITION) return [];
  return [...types.values()].filter(({ interfaces }) => interfaces?.some(({ name }) => name.value === type.name.value));
}

function hasFields(node: { readonly kind: string }): node is FieldsDefinition {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** The subgraphs' own names again, under the stand-ins' response names: `price__required0: price(currency: "USD")`. */
export function realField(field: FieldNode, standIns: StandIns): FieldNode {
  const standIn = standIns.get(field.name.value);
  if (standIn === undefined) return field;
  return {
    ...field,
    alias: field.alias ?? field.name,
    name: { kind: Kind.NAME, value: standIn.field },
    arguments: [...standIn.arguments, ...(field.arguments ?? [])],
  };
}
