// Composition: deterministic, checked, and clear about what does not fit.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompositionError, composeSupergraph, findStaleFiles, schemaFiles, writeSchemaFiles } from './compose.ts';
import { readSupergraph } from './supergraph/supergraph.ts';
import { createLiveSample } from './testing/live.sample.ts';
import { federation } from './testing/sample-graph.ts';

const users = {
  name: 'users',
  url: 'http://localhost:4001/graphql',
  sdl: `${federation} type Query { me: User @authenticated } type User @key(fields: "id") { id: ID! }`,
};
const posts = {
  name: 'posts',
  url: 'http://localhost:4002/graphql',
  sdl: `${federation} type Query { posts: [Post!]! } type Post { author: User! } type User @key(fields: "id") { id: ID! posts: [Post!]! }`,
};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('composition', () => {
  it('gives the same bytes whatever the order of the subgraphs', () => {
    expect(composeSupergraph([posts, users])).toEqual(composeSupergraph([users, posts]));
  });

  it('keeps routing URLs and security directives in the supergraph, and federation out of the API', () => {
    const { supergraphSdl, apiSdl } = composeSupergraph([users, posts]);
    expect(supergraphSdl).toContain('url: "http://localhost:4001/graphql"');
    expect(supergraphSdl).toContain('@authenticated');
    expect(apiSdl).toContain('posts: [Post!]!');
    expect(apiSdl).not.toMatch(/join__|@key|@link|_entities/);
  });

  it('accepts supergraphs with @authenticated, @requiresScopes and @policy', () => {
    const sdl = `${federation} type Query { a: Int @authenticated  b: Int @requiresScopes(scopes: [["x"]])  c: Int @policy(policies: [["y"]]) }`;
    const { supergraphSdl } = composeSupergraph([{ name: 'a', url: '', sdl }]);
    expect(readSupergraph(supergraphSdl).subgraphs).toEqual([{ name: 'a', url: '' }]);
  });

  it('names the problem, the subgraph and the line', () => {
    const broken = { ...posts, sdl: `${federation}\ntype Query { posts: Int }\ntype User @key(fields: "uuid") { id: ID! }` };
    expect(() => composeSupergraph([users, broken])).toThrow(CompositionError);
    expect(() => composeSupergraph([users, broken])).toThrow(/KEY_INVALID_FIELDS: \[posts\] .*"uuid".*line \d+/);
  });

  it('reports a document that is no GraphQL under its subgraph', () => {
    expect(() => composeSupergraph([users, { ...posts, sdl: 'type Query {' }])).toThrow(/\[posts\] Syntax Error/);
  });

  it('composes every sample', () => {
    const { graph } = createLiveSample();
    const subgraphs = graph.subgraphs.map(({ name, typeDefs }) => ({ name, url: '', sdl: federation + typeDefs }));
    expect(composeSupergraph(subgraphs).apiSdl).toContain('priceChanged: Instrument!');
  });
});

describe('the schema folder', () => {
  const filesOf = (...subgraphs: (typeof users)[]) => schemaFiles(subgraphs, composeSupergraph(subgraphs));

  it('is written once and then left alone', async () => {
    const files = filesOf(users, posts);
    expect(await writeSchemaFiles(folder, files)).toEqual([
      'api.graphql',
      'subgraphs/posts.graphql',
      'subgraphs/users.graphql',
      'supergraph.graphql',
    ]);
    expect(await writeSchemaFiles(folder, files)).toEqual([]);
    expect(readSupergraph(await readFile(join(folder, 'supergraph.graphql'), 'utf8')).subgraphs).toHaveLength(2);
  });

  it('is found stale when somebody edited it, and loses subgraphs that are no more', async () => {
    await writeSchemaFiles(folder, filesOf(users, posts));
    await writeFile(join(folder, 'api.graphql'), 'edited');
    expect(await findStaleFiles(folder, filesOf(users, posts))).toEqual(['api.graphql']);
    const changed = await writeSchemaFiles(folder, filesOf(users));
    expect(changed).toContain('subgraphs/posts.graphql');
    expect(await findStaleFiles(folder, filesOf(users))).toEqual([]);
  });
});
