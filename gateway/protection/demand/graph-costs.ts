// What fields, types and arguments of one graph weigh, and how long its lists get: from @cost and @listSize, else by the usual defaults.
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import type { GraphDirectives, ListSize } from '../graph-directives.ts';

/** Weight of an object or abstract type, and of an input object, that has none of its own; leaves weigh nothing. */
const compositeWeight = 1;
/** Arguments that say how long a list is where `@listSize` says nothing. */
const pageSizeArguments: readonly string[] = ['first', 'last'];

export type OutputField = GraphQLField<unknown, unknown>;

/** How a field's list gets its length. */
export interface SizeRule extends ListSize {
  /** Names of the fields below that are the list; null: the field itself is. */
  readonly sizedBelow: ReadonlySet<string> | null;
}

export interface GraphCosts {
  /** Of one value of the field. */
  weightOf(parent: string, field: OutputField): number;
  weightOfArgument(parent: string, field: string, argument: GraphQLArgument): number;
  weightOfInputField(parent: string, field: GraphQLInputField): number;
  /** Selections on its parent that are fetched to resolve the field. */
  requiredBy(parent: string, field: string): readonly string[];
  /** Null where nothing says how long the list is, and where there is no list. */
  sizeRuleOf(parent: string, field: OutputField): SizeRule | null;
}

export function createGraphCosts(directives: Omit<GraphDirectives, 'requirements'>): GraphCosts {
  const { weights, listSizes, requiredFields } = directives;
  const inputWeight = (coordinate: string, { type }: GraphQLArgument | GraphQLInputField) => {
    const named = getNamedType(type);
    return weights.get(coordinate) ?? weights.get(named.name) ?? (isInputObjectType(named) ? compositeWeight : 0);
  };

  return {
    weightOf(parent, field) {
      const type = getNamedType(field.type);
      return weights.get(`${parent}.${field.name}`) ?? weights.get(type.name) ?? (isCompositeType(type) ? compositeWeight : 0);
    },
    weightOfArgument: (parent, field, argument) => inputWeight(`${parent}.${field}(${argument.name}:)`, argument),
    weightOfInputField: (parent, field) => inputWeight(`${parent}.${field.name}`, field),
    requiredBy: (parent, field) => requiredFields.get(`${parent}.${field}`) ?? [],
    sizeRuleOf(parent, field) {
      const declared = listSizes.get(`${parent}.${field.name}`);
      if (declared !== undefined)
        return { ...declared, sizedBelow: declared.sizedFields.length === 0 ? null : new Set(declared.sizedFields) };
      return pageSizeRule(field);
    },
  };
}

/** `first` and `last` size a list, or the lists of a connection. */
function pageSizeRule(field: OutputField): SizeRule | null {
  const slicingArguments = pageSizeArguments.filter((name) => field.args.some((argument) => argument.name === name));
  if (slicingArguments.length === 0) return null;
  const sizedFields = isListType(getNullableType(field.type)) ? [] : listsOf(field);
  const isConnection = sizedFields.length > 0;
  if (!isConnection && !isListType(getNullableType(field.type))) return null;
  return {
    assumedSize: null,
    slicingArguments,
    sizedFields,
    requireOneSlicingArgument: false,
    sizedBelow: isConnection ? new Set(sizedFields) : null,
  };
}

function listsOf({ type }: OutputField): readonly string[] {
  const named = getNamedType(type);
  if (!isObjectType(named) && !isInterfaceType(named)) return [];
  return Object.values(named.getFields())
    .filter((field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)))
    .map(({ name }) => name);
}
