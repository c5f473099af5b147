// Fetches of entities from one subgraph at one time are one request, and each still fails by itself.
import { describe, expect, it } from 'vitest';
import { catalogue } from '../testing/catalogue.sample.ts';
import { startSampleEngine } from '../testing/sample-engine.ts';
import { mergeFetches } from './merge-fetches.ts';
import type { FetchNode, PlanNode } from './plan.ts';

const query = '{ items { usdTag } one: item(id: "i1") { eurTag } shelves { usdTag } }';

describe('a request for several lists of entities', () => {
  it('asks for equal selections once, wherever they stand', async () => {
    const engine = startSampleEngine(catalogue);
    const { data } = await engine.execute(query);
    expect(data).toMatchObject({ one: { eurTag: 'EUR 180' }, shelves: [[{ usdTag: 'USD 100' }, { usdTag: 'USD 200' }], [], {}] });
    expect(engine.requests.map(({ subgraph }) => subgraph)).toEqual(['items', 'tags']);
    const lists = Object.values(engine.requests[1]?.request.variables ?? {}) as unknown[][];
    expect(lists.map((list) => list.length).sort()).toEqual([1, 5]);
  });

  it('has its errors where the client will look for them', async () => {
    const engine = startSampleEngine(catalogue, {
      clientFor: (name, inProcess) =>
        name !== 'tags'
          ? inProcess
          : {
              ...inProcess,
              async execute(request) {
                const [alias] = /_e\d+(?=:_entities\(representations:\$_r\d+\)\{\.\.\.on Item\{eurTag)/.exec(request.query) ?? [];
                const { data } = await inProcess.execute(request);
                return {
                  data: { ...data, [alias ?? '']: [null] },
                  errors: [{ message: 'no euros', path: [alias, 0, 'eurTag'] }] as never,
                };
              },
            },
    });
    const { data, errors } = await engine.execute(query);
    expect(errors?.map(({ message, path }) => [message, path])).toEqual([['no euros', ['one', 'eurTag']]]);
    expect(data).toMatchObject({ one: { eurTag: null }, items: [{ usdTag: 'USD 100' }, {}, {}, {}, {}] });
  });

  it('that fails as a whole fails at every place', async () => {
    const engine = startSampleEngine(catalogue, {
      clientFor: (name, inProcess) =>
        name === 'tags' ? { ...inProcess, execute: () => Promise.reject(new Error('down')) } : inProcess,
    });
    const { data, errors } = await engine.execute('{ items { usdTag } one: item(id: "i1") { eurTag } }');
    expect(errors?.map(({ path }) => path?.join('.')).sort()).toEqual([
      'items.0.usdTag',
      'items.1.usdTag',
      'items.2.usdTag',
      'items.3.usdTag',
      'items.4.usdTag',
      'one.eurTag',
    ]);
    expect(data).toMatchObject({ one: { eurTag: null } });
  });
});

const root = (serviceName: string, operationKind: FetchNode['operationKind'] = 'query'): FetchNode => ({
  kind: 'Fetch',
  serviceName,
  operation: `{ ${serviceName} }`,
  operationKind,
});
const entities = (serviceName: string, path: string, selection = 'x'): PlanNode => ({
  kind: 'Flatten',
  path: [path],
  node: {
    ...root(serviceName),
    operation: `query($representations:[_Any!]!){_entities(representations:$representations){...on T{${selection}}}}`,
    requires: [],
  },
});
const shapeOf = (node: PlanNode | undefined) => {
  const { node: merged } = mergeFetches({ kind: 'QueryPlan', node });
  if (merged?.kind !== 'Graph') return merged === node ? 'unchanged' : merged;
  return merged.steps.map(({ node: step, after }) => {
    const paths = step.kind === 'BatchFetch' ? step.entities.map((each) => each.paths.join('+')).join(' ') : '';
    const fetch = step.kind === 'Flatten' ? step.node : step.kind === 'BatchFetch' ? step.fetch : step;
    return `${(fetch as FetchNode).serviceName}(${paths})<-${after.join()}`;
  });
};

describe('a plan', () => {
  it('puts a fetch off that nothing waits for, when its subgraph is asked later anyway', () => {
    const node: PlanNode = {
      kind: 'Sequence',
      nodes: [
        root('a'),
        {
          kind: 'Parallel',
          nodes: [entities('c', 'p'), { kind: 'Sequence', nodes: [entities('b', 'p'), entities('c', 'q', 'y')] }],
        },
      ],
    };
    expect(shapeOf(node)).toEqual(['a()<-', 'b()<-0', 'c(p q)<-0,1']);
  });

  it('makes no branch wait for another that it has nothing to do with', () => {
    const branch = (name: string): PlanNode => ({
      kind: 'Sequence',
      nodes: [root(name), entities('shared', name), entities(`${name}2`, name)],
    });
    expect(
      shapeOf({
        kind: 'Parallel',
        nodes: [branch('a'), { kind: 'Sequence', nodes: [root('slow'), entities('alone', 's')] }, branch('b')],
      }),
    ).toEqual(['a()<-', 'slow()<-', 'b()<-', 'shared(a+b)<-0,2', 'alone()<-1', 'a2()<-3', 'b2()<-3']);
  });

  it('stays as it is when it is of a mutation, or nothing can be merged', () => {
    const twice: PlanNode = { kind: 'Parallel', nodes: [entities('c', 'p'), entities('c', 'q')] };
    expect(shapeOf({ kind: 'Sequence', nodes: [root('a', 'mutation'), twice] })).toBe('unchanged');
    expect(shapeOf({ kind: 'Sequence', nodes: [root('a'), entities('b', 'p')] })).toBe('unchanged');
  });
});
