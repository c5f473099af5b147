// What an operation costs, by the rules of the IBM cost specification as federation has them: estimated from its text and variables, and
// counted in its answer. The same walk counts objects: the largest answer that the operation can have, which bounds its memory.
import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import type { GraphCosts } from './graph-costs.ts';
import {
  type Amount,
  amountOf,
  type GivenSizes,
  givenSizesOf,
  sizesOf,
  sumOf,
  type Variables,
  weightOfArguments,
} from './inputs.ts';

export interface CostEstimate {
  readonly cost: number;
  /** Objects in the largest answer, every page being full; a list of unknown length counts once. */
  readonly objects: number;
  /** The first field that needs exactly one of its slicing arguments and was given none or several. */
  readonly unsized: UnsizedField | null;
}

export interface UnsizedField {
  readonly field: string;
  readonly slicingArguments: readonly string[];
  readonly givenCount: number;
}

export interface OperationCost {
  estimate(variables: Variables): CostEstimate;
  /** What the data of an answer cost. */
  actual(data: unknown, variables: Variables): number;
}

export interface OperationCostInput {
  readonly schema: GraphQLSchema;
  readonly costs: GraphCosts;
  /** Length of lists of which nothing else says how long they are. */
  readonly listSizeDefault: number;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** A mutation's base cost: it writes. */
const mutationCost = 10;

interface CostNode {
  readonly name: string;
  readonly coordinate: string;
  readonly responseName: string;
  readonly isComposite: boolean;
  readonly isList: boolean;
  readonly weight: number;
  /** Once for the field, however long its list is: of its arguments, and of what it requires. */
  readonly extraWeight: Amount;
  readonly conditions: readonly Condition[];
  readonly size: ListLength | null;
  readonly below: readonly CostNode[];
}

interface ListLength {
  readonly given: GivenSizes;
  readonly assumed: number | null;
  readonly isOneRequired: boolean;
  readonly slicingArguments: readonly string[];
  readonly sizedBelow: ReadonlySet<string> | null;
}

/** The field is there when the variable has this value. */
interface Condition {
  readonly variable: string;
  readonly value: boolean;
}

export function createOperationCost(input: OperationCostInput): OperationCost {
  const { operation, schema, listSizeDefault } = input;
  const compile = createCompiler(input);
  const nodes = compile(schema.getRootType(operation.operation) ?? undefined, operation.selectionSet, []);
  const base = operation.operation === 'mutation' ? mutationCost : 0;
  const defaults = defaultsOf(operation);
  const fill = (variables: Variables) => (defaults === null ? variables : { ...defaults, ...variables });
  const isFixed = !nodes.some(dependsOnVariables);
  let fixed: CostEstimate | null = null;

  return {
    estimate(variables) {
      if (fixed !== null) return fixed;
      const estimate = estimateOf(nodes, fill(variables), base, listSizeDefault);
      if (isFixed) fixed = estimate;
      return estimate;
    },
    actual: (data, variables) => base + actualOf(nodes, data, fill(variables)),
  };
}

function dependsOnVariables({ conditions, extraWeight, size, below }: CostNode): boolean {
  const isOpen = conditions.length > 0 || typeof extraWeight === 'function' || typeof size?.given === 'function';
  return isOpen || below.some(dependsOnVariables);
}

function estimateOf(nodes: readonly CostNode[], variables: Variables, base: number, listSizeDefault: number): CostEstimate {
  let unsized: UnsizedField | null = null;
  let objects = 0;

  /** Adds to `objects`, which are multiplied on the way down; gives the cost. */
  function walk(below: readonly CostNode[], parentObjects: number, parentSize: number | null, sized: ReadonlySet<string> | null) {
    let cost = 0;
    for (const node of below) {
      if (!isIncluded(node.conditions, variables)) continue;
      const own = node.size === null ? null : lengthOf(node, node.size);
      const inherited = sized?.has(node.name) ? parentSize : null;
      const length = node.isList ? (inherited ?? (node.size?.sizedBelow === null ? own : null)) : 1;
      const here = node.isComposite ? Math.min(Number.MAX_SAFE_INTEGER, parentObjects * (length ?? 1)) : 0;
      objects = Math.min(Number.MAX_SAFE_INTEGER, objects + here);
      const inner = walk(node.below, here, own, node.size?.sizedBelow ?? null);
      cost += (length ?? listSizeDefault) * (node.weight + inner) + amountOf(node.extraWeight, variables);
    }
    // Never infinite: nothing times infinity is no number.
    return Math.min(Number.MAX_SAFE_INTEGER, cost);
  }

  function lengthOf({ coordinate }: CostNode, size: ListLength): number | null {
    const given = sizesOf(size.given, variables);
    if (size.isOneRequired && size.slicingArguments.length > 0 && given.length !== 1)
      unsized ??= { field: coordinate, slicingArguments: size.slicingArguments, givenCount: given.length };
    return given.length === 0 ? size.assumed : Math.max(...given);
  }

  const cost = Math.min(Number.MAX_SAFE_INTEGER, base + walk(nodes, 1, null, null));
  return { cost, objects, unsized };
}

function actualOf(nodes: readonly CostNode[], data: unknown, variables: Variables): number {
  if (typeof data !== 'object' || data === null) return 0;
  let cost = 0;
  const seen = new Map<string, CostNode[]>();
  for (const node of nodes) {
    if (!Object.hasOwn(data, node.responseName) || !isIncluded(node.conditions, variables)) continue;
    const group = seen.get(node.responseName);
    if (group === undefined) seen.set(node.responseName, [node]);
    else group.push(node);
  }
  for (const [responseName, group] of seen) {
    const [node] = group as [CostNode];
    const below = group.length === 1 ? node.below : group.flatMap((one) => one.below);
    const count = (value: unknown): number => {
      if (value === null || value === undefined) return 0;
      if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + count(item), 0);
      return node.weight + (below.length === 0 ? 0 : actualOf(below, value, variables));
    };
    cost += count((data as Record<string, unknown>)[responseName]) + amountOf(node.extraWeight, variables);
  }
  return cost;
}

type Compile = (
  parent: GraphQLNamedType | undefined,
  selectionSet: SelectionSetNode,
  conditions: readonly Condition[],
) => readonly CostNode[];

function createCompiler({ schema, costs, document, listSizeDefault }: OperationCostInput): Compile {
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = new Map<string, FragmentDefinitionNode>(definitions.map((fragment) => [fragment.name.value, fragment]));

  /** Fields whose requirements are being looked at: what they need may need more. */
  const resolving = new Set<string>();

  /** What is fetched for a field besides itself, unless it is selected beside it anyway. */
  function weightOfRequired(parent: GraphQLNamedType, field: string, { selections }: SelectionSetNode): number {
    const types = isInterfaceType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent];
    const selected = new Set(
      selections.flatMap((each) => (each.kind === Kind.FIELD && each.alias === undefined ? [each.name.value] : [])),
    );
    const weights = types.map((type) => {
      const coordinate = `${type.name}.${field}`;
      if (resolving.has(coordinate)) return 0;
      resolving.add(coordinate);
      const needed = costs.requiredBy(type.name, field).flatMap((text) => selectionsOf(text));
      const missing = needed.filter((each) => each.kind !== Kind.FIELD || !selected.has(each.name.value));
      const nodes = compile(type, { kind: Kind.SELECTION_SET, selections: missing }, []);
      resolving.delete(coordinate);
      return nodes.length === 0 ? 0 : estimateOf(nodes, {}, 0, listSizeDefault).cost;
    });
    return Math.max(...weights);
  }

  const compile: Compile = (parent, selectionSet, outer) =>
    selectionSet.selections.flatMap((selection): readonly CostNode[] => {
      const conditions = conditionsOf(selection.directives, outer);
      if (conditions === null) return [];
      if (selection.kind !== Kind.FIELD) {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment === undefined) return [];
        const condition = fragment.typeCondition?.name.value;
        return compile(condition === undefined ? parent : schema.getType(condition), fragment.selectionSet, conditions);
      }
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined;
      // `__typename` costs nothing, and introspection is bounded by graphql-js.
      if (field === undefined || parent === undefined) return [];
      const type = getNamedType(field.type);
      const rule = costs.sizeRuleOf(parent.name, field);
      return [
        {
          name: field.name,
          coordinate: `${parent.name}.${field.name}`,
          responseName: selection.alias?.value ?? field.name,
          isComposite: isCompositeType(type),
          isList: isListType(getNullableType(field.type)),
          weight: costs.weightOf(parent.name, field),
          extraWeight: sumOf([
            weightOfArguments(costs, parent.name, field, selection.arguments),
            weightOfRequired(parent, field.name, selectionSet),
          ]),
          conditions,
          size:
            rule === null
              ? null
              : {
                  given: givenSizesOf(rule, field, selection.arguments),
                  assumed: rule.assumedSize,
                  isOneRequired: rule.requireOneSlicingArgument,
                  slicingArguments: rule.slicingArguments,
                  sizedBelow: rule.sizedBelow,
                },
          below: selection.selectionSet === undefined ? [] : compile(type, selection.selectionSet, []),
        },
      ];
    });
  return compile;
}

function selectionsOf(text: string): readonly SelectionNode[] {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [];
}

/** Null for what is never there. */
function conditionsOf(
  directives: readonly DirectiveNode[] | undefined,
  outer: readonly Condition[],
): readonly Condition[] | null {
  if (directives === undefined || directives.length === 0) return outer;
  const conditions = [...outer];
  for (const { name, arguments: given } of directives) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const value = name.value === 'include';
    const node = given?.find((argument) => argument.name.value === 'if')?.value;
    if (node?.kind === Kind.VARIABLE) conditions.push({ variable: node.name.value, value });
    else if (node?.kind === Kind.BOOLEAN && node.value !== value) return null;
  }
  return conditions;
}

function isIncluded(conditions: readonly Condition[], variables: Variables): boolean {
  for (const { variable, value } of conditions) if ((variables[variable] === true) !== value) return false;
  return true;
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables | null {
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
  );
  return defaults.length === 0 ? null : Object.fromEntries(defaults);
}
