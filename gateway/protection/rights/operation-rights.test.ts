// Callers get what they have a right to, unchanged, and nothing else; what is missing is null with an error.
import fc from 'fast-check';
import {
  type DocumentNode,
  type ExecutionResult,
  executeSync,
  type FormattedExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../../platform/identity/identity.ts';
import { pickFrom, randomOperation } from '../../testing/random-operation.ts';
import { protectedGraph } from '../../testing/rights.sample.ts';
import { startSampleEngine } from '../../testing/sample-engine.ts';
import { composeSample, monolithSchema } from '../../testing/sample-graph.ts';
import { readGraphDirectives } from '../graph-directives.ts';
import { createOperationRights, type OperationRights, type RightsDecision } from './operation-rights.ts';

interface Caller {
  readonly scopes?: readonly string[];
  readonly policies?: readonly string[];
}

const engine = startSampleEngine(protectedGraph);
let schema: GraphQLSchema;
let rights: OperationRights;
const policiesOf = new WeakMap<Identity, readonly string[]>();

beforeAll(() => {
  schema = engine.schema;
  const { requirements } = readGraphDirectives(composeSample(protectedGraph));
  rights = createOperationRights({
    schema,
    requirements,
    evaluatePolicies: (policies, identity) => {
      const held = identity === null ? [] : (policiesOf.get(identity) ?? []);
      return new Set(policies.filter((policy) => held.includes(policy)));
    },
  });
});

function identityOf({ scopes = [], policies = [] }: Caller): Identity {
  const identity = { userId: 'u', permissions: new Set(scopes) } as unknown as Identity;
  policiesOf.set(identity, policies);
  return identity;
}

function decide(query: string, caller: Caller | null): RightsDecision {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('The test needs an operation.');
  return rights.decide(
    { document, documentKey: query, operation },
    caller === null ? null : identityOf(caller),
  ) as RightsDecision;
}

async function ask(query: string, caller: Caller | null, variables: Record<string, unknown> = {}): Promise<ExecutionResult> {
  expect(validate(schema, parse(query))).toEqual([]);
  const decision = decide(query, caller);
  if (decision === null) return engine.execute(query, variables);
  return engine.execute(query, variables, {}, decision.withheld);
}

const codesOf = ({ errors = [] }: ExecutionResult) =>
  errors.map(({ path, extensions }) => `${path?.join('.')} ${(extensions as { code: string }).code}`);
const code = 'UNAUTHORIZED_FIELD_OR_TYPE';

describe('fields without rights', () => {
  it('are null with an error, and the rest is there', async () => {
    const answer = await ask('{ me { name } person(id: "p1") { name email badge rank } }', null);
    expect(answer.data).toEqual({ me: null, person: { name: 'Ada', email: null, badge: null, rank: null } });
    expect(codesOf(answer)).toEqual([`me ${code}`, `person.email ${code}`, `person.badge ${code}`, `person.rank ${code}`]);
  });

  it('take their parent with them where null is not allowed', async () => {
    const one = await ask('{ person(id: "p1") { name salary } }', { scopes: ['payroll'] });
    expect([one.data, codesOf(one)]).toEqual([{ person: null }, [`person.salary ${code}`]]);
    const list = await ask('{ people { name salary } }', null);
    expect([list.data, codesOf(list)]).toEqual([null, [`people.0.salary ${code}`, `people.1.salary ${code}`]]);
  });

  it.each<[Caller, string | null]>([
    [{ scopes: ['payroll', 'profile'] }, '<payroll|admin>9'],
    [{ scopes: ['admin'] }, '<payroll|admin>9'],
    [{ scopes: ['profile'] }, null],
  ])('are decided by any of the sets of scopes, each in full: %j', async (caller, salary) => {
    const { data } = await ask('{ person(id: "p1") { salary } }', caller);
    expect(data).toEqual({ person: salary === null ? null : { salary } });
  });

  it.each<[Caller, boolean]>([
    [{ policies: ['editor', 'senior'] }, true],
    [{ policies: ['owner'] }, true],
    [{ policies: ['editor'] }, false],
    [{}, false],
  ])('are decided by policies in the same way: %j', async (caller, isAllowed) => {
    const { data } = await ask('{ plan { goal title } }', caller);
    expect(data).toEqual({ plan: { goal: isAllowed ? expect.any(String) : null, title: 'Plan' } });
  });

  it('are not asked of any subgraph', async () => {
    engine.requests.length = 0;
    await ask('{ me { name } vault { code } }', {});
    expect(engine.requests.map(({ request }) => request.query).join()).not.toContain('vault');
    engine.requests.length = 0;
    const answer = await ask('{ vault { code } me { name } }', null);
    expect([answer.data, engine.requests]).toEqual([{ vault: null, me: null }, []]);
  });

  it('stay hidden when a plan needs them as a key', async () => {
    const answer = await ask('{ publicPosts { author { id name } } }', {});
    expect(answer.data).toEqual({ publicPosts: [{ author: null }, { author: null }] });
    const named = await ask('{ publicPosts { author { name } } }', {});
    expect(named).toEqual({ data: { publicPosts: [{ author: { name: 'Ada' } }, { author: { name: 'Bob' } }] } });
  });

  it('leave conditions, aliases and named fragments as they are', async () => {
    const query = `query ($no: Boolean! = false) { person(id: "p2") { n: name ...F e: email @include(if: $no) } }
      fragment F on Person { email boss { name } ... @skip(if: $no) { mail: email } }`;
    const answer = await ask(query, null);
    expect(answer.data).toEqual({ person: { n: 'Bob', email: null, boss: null, mail: null } });
    expect((await ask(query, null, { no: true })).data).toEqual({ person: { n: 'Bob', email: null, boss: null, e: null } });
  });

  it('do not keep a mutation from running that may run', async () => {
    expect(await ask('mutation { rename(id: "p1", name: "Eve") { email } }', null)).toMatchObject({
      data: { rename: { email: null } },
    });
    expect(await ask('mutation { promote(id: "p1") { name } }', null)).toMatchObject({ data: { promote: null } });
  });

  it('are named at twenty places at most', async () => {
    const aliases = Array.from({ length: 30 }, (_, index) => `a${index}: people { email }`).join(' ');
    expect((await ask(`{ ${aliases} }`, null)).errors).toHaveLength(60);
    expect(decide(`{ ${aliases} }`, null)?.fields).toHaveLength(20);
  });
});

describe('abstract types', () => {
  it('need the rights of every implementation that can be reached', async () => {
    const own = await ask('{ posts { title } }', null);
    expect([own.data, codesOf(own)]).toEqual([null, [`posts ${code}`]]);
    const one = await ask('{ post(id: "a") { ...F } } fragment F on Post { id }', null);
    expect([one.data, codesOf(one)]).toEqual([{ post: null }, [`post ${code}`]]);
    expect((await ask('{ posts { title } }', {})).errors).toBeUndefined();
  });

  it('are open to fragments on implementations that need nothing', async () => {
    const open = await ask(
      '{ post(id: "a") { __typename ... on PublicPost { title } ... on Post { ... on PublicPost { id } } } }',
      null,
    );
    expect(open).toEqual({ data: { post: { __typename: 'PublicPost', title: 'Hello', id: 'a' } } });
  });

  it('are null where the protected implementation is met', async () => {
    const answer = await ask('{ posts { ... on PublicPost { id draft } ... on PrivatePost { title } } }', null);
    expect(answer.data).toEqual({ posts: [{ id: 'a', draft: null }, { title: null }, { id: 'c', draft: null }] });
    expect(codesOf(answer)).toEqual([`posts.0.draft ${code}`, `posts.1.title ${code}`, `posts.2.draft ${code}`]);
    const found = await ask('{ found { ... on Post { title } ... on Person { name } } }', null);
    expect(found.data).toEqual({ found: [{ title: null }, { title: null }, { title: null }, { name: 'Ada' }] });
  });
});

describe('any operation of any caller', () => {
  const scopes = ['profile', 'payroll', 'admin', 'identify'];
  const policies = ['editor', 'senior', 'owner'];
  const callers = fc.option(fc.record({ scopes: fc.subarray(scopes), policies: fc.subarray(policies) }));

  /** The marks in the values, and whether somebody who holds this may see them. */
  function maySee(mark: string, caller: Caller | null): boolean {
    if (caller === null) return false;
    const holds = (right: string) =>
      right === 'signed-in' ||
      (right.startsWith('policy:')
        ? (caller.policies?.includes(right.slice(7)) ?? false)
        : right === 'payroll'
          ? ['payroll', 'profile'].every((scope) => caller.scopes?.includes(scope))
          : (caller.scopes?.includes(right) ?? false));
    return mark.split('|').some(holds);
  }

  /** Where `part` is something else than `whole` but for nulls, each with an error at it or below it. */
  function differences(part: unknown, whole: unknown, path: string, errorPaths: readonly string[]): string[] {
    if (part === whole) return [];
    if (part === null) return errorPaths.some((at) => path === '' || `${at}.`.startsWith(`${path}.`)) ? [] : [path];
    if (typeof whole !== 'object' || whole === null || typeof part !== 'object') return [path];
    if (Object.keys(part as object).join() !== Object.keys(whole).join()) return [path];
    return Object.entries(whole).flatMap(([key, value]) =>
      differences((part as Record<string, unknown>)[key], value, path === '' ? key : `${path}.${key}`, errorPaths),
    );
  }

  it('leaks nothing, and changes nothing that is allowed', () => {
    const monolith = monolithSchema(protectedGraph, schema);
    let filteredCount = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), callers, (seed, caller) => {
        const { query, variables } = randomOperation(schema, pickFrom(seed), { id: ['"p1"', '"a"', '"none"'] });
        if (validate(schema, parse(query)).length > 0) return;
        // One schema without federation: planning so many operations would take most of the time.
        const run = (document: DocumentNode): FormattedExecutionResult =>
          JSON.parse(JSON.stringify(executeSync({ schema: monolith, document, variableValues: variables })));
        const decision = decide(query, caller);
        const whole = run(parse(query));
        const part = decision === null ? whole : decision.withheld.restore(run(decision.withheld.document), variables);
        const text = JSON.stringify(part.data);
        const seen = [...text.matchAll(/<([^>]+)>/g)].map(([, mark]) => mark as string);
        expect(
          seen.filter((mark) => !maySee(mark, caller)),
          query,
        ).toEqual([]);
        const errorPaths = (part.errors ?? []).map(({ path }) => path?.join('.') ?? '');
        expect(differences(part.data, whole.data, '', errorPaths), query).toEqual([]);
        if (decision !== null) filteredCount += 1;
      }),
      { numRuns: 200 },
    );
    expect(filteredCount).toBeGreaterThan(60);
  });
});
