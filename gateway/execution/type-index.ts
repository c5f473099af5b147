// Answers questions about types of the whole supergraph, including those that are not in the API schema.
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

export interface TypeIndex {
  /** True for names that the supergraph has. */
  isKnown(name: string): boolean;
  isObjectType(name: unknown): boolean;
  /** True when an object of type `typename` matches a fragment on `condition`. */
  matches(typename: string, condition: string): boolean;
}

export function createTypeIndex(supergraphSchema: GraphQLSchema): TypeIndex {
  const known = new Map<string, boolean>();

  function compute(typename: string, condition: string): boolean {
    const type = supergraphSchema.getType(typename);
    const conditionType = supergraphSchema.getType(condition);
    if (!isAbstractType(conditionType)) return false;
    // An interface can be the `__typename` of what a subgraph with @interfaceObject returned.
    return (isObjectType(type) || isInterfaceType(type)) && supergraphSchema.isSubType(conditionType, type);
  }

  return {
    isKnown: (name) => supergraphSchema.getType(name) !== undefined,
    isObjectType: (name) => typeof name === 'string' && isObjectType(supergraphSchema.getType(name)),
    matches(typename, condition) {
      if (typename === condition) return true;
      const key = `${typename} ${condition}`;
      // Names come from subgraphs: unknown ones are not remembered, so that the map stays as small as the schema.
      let answer = known.get(key);
      if (answer === undefined) {
        answer = compute(typename, condition);
        if (supergraphSchema.getType(typename) !== undefined) known.set(key, answer);
      }
      return answer;
    },
  };
}
