// The graph's own scalars. All of them travel as strings, because JSON numbers lose digits.
import 'reflect-metadata';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';

/** Characters that a decimal may have on input; the money rules decide the rest with better messages. */
const decimalLengthMax = 256;
const cursorLengthMax = 512;

/**
 * Exact decimal number as text. Refuses JSON and GraphQL numbers, which were floating point before they came here.
 * What is well-formed, positive and precise enough is decided by the money rules, whose errors name the field.
 */
export const Decimal = stringScalar({
  name: 'Decimal',
  description: 'An exact decimal number as a string: "12.50". Never a JSON number, which would lose digits.',
  lengthMax: decimalLengthMax,
  example: '"12.50"',
});

/** A place in a list or in a stream of events. Clients send back what they got and look no further. */
export const Cursor = stringScalar({
  name: 'Cursor',
  description: 'A place in a list or in a live stream. Opaque: send back what you were given.',
  lengthMax: cursorLengthMax,
  example: 'a cursor that the API gave you',
});

/** A moment as an RFC 3339 string in UTC, with milliseconds. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'A moment in time as RFC 3339 text in UTC: "2026-11-05T09:30:00.000Z".',
  specifiedByURL: undefined,
});

function stringScalar(options: {
  name: string;
  description: string;
  lengthMax: number;
  example: string;
}): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    if (typeof value !== 'string') throw badInput(`${options.name} is written as a string, for example ${options.example}.`);
    if (value.length > options.lengthMax) throw badInput(`${options.name} may have at most ${options.lengthMax} characters.`);
    return value;
  };
  return new GraphQLScalarType<string, string>({
    name: options.name,
    description: options.description,
    serialize: (value) => {
      if (typeof value !== 'string') throw new TypeError(`${options.name} must be given as a string, not as ${typeof value}.`);
      return value;
    },
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
  });
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
