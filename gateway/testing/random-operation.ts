// Random valid operations over a schema: aliases, arguments, variables, fragments by type, @skip and @include. For tests only.
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationTypeNode,
} from 'graphql';

/** Picks a whole number from 0 up to, not including, the bound. */
export type Pick = (bound: number) => number;

/** A small deterministic generator (mulberry32): equal seeds give equal operations. */
export function pickFrom(seed: number): Pick {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Field = GraphQLField<unknown, unknown>;

const depthMax = 4;

/** `values`: literals by the name or the type of arguments. */
export function randomOperation(
  schema: GraphQLSchema,
  pick: Pick,
  values: Readonly<Record<string, readonly string[]>>,
  kind: 'query' | 'mutation' | 'subscription' = 'query',
): RandomOperation {
  let aliases = 0;
  const usedVariables = new Map<string, string>();
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];

  function argument({ name, type }: GraphQLArgument): string[] {
    if (!isNonNullType(type) && pick(2) === 0) return [];
    const literal = inputValue(name, type);
    return [`${name}: ${pick(3) === 0 ? asVariable(literal, type) : literal}`];
  }

  /** The value by way of a variable, where its text is JSON as well. */
  function asVariable(literal: string, type: GraphQLInputType): string {
    if (!/^("[^"]*"|-?\d+|true|false)$/.test(literal)) return literal;
    const variable = `v${usedVariables.size}`;
    usedVariables.set(variable, String(type));
    variables[variable] = JSON.parse(literal);
    return `$${variable}`;
  }

  function inputValue(name: string, type: GraphQLInputType): string {
    if (isNonNullType(type)) return inputValue(name, type.ofType);
    if (isListType(type)) return `[${[0, 1].map(() => inputValue(name, type.ofType)).join(', ')}]`;
    if (isEnumType(type)) return type.getValues()[pick(type.getValues().length)]?.name ?? 'null';
    const known = values[name] ?? values[String(type)];
    if (known !== undefined) return known[pick(known.length)] ?? 'null';
    throw new Error(`No sample value for the argument ${name}: ${String(type)}.`);
  }

  function directive(): string {
    if (pick(8) !== 0) return '';
    const variable = pick(2) === 0 ? 'yes' : 'no';
    usedVariables.set(variable, 'Boolean!');
    variables[variable] = variable === 'yes';
    return ` @${pick(2) === 0 ? 'include' : 'skip'}(if: $${variable})`;
  }

  function field(definition: Field, siblings: readonly Field[], depth: number, prefix: string): string {
    const args = definition.args.flatMap(argument);
    const needsAlias = args.length > 0 || prefix !== '' || pick(4) === 0;
    // The name of another field is as good an alias as any, also where that field is somebody's key.
    const borrowed = pick(6) === 0 ? siblings[pick(siblings.length)]?.name : undefined;
    const alias = needsAlias ? `${borrowed ?? `${prefix}a${aliases++}`}: ` : '';
    const type = getNamedType(definition.type);
    const below = isCompositeType(type) ? ` ${selection(type, depth + 1)}` : '';
    // The field of a subscription is always there.
    const condition = kind === 'subscription' && depth === 0 ? '' : directive();
    return `${alias}${definition.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${condition}${below}`;
  }

  function fieldsOf(type: GraphQLCompositeType, depth: number, prefix: string): string[] {
    const all = 'getFields' in type ? Object.values(type.getFields()) : [];
    const usable = all.filter((candidate) => depth < depthMax || !isCompositeType(getNamedType(candidate.type)));
    if (usable.length === 0) return [];
    const count = kind === 'subscription' && depth === 0 ? 1 : 1 + pick(3);
    return Array.from({ length: count }, () => field(usable[pick(usable.length)] as Field, all, depth, prefix));
  }

  function selection(type: GraphQLCompositeType, depth: number): string {
    const parts = fieldsOf(type, depth, '');
    if (pick(5) === 0 || parts.length === 0) parts.push('__typename');
    if (isAbstractType(type)) {
      for (const possible of schema.getPossibleTypes(type)) {
        const inner = pick(2) > 0 ? fieldsOf(possible, depth, `${possible.name.toLowerCase()}_`) : [];
        if (inner.length > 0) parts.push(`... on ${possible.name}${directive()} { ${inner.join(' ')} }`);
      }
    } else if (isObjectType(type) && depth > 0 && pick(6) === 0) {
      const inner = fieldsOf(type, depth, '');
      if (inner.length > 0) {
        const name = `F${fragments.length}`;
        fragments.push(`fragment ${name} on ${type.name} { ${inner.join(' ')} }`);
        parts.push(`...${name}`);
      }
    }
    return `{ ${parts.join(' ')} }`;
  }

  const root = schema.getRootType(kind as OperationTypeNode);
  if (!root) throw new Error(`The schema has no root type for a ${kind}.`);
  const body = `{ ${fieldsOf(root, 0, '').join(' ')} }`;
  const declared = [...usedVariables].map(([name, type]) => `$${name}: ${type}`).join(' ');
  return {
    query: `${kind} Random${declared === '' ? '' : `(${declared})`} ${body} ${fragments.join(' ')}`.trim(),
    variables,
  };
}
