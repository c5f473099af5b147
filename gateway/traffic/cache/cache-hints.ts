// What `@cacheControl` in the supergraph says of an operation, before anything is fetched. Composition keeps the directive only where subgraphs
// ask for it with @composeDirective; without it, the subgraphs' `cache-control` headers alone decide.
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
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { type CacheHint, type CachePolicy, createCachePolicy } from './cache-policy.ts';

interface DeclaredHint extends CacheHint {
  readonly inheritMaxAge: boolean;
}

export interface CacheHints {
  /** The strictest of all that the operation selects, whatever it skips; null where the supergraph has no hints at all. */
  policyOf(document: DocumentNode, operation: OperationDefinitionNode): CacheHint | null;
}

/** Seconds for root fields and objects without a hint: what nobody has called cacheable is not. */
const defaultMaxAge = 0;

export function readCacheHints(supergraph: string, schema: GraphQLSchema): CacheHints {
  const declared = declaredHints(supergraph);
  const policies = new WeakMap<OperationDefinitionNode, CacheHint>();

  function compute(document: DocumentNode, operation: OperationDefinitionNode): CacheHint {
    const policy = createCachePolicy();
    const root = schema.getRootType(operation.operation);
    if (root)
      restrictBySelection(operation.selectionSet, root, { schema, declared, fragments: fragmentsOf(document), policy }, true);
    return {
      ...(policy.maxAge === undefined ? {} : { maxAge: policy.maxAge }),
      ...(policy.scope === undefined ? {} : { scope: policy.scope }),
    };
  }

  return {
    policyOf(document, operation) {
      if (declared.size === 0) return null;
      const known = policies.get(operation) ?? compute(document, operation);
      policies.set(operation, known);
      return known;
    },
  };
}

interface Walk {
  readonly schema: GraphQLSchema;
  /** By `Type` and `Type.field`. */
  readonly declared: ReadonlyMap<string, DeclaredHint>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly policy: CachePolicy;
}

function restrictBySelection(selections: SelectionSetNode, type: GraphQLCompositeType, walk: Walk, isRoot: boolean): void {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) {
      restrictByField(selection.name.value, selection.selectionSet, type, walk, isRoot);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition === undefined ? type : walk.schema.getType(fragment.typeCondition.name.value);
    if (fragment !== undefined && isCompositeType(condition)) restrictBySelection(fragment.selectionSet, condition, walk, isRoot);
  }
}

function restrictByField(
  name: string,
  below: SelectionSetNode | undefined,
  parent: GraphQLCompositeType,
  walk: Walk,
  isRoot: boolean,
): void {
  if (name.startsWith('__') || !(isObjectType(parent) || isInterfaceType(parent))) return;
  const field = parent.getFields()[name];
  if (field === undefined) return;
  const target = getNamedType(field.type);
  const targets = isCompositeType(target) ? withPossible(target, walk.schema) : [];
  // Which object an interface stands for is not known yet: the strictest of all that it may be.
  for (const owner of withPossible(parent, walk.schema)) {
    restrictByHints(
      walk.declared.get(`${owner}.${name}`),
      targets.map((each) => walk.declared.get(each)),
      targets.length > 0 || isRoot,
      walk.policy,
    );
  }
  if (below !== undefined && isCompositeType(target)) restrictBySelection(below, target, walk, false);
}

/** A field's own hint goes before that of its type; `inheritMaxAge` leaves the age to the field above. */
function restrictByHints(
  own: DeclaredHint | undefined,
  ofTypes: readonly (DeclaredHint | undefined)[],
  needsHint: boolean,
  policy: CachePolicy,
): void {
  const typed = ofTypes.filter((hint) => hint !== undefined);
  for (const { scope } of [own ?? {}, ...typed] as CacheHint[]) if (scope !== undefined) policy.restrict({ scope });
  if (own?.maxAge !== undefined) policy.restrict({ maxAge: own.maxAge });
  else if (own?.inheritMaxAge === true) return;
  else if (typed.some(({ maxAge }) => maxAge !== undefined))
    for (const { maxAge } of typed) policy.restrict({ maxAge: maxAge ?? defaultMaxAge });
  else if (needsHint && !typed.some(({ inheritMaxAge }) => inheritMaxAge)) policy.restrict({ maxAge: defaultMaxAge });
}

function withPossible(type: GraphQLCompositeType, schema: GraphQLSchema): string[] {
  return isAbstractType(type) ? [type.name, ...schema.getPossibleTypes(type).map(({ name }) => name)] : [type.name];
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function declaredHints(supergraph: string): Map<string, DeclaredHint> {
  const hints = new Map<string, DeclaredHint>();
  if (!supergraph.includes('@cacheControl')) return hints;
  const note = (key: string, directives: readonly DirectiveNode[] | undefined) => {
    const directive = directives?.find(({ name }) => name.value === 'cacheControl');
    if (directive !== undefined) hints.set(key, hintOf(directive));
  };
  for (const definition of parse(supergraph, { noLocation: true }).definitions) {
    if (!('name' in definition) || !('directives' in definition)) continue;
    const name = definition.name?.value ?? '';
    note(name, definition.directives);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) note(`${name}.${field.name.value}`, field.directives);
  }
  return hints;
}

function hintOf({ arguments: args = [] }: DirectiveNode): DeclaredHint {
  const argument = (name: string) => {
    const value = args.find((argument) => argument.name.value === name)?.value;
    return value !== undefined && 'value' in value ? value.value : undefined;
  };
  const maxAge = argument('maxAge');
  const scope = argument('scope');
  return {
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    ...(scope === 'PRIVATE' || scope === 'PUBLIC' ? { scope } : {}),
    inheritMaxAge: argument('inheritMaxAge') === true,
  };
}
