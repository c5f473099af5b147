// Every mutation of a schema, each with made arguments that pass its types: for tests of what holds for all of them, also for those yet to come.
import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
} from 'graphql';

export interface MadeMutation {
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Values that domains read themselves, by the name of the field; everything else is made from its type. */
const known: Readonly<Record<string, unknown>> = { asset: 'USD', counterAsset: 'EUR', base: 'EUR', quote: 'USD', amount: '1' };
const scalars: Readonly<Record<string, unknown>> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  Decimal: '1',
  DateTime: '2030-01-01T00:00:00.000Z',
};

export function mutationsOf(schema: GraphQLSchema): MadeMutation[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {}).map(({ name, args, type }) => {
    const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
    const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    const selection = isObjectType(getNamedType(type)) ? ' { __typename }' : '';
    return {
      name,
      query: `mutation (${declared}) { ${name}(${passed})${selection} }`,
      variables: Object.fromEntries(args.map((arg) => [arg.name, madeValue(arg.type, arg.name)])),
    };
  });
}

function madeValue(type: GraphQLInputType, field: string): unknown {
  if (isNonNullType(type)) return madeValue(type.ofType, field);
  if (isListType(type)) return [madeValue(type.ofType, field)];
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter(isRequiredInputField);
    return Object.fromEntries(needed.map((part) => [part.name, madeValue(part.type, part.name)]));
  }
  if (isEnumType(type)) return type.getValues()[0]?.name;
  return known[field] ?? scalars[type.name] ?? 'made';
}
