// Answers questions about types of the whole supergraph, including those that are not in the API schema.
import { type GraphQLSchema, isAbstractType, isEnumType, isInterfaceType, isObjectType } from 'graphql';

export interface TypeIndex {
  /** True for names that the supergraph has. */
  isKnown(name: string): boolean;
  isObjectType(name: unknown): boolean;
  /** True for names of fields that some type has. */
  isFieldName(name: string): boolean;
  /** True when an object of type `typename` matches a fragment on `condition`. */
  matches(typename: string, condition: string): boolean;
  /** True for an object type that subgraphs have and clients may not know (`@inaccessible`). */
  isHiddenType(name: unknown): boolean;
  /** True for an enum's value that subgraphs have and clients may not know. */
  isHiddenValue(enumName: string, value: unknown): boolean;
}

export function createTypeIndex(supergraphSchema: GraphQLSchema, apiSchema: GraphQLSchema = supergraphSchema): TypeIndex {
  const known = new Map<string, boolean>();
  const fieldNames = new Set<string>();
  for (const type of Object.values(supergraphSchema.getTypeMap()))
    if (isObjectType(type) || isInterfaceType(type)) for (const name of Object.keys(type.getFields())) fieldNames.add(name);

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
    isFieldName: (name) => fieldNames.has(name),
    isHiddenType: (name) =>
      typeof name === 'string' && isObjectType(supergraphSchema.getType(name)) && apiSchema.getType(name) === undefined,
    isHiddenValue(enumName, value) {
      const known = supergraphSchema.getType(enumName);
      const visible = apiSchema.getType(enumName);
      if (typeof value !== 'string' || !isEnumType(known) || !isEnumType(visible)) return false;
      return known.getValue(value) !== undefined && visible.getValue(value) === undefined;
    },
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
