// Paths of Flatten nodes, with lists, nulls and type conditions.
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { contextGroups } from './context-values.ts';
import { pathToArray, type ResponseObject } from './data.ts';
import { objectsAt, positionsAt, readPath } from './positions.ts';
import { createTypeIndex } from './type-index.ts';

const types = createTypeIndex(
  buildSchema(
    'interface Node { id: ID } type A implements Node { id: ID } type B implements Node { id: ID } type Query { a: Node }',
  ),
);
const data: ResponseObject = {
  list: [
    { __typename: 'A', id: 1, child: { __typename: 'B', id: 11 } },
    null,
    { __typename: 'B', id: 2, child: null },
    { __typename: 'A', id: 3, child: { __typename: 'A', id: 13 } },
  ],
  nested: [[{ id: 4 }, null], [], [{ id: 5 }]],
};
const at = (...path: string[]) => {
  const positions = positionsAt(data, readPath(path));
  expect(objectsAt(data, readPath(path), new Map()).objects).toEqual(positions.map(({ object }) => object));
  return positions.map((position) => [pathToArray(position.path).join('.'), position.object.id]);
};

describe('a path', () => {
  it('leads to every object, in order, and past nulls', () => {
    expect(at('list', '@')).toEqual([
      ['list.0', 1],
      ['list.2', 2],
      ['list.3', 3],
    ]);
    expect(at('list', '@', 'child')).toEqual([
      ['list.0.child', 11],
      ['list.3.child', 13],
    ]);
    expect(at('nested', '@', '@')).toEqual([
      ['nested.0.0', 4],
      ['nested.2.0', 5],
    ]);
    expect(at('missing', '@')).toEqual([]);
  });

  it('keeps only objects of the types that it names', () => {
    expect(at('', 'list', '@|[A]')).toEqual([
      ['list.0', 1],
      ['list.3', 3],
    ]);
    expect(at('', 'list', '@|[A,B]', 'child|[B]')).toEqual([['list.0.child', 11]]);
    expect(at('|[Query]', 'list', '@|[B]')).toEqual([['list.2', 2]]);
  });

  it('does not step into properties that JSON objects inherit', () => {
    expect(at('constructor')).toEqual([]);
    expect(at('__proto__')).toEqual([]);
  });
});

describe('values from enclosing objects', () => {
  const root: ResponseObject = {
    users: [
      { __typename: 'A', locale: 'de', posts: [{ id: 1 }, { id: 2 }] },
      { __typename: 'B', locale: 'fr', posts: [{ id: 3 }] },
      { __typename: 'A', locale: 'de', posts: [{ id: 4 }] },
    ],
  };
  const positions = positionsAt(root, readPath(['users', '@', 'posts', '@']));
  const groupsOf = (...paths: string[][]) => {
    const contextRewrites = paths.map((path) => ({ kind: 'KeyRenamer' as const, path, renameKeyTo: 'ctx' }));
    const fetch = { kind: 'Fetch' as const, serviceName: 's', operation: '', operationKind: 'query' as const, contextRewrites };
    return contextGroups(fetch, positions, types).map(({ variables, positions: members }) => [
      variables,
      members.map(({ object }) => object.id),
    ]);
  };

  it('become variables, one fetch for all that take the same', () => {
    expect(groupsOf(['..', '... on Node', 'locale'])).toEqual([
      [{ ctx: 'de' }, [1, 2, 4]],
      [{ ctx: 'fr' }, [3]],
    ]);
  });

  it('are taken by the type of the enclosing object', () => {
    expect(groupsOf(['..', '... on A', 'locale'])).toEqual([
      [{ ctx: 'de' }, [1, 2, 4]],
      [{}, [3]],
    ]);
  });
});
