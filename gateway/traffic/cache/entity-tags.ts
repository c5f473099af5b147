// Which entities an answer tells of, so that it can be dropped when one of them changes.
import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';

export interface EntityTags {
  /** `Type:id` for each entity whose key is in the answer; `Type` for each type of a list, and for each entity that is there without its key. */
  of(document: DocumentNode, operation: OperationDefinitionNode, data: unknown): Set<string>;
  /** Entity types that a subgraph can resolve. */
  typesOf(subgraph: string): readonly string[];
}

interface Walk {
  readonly schema: GraphQLSchema;
  /** Names of the fields that are a whole key, by entity type. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly tags: Set<string>;
}

export function readEntityTags(supergraph: string, schema: GraphQLSchema): EntityTags {
  const { keys, bySubgraph } = readKeys(supergraph);
  return {
    of(document, operation, data) {
      const tags = new Set<string>();
      const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
      const walk = { schema, keys, tags, fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])) };
      const root = schema.getRootType(operation.operation);
      if (root) collect(data, root, [operation.selectionSet], false, walk);
      return tags;
    },
    typesOf: (subgraph) => bySubgraph.get(subgraph) ?? [],
  };
}

function collect(
  value: unknown,
  declared: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
  isListed: boolean,
  walk: Walk,
): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, declared, sets, true, walk);
    // An empty list changes when its first entity appears.
    if (value.length === 0) tagTypes(declared, walk);
    walk.tags.add(declared.name);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    if (value === null) tagTypes(declared, walk);
    return;
  }
  const object = value as Record<string, unknown>;
  const type = typeof object.__typename === 'string' ? walk.schema.getType(object.__typename) : declared;
  const known = isCompositeType(type) ? type : declared;
  const fields = fieldsOf(sets, known, walk);
  const isIdentified = tagEntity(object, known, fields, walk);
  if (isListed || !isIdentified) tagTypes(known, walk);
  for (const [key, { type: below, sets: inner, isList }] of fields) {
    if (below !== null && object[key] !== undefined) collect(object[key], below, inner, isList, walk);
  }
}

interface SelectedField {
  readonly name: string;
  /** Null for leaves. */
  readonly type: GraphQLCompositeType | null;
  readonly isList: boolean;
  readonly sets: SelectionSetNode[];
}

/** By response key. Fragments on other types are taken as well: too many tags cost a hit, too few an outdated answer. */
function fieldsOf(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType, walk: Walk): Map<string, SelectedField> {
  const fields = new Map<string, SelectedField>();
  const add = (set: SelectionSetNode, owner: GraphQLCompositeType): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const { name, alias, selectionSet } = selection;
        const known = fields.get((alias ?? name).value);
        if (known !== undefined) {
          if (selectionSet !== undefined) known.sets.push(selectionSet);
          continue;
        }
        const field = isObjectType(owner) || isInterfaceType(owner) ? owner.getFields()[name.value] : undefined;
        const target = field === undefined ? null : getNamedType(field.type);
        const bare = isNonNullType(field?.type) ? field.type.ofType : field?.type;
        fields.set((alias ?? name).value, {
          name: name.value,
          type: isCompositeType(target) ? target : null,
          isList: isListType(bare),
          sets: selectionSet === undefined ? [] : [selectionSet],
        });
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.fragments.get(selection.name.value);
      const condition = fragment?.typeCondition === undefined ? owner : walk.schema.getType(fragment.typeCondition.name.value);
      if (fragment !== undefined && isCompositeType(condition))
        add(fragment.selectionSet, isObjectType(parent) ? parent : condition);
    }
  };
  for (const set of sets) add(set, parent);
  return fields;
}

function tagEntity(
  object: Record<string, unknown>,
  type: GraphQLCompositeType,
  fields: ReadonlyMap<string, SelectedField>,
  walk: Walk,
): boolean {
  const keys = walk.keys.get(type.name);
  if (keys === undefined) return isObjectType(type);
  let isIdentified = false;
  for (const [responseKey, { name }] of fields) {
    const value = object[responseKey];
    if (!keys.includes(name) || (typeof value !== 'string' && typeof value !== 'number')) continue;
    walk.tags.add(`${type.name}:${value}`);
    isIdentified = true;
  }
  return isIdentified;
}

/** The type itself, and what it may stand for, as far as they are entities. */
function tagTypes(type: GraphQLCompositeType, { schema, keys, tags }: Walk): void {
  const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  for (const { name } of [type, ...possible]) if (keys.has(name)) tags.add(name);
}

function readKeys(supergraph: string) {
  const keys = new Map<string, string[]>();
  const bySubgraph = new Map<string, string[]>();
  const names = new Map<string, string>();
  const { definitions } = parse(supergraph, { noLocation: true });
  for (const definition of definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { name, directives } of definition.values ?? []) {
      const graph = directives?.find((directive) => directive.name.value === 'join__graph');
      names.set(name.value, argumentOf(graph, 'name') ?? name.value);
    }
  }
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = definition.name.value;
    for (const directive of definition.directives ?? []) {
      const key = directive.name.value === 'join__type' ? argumentOf(directive, 'key') : undefined;
      if (key === undefined) continue;
      const simple = /^\w+$/.test(key.trim()) ? [key.trim()] : [];
      keys.set(type, [...new Set([...(keys.get(type) ?? []), ...simple])]);
      if (argumentOf(directive, 'resolvable') === 'false') continue;
      const subgraph = names.get(argumentOf(directive, 'graph') ?? '') ?? '';
      bySubgraph.set(subgraph, [...new Set([...(bySubgraph.get(subgraph) ?? []), type])]);
    }
  }
  return { keys, bySubgraph };
}

function argumentOf(directive: DirectiveNode | undefined, name: string): string | undefined {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value !== undefined && 'value' in value ? String(value.value) : undefined;
}
