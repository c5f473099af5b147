// Answers GraphQL queries on a subgraph's schema quickly: each query text is compiled once to functions that write JSON text. It knows
// what the benchmark needs (fields, aliases, arguments, fragments, entities) and is compared with graphql-js for every text it meets.
import { execute, getNamedType, isListType, isObjectType, parse, valueFromASTUntyped } from 'graphql';
import { entityOf, groupOf } from './data.mjs';

const keyOf = { User: 'id', Product: 'upc' };

const roots = {
  me: () => groupOf(0).User[0],
  user: ({ id }) => entityOf('User', id),
  users: ({ group = 0 }) => groupOf(group).User,
  topProducts: ({ first = 5, group = 0 }) => groupOf(group).Product.slice(0, first),
  inventorySize: () => '6',
  reviewCount: () => '24',
};

export function createAnswering(schema) {
  const compiled = new Map();
  const document = new Map();
  // Entities are found by the two ways below, not by what the schema's builder put there.
  const { _entities: entities } = schema.getQueryType().getFields();
  if (entities !== undefined) {
    delete entities.resolve;
    delete getNamedType(entities.type).resolveType;
  }

  function compile(query) {
    const ast = parse(query);
    const fragments = new Map(ast.definitions.flatMap((d) => (d.kind === 'FragmentDefinition' ? [[d.name.value, d]] : [])));
    const operation = ast.definitions.find(({ kind }) => kind === 'OperationDefinition');
    document.set(query, ast);
    return compileSelection(operation.selectionSet, schema.getQueryType(), fragments);
  }

  function compileSelection(selectionSet, type, fragments) {
    const fields = new Map();
    collect(selectionSet, type, fragments, fields);
    const parts = [...fields].map(([name, nodes], index) => {
      const write = compileField(nodes, type, fragments);
      const text = `${index === 0 ? '' : ','}"${name}":`;
      return (object, variables, representation) => text + write(object, variables, representation);
    });
    return (object, variables, representation) => {
      let text = '{';
      for (const part of parts) text += part(object, variables, representation);
      return `${text}}`;
    };
  }

  function collect(selectionSet, type, fragments, fields) {
    for (const selection of selectionSet.selections) {
      if (selection.kind === 'Field') {
        const name = selection.alias?.value ?? selection.name.value;
        fields.set(name, [...(fields.get(name) ?? []), selection]);
      } else {
        const fragment = selection.kind === 'InlineFragment' ? selection : fragments.get(selection.name.value);
        const condition = fragment.typeCondition?.name.value ?? type.name;
        if (condition === type.name) collect(fragment.selectionSet, type, fragments, fields);
      }
    }
  }

  function compileField([node, ...others], type, fragments) {
    const name = node.name.value;
    if (name === '__typename') return () => `"${type.name}"`;
    const definition = type.getFields()[name];
    if (definition === undefined) throw new Error(`${type.name} has no field ${name}.`);
    const below = getNamedType(definition.type);
    if (name === '_entities') return compileEntities(node, below, fragments);
    const selections = [node, ...others].flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    const write = isObjectType(below) ? compileSelection({ selections }, below, fragments) : null;
    const read = readerOf(node, type === schema.getQueryType());
    if (write === null) return read;
    if (!isListType(definition.type)) return (object, variables) => writeNullable(write, read(object, variables), variables);
    return (object, variables) =>
      `[${read(object, variables)
        .map((element) => write(element, variables))
        .join(',')}]`;
  }

  function readerOf(node, isRoot) {
    const name = node.name.value;
    if (!isRoot) {
      if (name !== 'shippingEstimate') return (object) => object[name];
      return (object, _variables, representation) => object.shippingEstimate(representation);
    }
    const read = argumentsOf(node);
    return (_, variables) => roots[name](read(variables));
  }

  /** The arguments' values: literals, variables, or literals with variables in them. */
  function argumentsOf(node) {
    const given = (node.arguments ?? []).map(({ name, value }) => [
      name.value,
      value.kind === 'Variable'
        ? (variables) => variables?.[value.name.value]
        : (variables) => valueFromASTUntyped(value, variables),
    ]);
    return (variables) => {
      const values = {};
      for (const [name, read] of given) {
        const value = read(variables);
        if (value !== undefined) values[name] = value;
      }
      return values;
    };
  }

  function compileEntities(node, entityType, fragments) {
    const byType = new Map(
      schema.getPossibleTypes(entityType).map((type) => [type.name, compileSelection(node.selectionSet, type, fragments)]),
    );
    const read = argumentsOf(node);
    return (_, variables) =>
      `[${read(variables)
        .representations.map((representation) => {
          const type = representation.__typename;
          const entity = entityOf(type, representation[keyOf[type]]);
          return entity === null ? 'null' : byType.get(type)(entity, variables, representation);
        })
        .join(',')}]`;
  }

  /** What graphql-js makes of the same query on the same data. */
  function byGraphqlJs(query, variables) {
    const resolveField = (object, args, _context, info) => {
      if (info.fieldName === '_entities') {
        return args.representations.map((r) => {
          const entity = entityOf(r.__typename, r[keyOf[r.__typename]]);
          return entity === null ? null : { ...entity, __typename: r.__typename, representation: r };
        });
      }
      if (info.parentType.name === 'Query') return readLeaf(roots[info.fieldName](args));
      const value = object[info.fieldName];
      return readLeaf(typeof value === 'function' ? value(object.representation) : value);
    };
    return execute({
      schema,
      document: document.get(query),
      variableValues: variables,
      fieldResolver: resolveField,
      typeResolver: (value) => value.__typename,
    });
  }

  return function answer(query, variables) {
    let write = compiled.get(query);
    if (write !== undefined) return `{"data":${write(null, variables)}}`;
    write = compile(query);
    compiled.set(query, write);
    const text = `{"data":${write(null, variables)}}`;
    const expected = JSON.stringify(byGraphqlJs(query, variables));
    if (text !== expected) throw new Error(`The quick answer differs from graphql-js's:\n${query}\n${text}\n${expected}`);
    return text;
  };
}

function writeNullable(write, value, variables) {
  return value === null ? 'null' : write(value, variables);
}

/** Leaves are JSON text. */
function readLeaf(value) {
  return typeof value === 'string' ? JSON.parse(value) : value;
}
