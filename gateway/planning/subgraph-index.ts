// Which object types and fields each subgraph has, as the supergraph's `join__` directives tell.
import { type DirectiveNode, type DocumentNode, type FieldDefinitionNode, Kind, type TypeNode } from 'graphql';
import { joinArgument } from './join-directives.ts';

export interface SubgraphIndex {
  /** The object types that the subgraph knows behind a union or interface. */
  membersOf(subgraph: string, abstractType: string): ReadonlySet<string>;
  /** True when the subgraph resolves the field by itself, without inputs of others. */
  resolves(subgraph: string, type: string, field: string): boolean;
  /** The field's type in the subgraph without lists and non-null; null for a field that is not in the supergraph. */
  typeOf(subgraph: string, type: string, field: string): string | null;
  isAbstract(type: string): boolean;
  /** True when some union or interface has other members in one subgraph than in another. */
  readonly hasPartialTypes: boolean;
}

export function createSubgraphIndex(supergraph: DocumentNode): SubgraphIndex {
  const names = subgraphNames(supergraph);
  const subgraphOf = (directive: DirectiveNode) => names.get(joinArgument(directive, 'graph') ?? '') ?? '';
  const abstract = new Set<string>();
  const graphsOfType = new Map<string, readonly string[]>();
  const members = new Map<string, Map<string, Set<string>>>();
  const fields = new Map<string, FieldDefinitionNode>();

  const addMember = (type: string, subgraph: string, member: string) => {
    const bySubgraph = members.get(type) ?? new Map<string, Set<string>>();
    members.set(type, bySubgraph.set(subgraph, (bySubgraph.get(subgraph) ?? new Set<string>()).add(member)));
  };
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue;
    const name = definition.name.value;
    const directives = definition.directives ?? [];
    graphsOfType.set(name, directives.filter(isNamed('join__type')).map(subgraphOf));
    if (definition.kind === Kind.UNION_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) abstract.add(name);
    for (const directive of directives.filter(isNamed('join__unionMember')))
      addMember(name, subgraphOf(directive), joinArgument(directive, 'member') ?? '');
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION)
      for (const directive of directives.filter(isNamed('join__implements')))
        addMember(joinArgument(directive, 'interface') ?? '', subgraphOf(directive), name);
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
      for (const field of definition.fields ?? []) fields.set(`${name}.${field.name.value}`, field);
  }

  return {
    membersOf: (subgraph, type) => members.get(type)?.get(subgraph) ?? none,
    resolves(subgraph, type, field) {
      const joins = fields.get(`${type}.${field}`)?.directives?.filter(isNamed('join__field'));
      if (joins === undefined) return false;
      if (joins.length === 0) return graphsOfType.get(type)?.includes(subgraph) ?? false;
      const own = joins.find((directive) => subgraphOf(directive) === subgraph);
      return (
        own !== undefined &&
        ['external', 'requires', 'usedOverridden', 'overrideLabel'].every((name) => joinArgument(own, name) === null)
      );
    },
    typeOf(subgraph, type, field) {
      const definition = fields.get(`${type}.${field}`);
      const own = definition?.directives?.find(
        (directive) => directive.name.value === 'join__field' && subgraphOf(directive) === subgraph,
      );
      const ownType = own === undefined ? null : joinArgument(own, 'type');
      if (ownType !== null) return ownType.replaceAll(/[[\]!]/g, '');
      return definition === undefined ? null : namedTypeOf(definition.type);
    },
    isAbstract: (type) => abstract.has(type),
    hasPartialTypes: [...members.values()].some((bySubgraph) => {
      const sets = [...bySubgraph.values()].map((set) => [...set].sort().join());
      return new Set(sets).size > 1;
    }),
  };
}

/** Names of subgraphs by their value of `join__Graph`. */
export function subgraphNames(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { name, directives } of definition.values ?? []) {
      const graph = directives?.find(isNamed('join__graph'));
      const given = graph === undefined ? null : joinArgument(graph, 'name');
      if (given !== null) names.set(name.value, given);
    }
  }
  return names;
}

const none: ReadonlySet<string> = new Set();

const isNamed = (name: string) => (directive: DirectiveNode) => directive.name.value === name;

export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}
