// Takes out of an operation what somebody has no right to, before it is planned. What was taken out stays known, for the answer to say so.
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { Requirement } from '../graph-directives.ts';
import type { GraphRequirements, PossibleTypes } from './graph-requirements.ts';
import type { Denial } from './requirement.ts';

/** What was selected, with fragments written out. */
export type Shape = FieldShape | FragmentShape;

export interface FieldShape {
  readonly kind: 'field';
  readonly responseName: string;
  readonly name: string;
  readonly directives: readonly DirectiveNode[];
  /** Null: it is allowed. */
  readonly denial: Denial | null;
  /** Whether anything at or below it is denied. */
  readonly hasDenied: boolean;
  readonly below: readonly Shape[];
}

export interface FragmentShape {
  readonly kind: 'fragment';
  /** Name of the type that it is on; null for the type around it. */
  readonly condition: string | null;
  readonly directives: readonly DirectiveNode[];
  readonly hasDenied: boolean;
  readonly below: readonly Shape[];
}

export interface FilteredOperation {
  readonly operation: OperationDefinitionNode;
  /** The operation that is left, alone and without named fragments. */
  readonly document: DocumentNode;
  /** Not one field of it may be executed. */
  readonly isEmpty: boolean;
  readonly shapes: readonly Shape[];
  readonly hasDenied: boolean;
  /** Response name under which abstract objects tell their type. */
  readonly typenameAlias: string;
}

export interface FilterInput {
  readonly schema: GraphQLSchema;
  readonly requirements: GraphRequirements;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Null: the field may stay. Called for every requirement that the operation meets with. */
  judge(requirements: readonly Requirement[]): Denial | null;
}

export function filterOperation(input: FilterInput): FilteredOperation {
  const { schema, document, operation } = input;
  const rootType = schema.getRootType(operation.operation);
  if (!rootType) throw new Error(`The schema has no root type for a ${operation.operation}.`);
  const typenameAlias = freeAlias(document);
  const walk = createWalk(input, typenameAlias);
  const { kept, shapes, hasDenied } = walk(rootType, operation.selectionSet, input.requirements.possibleTypes(rootType));
  const isEmpty = kept.length === 0;
  const selectionSet = selectionSetOf(isEmpty ? [typenameField(typenameAlias)] : kept);
  return {
    operation,
    // With all of its variables: what does not fit their types is an error all the same.
    document: { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }] },
    isEmpty,
    shapes,
    hasDenied,
    typenameAlias,
  };
}

interface Walked {
  readonly kept: SelectionNode[];
  readonly shapes: Shape[];
  readonly hasDenied: boolean;
}

type Walk = (parent: GraphQLCompositeType, selectionSet: SelectionSetNode, possible: PossibleTypes) => Walked;

function createWalk({ schema, requirements, document, judge }: FilterInput, typenameAlias: string): Walk {
  const fragments = fragmentsOf(document);
  const typename = typenameField(typenameAlias);

  const walk: Walk = (parent, selectionSet, possible) => {
    const kept: SelectionNode[] = [];
    const shapes: Shape[] = [];
    for (const selection of selectionSet.selections) {
      const [node, shape] =
        selection.kind === Kind.FIELD ? walkField(parent, selection, possible) : walkFragment(parent, selection, possible);
      if (node !== null) kept.push(node);
      if (shape !== null) shapes.push(shape);
    }
    return { kept, shapes, hasDenied: shapes.some((shape) => shape.hasDenied) };
  };

  function walkField(parent: GraphQLCompositeType, node: FieldNode, possible: PossibleTypes): [FieldNode | null, FieldShape] {
    const { name, selectionSet, directives = [] } = node;
    const shape = { kind: 'field', responseName: node.alias?.value ?? name.value, name: name.value, directives } as const;
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;
    // `__typename` and introspection; the directives say nothing of them.
    if (definition === undefined) return [node, { ...shape, denial: null, hasDenied: false, below: [] }];
    const type = getNamedType(definition.type);
    const needed = [
      ...requirements.ofField(parent, name.value, possible),
      ...requirements.ofType(type, selectionSet !== undefined && isAbstractType(type) && selectsOwnFields(type, selectionSet)),
    ];
    const denial = needed.length === 0 ? null : judge(needed);
    const isAllowed = denial === null;
    if (selectionSet === undefined || !isCompositeType(type))
      return [isAllowed ? node : null, { ...shape, denial, hasDenied: !isAllowed, below: [] }];
    const below = walk(type, selectionSet, requirements.possibleTypes(type));
    if (!isAllowed) return [null, { ...shape, denial, hasDenied: true, below: [] }];
    const full = { ...shape, denial: null, hasDenied: below.hasDenied, below: below.shapes };
    if (!below.hasDenied) return [{ ...node, selectionSet: selectionSetOf(below.kept) }, full];
    // Whether the object is there may be seen, and its type says which of the fragments would have applied.
    const kept = below.kept.length === 0 || isAbstractType(type) ? [...below.kept, typename] : below.kept;
    return [{ ...node, selectionSet: selectionSetOf(kept) }, full];
  }

  function walkFragment(
    parent: GraphQLCompositeType,
    selection: Exclude<SelectionNode, FieldNode>,
    possible: PossibleTypes,
  ): [SelectionNode | null, FragmentShape | null] {
    const { condition, selectionSet } = readFragment(selection);
    if (selectionSet === undefined) return [null, null];
    const type = condition === null ? parent : schema.getType(condition);
    if (!isCompositeType(type)) return [null, null];
    const inner = condition === null ? possible : intersect(possible, requirements.possibleTypes(type));
    const { kept, shapes, hasDenied } = walk(type, selectionSet, inner);
    const directives = selection.directives ?? [];
    const shape: FragmentShape = { kind: 'fragment', condition, directives, hasDenied, below: shapes };
    if (kept.length === 0) return [null, shape];
    const typeCondition =
      condition === null
        ? {}
        : { typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: condition } } as const };
    return [{ kind: Kind.INLINE_FRAGMENT, ...typeCondition, directives, selectionSet: selectionSetOf(kept) }, shape];
  }

  function readFragment(selection: Exclude<SelectionNode, FieldNode>) {
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return { condition: selection.typeCondition?.name.value ?? null, selectionSet: selection.selectionSet };
    const fragment = fragments.get(selection.name.value);
    return { condition: fragment?.typeCondition.name.value ?? null, selectionSet: fragment?.selectionSet };
  }

  /** Fields of the abstract type itself, also inside of fragments that leave the type as it is. */
  function selectsOwnFields(type: GraphQLNamedOutputType, selectionSet: SelectionSetNode): boolean {
    const all = requirements.possibleTypes(type);
    return selectionSet.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value !== '__typename';
      const { condition, selectionSet: inner } = readFragment(selection);
      if (inner === undefined) return false;
      const conditionType = condition === null ? type : schema.getType(condition);
      if (!isCompositeType(conditionType)) return false;
      const narrowed = intersect(all, requirements.possibleTypes(conditionType));
      return narrowed.size === all.size && isAbstractType(conditionType) && selectsOwnFields(conditionType, inner);
    });
  }

  return walk;
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function intersect(left: PossibleTypes, right: PossibleTypes): PossibleTypes {
  return new Set([...left].filter((name) => right.has(name)));
}

function selectionSetOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}

function typenameField(alias: string): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: alias },
    name: { kind: Kind.NAME, value: '__typename' },
  };
}

/** A response name that the document does not use. */
function freeAlias(document: DocumentNode): string {
  const used = new Set<string>();
  visit(document, { Field: ({ alias, name }) => void used.add(alias?.value ?? name.value) });
  let alias = 'typeOfObject';
  while (used.has(alias)) alias += '_';
  return alias;
}
