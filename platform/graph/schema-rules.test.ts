import { describe, expect, it } from 'vitest';
import { schemaProblems } from './schema-rules.ts';

describe('schemaProblems', () => {
  it('names everything that breaks the conventions', () => {
    const sdl = `
      type Query { a(b: Int): Int }
      "Changes." type Mutation { "Does." do(id: ID!): Int "Does more." more(input: I): Int }
      "I." input I { x: Int }
      enum E { "A." A B }
      scalar S
      "Thing." type Thing @key(fields: "code") { "Code." code: String }
    `;
    expect(schemaProblems(sdl)).toEqual([
      'Query has no description.',
      'Query.a has no description.',
      'Query.a(b:) has no description.',
      'Mutation.do(id:) has no description.',
      'Mutation.do takes something else than exactly one "input".',
      'Mutation.more(input:) has no description.',
      'Mutation.more takes something else than exactly one "input".',
      'I.x has no description.',
      'E has no description.',
      'E.B has no description.',
      'S has no description.',
      'Thing is an entity without an id.',
    ]);
  });
});
