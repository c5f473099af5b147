// What the fields and types of one graph require, for selections on objects and on abstract types.
import { type GraphQLNamedOutputType, type GraphQLSchema, isAbstractType, isInterfaceType } from 'graphql';
import type { Requirement } from '../graph-directives.ts';
import { isImplied } from './requirement.ts';

/** Names of the object types that a value may have at some place of an operation. */
export type PossibleTypes = ReadonlySet<string>;

export interface GraphRequirements {
  /** Nobody needs any right anywhere. */
  readonly isFree: boolean;
  /** Object types that a type stands for. */
  possibleTypes(type: GraphQLNamedOutputType): PossibleTypes;
  /** What selecting a field requires, apart from the field's own type. */
  ofField(parent: GraphQLNamedOutputType, field: string, possible: PossibleTypes): readonly Requirement[];
  /** What a value of the type requires. `selectsOwnFields`: an abstract type's own fields are selected, so that any implementation is reached. */
  ofType(type: GraphQLNamedOutputType, selectsOwnFields: boolean): readonly Requirement[];
}

export function createGraphRequirements(
  schema: GraphQLSchema,
  requirements: ReadonlyMap<string, Requirement>,
): GraphRequirements {
  const possibleTypes = new Map<string, PossibleTypes>();

  function possibleTypesOf(type: GraphQLNamedOutputType): PossibleTypes {
    const known = possibleTypes.get(type.name);
    if (known !== undefined) return known;
    const names = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name];
    const possible = new Set(names);
    possibleTypes.set(type.name, possible);
    return possible;
  }

  const at = (coordinate: string): readonly Requirement[] => {
    const requirement = requirements.get(coordinate);
    return requirement === undefined ? [] : [requirement];
  };

  /**
   * Composition copies the requirements of implementations to their interface. What says no more than the implementations do is asked for
   * where they are reached, so that a fragment on an unprotected implementation needs nothing; what says more was meant for the interface.
   */
  function ofAbstract(type: GraphQLNamedOutputType, suffix = ''): readonly Requirement[] {
    const own = requirements.get(type.name + suffix);
    if (own === undefined) return [];
    const implementations = [...possibleTypesOf(type)].flatMap((name) => at(name + suffix));
    return isImplied(own, implementations) ? [] : [own];
  }

  return {
    isFree: requirements.size === 0,
    possibleTypes: possibleTypesOf,
    ofField(parent, field, possible) {
      if (!isAbstractType(parent)) return [...at(parent.name), ...at(`${parent.name}.${field}`)];
      const reached = [...possible].flatMap((name) => [...at(name), ...at(`${name}.${field}`)]);
      const own = isInterfaceType(parent) ? [...ofAbstract(parent), ...ofAbstract(parent, `.${field}`)] : [];
      return [...own, ...reached];
    },
    ofType(type, selectsOwnFields) {
      if (!isAbstractType(type)) return at(type.name);
      const reached = selectsOwnFields ? [...possibleTypesOf(type)].flatMap(at) : [];
      return [...ofAbstract(type), ...reached];
    },
  };
}
