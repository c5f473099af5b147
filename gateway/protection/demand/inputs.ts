// What the arguments of a field weigh, and the numbers among them that set the length of its list. Literal parts are worked out once.
import {
  type ArgumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  Kind,
  type ValueNode,
} from 'graphql';
import type { GraphCosts, OutputField, SizeRule } from './graph-costs.ts';

export type Variables = Readonly<Record<string, unknown>>;
/** A number that may depend on variables. */
export type Amount = number | ((variables: Variables) => number);

export function amountOf(amount: Amount, variables: Variables): number {
  return typeof amount === 'number' ? amount : amount(variables);
}

export function sumOf(amounts: readonly Amount[]): Amount {
  const fixed = amounts.reduce<number>((sum, amount) => (typeof amount === 'number' ? sum + amount : sum), 0);
  const open = amounts.filter((amount) => typeof amount === 'function');
  if (open.length === 0) return fixed;
  return (variables) => open.reduce((sum, amount) => sum + amount(variables), fixed);
}

/** Weight of all arguments that are given. */
export function weightOfArguments(
  costs: GraphCosts,
  parent: string,
  field: OutputField,
  given: readonly ArgumentNode[] | undefined,
): Amount {
  return sumOf(
    (given ?? []).map(({ name, value }) => {
      const argument = field.args.find((candidate) => candidate.name === name.value);
      if (argument === undefined) return 0;
      return weightOfNode(costs, argument.type, costs.weightOfArgument(parent, field.name, argument), value);
    }),
  );
}

function weightOfNode(costs: GraphCosts, type: GraphQLInputType, weight: number, node: ValueNode): Amount {
  if (node.kind === Kind.VARIABLE) {
    const { value: name } = node.name;
    return weight === 0 && !isInputObjectType(getNamedType(type))
      ? 0
      : (variables) => weightOfValue(costs, type, weight, variables[name]);
  }
  if (node.kind === Kind.NULL) return 0;
  if (node.kind === Kind.LIST) return sumOf(node.values.map((item) => weightOfNode(costs, type, weight, item)));
  const named = getNamedType(type);
  if (node.kind !== Kind.OBJECT || !isInputObjectType(named)) return weight;
  const fields = named.getFields();
  const below = node.fields.map(({ name, value }) => {
    const field = fields[name.value];
    return field === undefined ? 0 : weightOfNode(costs, field.type, costs.weightOfInputField(named.name, field), value);
  });
  return sumOf([weight, ...below]);
}

function weightOfValue(costs: GraphCosts, type: GraphQLInputType, weight: number, value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + weightOfValue(costs, type, weight, item), 0);
  const named = getNamedType(type);
  if (typeof value !== 'object' || !isInputObjectType(named)) return weight;
  let sum = weight;
  const fields = named.getFields();
  for (const [name, part] of Object.entries(value)) {
    const field = fields[name];
    if (field !== undefined) sum += weightOfValue(costs, field.type, costs.weightOfInputField(named.name, field), part);
  }
  return sum;
}

/** The numbers that were given for the length of a list: one for each slicing argument that has a value. */
export type GivenSizes = readonly number[] | ((variables: Variables) => readonly number[]);

export function sizesOf(given: GivenSizes, variables: Variables): readonly number[] {
  return typeof given === 'function' ? given(variables) : given;
}

export function givenSizesOf(rule: SizeRule, field: OutputField, given: readonly ArgumentNode[] | undefined): GivenSizes {
  const readers = rule.slicingArguments.flatMap((path) => {
    const [name, ...rest] = path.split('.');
    const argument = field.args.find((candidate) => candidate.name === name);
    if (argument === undefined) return [];
    const node = given?.find((candidate) => candidate.name.value === name)?.value;
    return [(variables: Variables) => sizeAt(argument, node, rest, variables)];
  });
  const read = (variables: Variables) =>
    readers.map((each) => each(variables)).flatMap((size) => (typeof size === 'number' ? [Math.max(0, size)] : []));
  const slicing = rule.slicingArguments.map((path) => path.split('.')[0]);
  const isOpen = given?.some(({ name, value }) => slicing.includes(name.value) && hasVariable(value)) ?? false;
  return isOpen ? read : read({});
}

function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.OBJECT) return node.fields.some(({ value }) => hasVariable(value));
  return node.kind === Kind.VARIABLE;
}

function sizeAt(argument: GraphQLArgument, node: ValueNode | undefined, path: readonly string[], variables: Variables): unknown {
  let value = node === undefined ? undefined : plainValue(node, variables);
  if (value === undefined) value = argument.defaultValue;
  let type = getNullableType(argument.type);
  for (const name of path) {
    if (!isInputObjectType(type)) return undefined;
    const field = type.getFields()[name];
    if (field === undefined || typeof value !== 'object' || value === null) return undefined;
    value = (value as Variables)[name] ?? field.defaultValue;
    type = getNullableType(field.type);
  }
  return value;
}

/** The value with its variables, uncoerced: what does not fit its type is refused further on. */
function plainValue(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.OBJECT)
    return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, plainValue(value, variables)]));
  return undefined;
}
