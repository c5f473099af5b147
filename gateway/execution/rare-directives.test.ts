// Parts of Federation 2 that the stock gateway ignores or gets wrong.
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createPlanCache } from '../planning/plan-cache.ts';
import { readSupergraph } from '../supergraph/supergraph.ts';
import { rules } from '../testing/rules.sample.ts';
import { startSampleEngine } from '../testing/sample-engine.ts';
import { composeSample } from '../testing/sample-graph.ts';
import { shop } from '../testing/shop.sample.ts';

const json = async (engine: ReturnType<typeof startSampleEngine>, query: string, variables = {}) =>
  JSON.stringify(await engine.execute(query, variables));

describe('@fromContext', () => {
  it('gives each entity the value of the object around it', async () => {
    const engine = startSampleEngine(rules);
    expect(await json(engine, 'query Q($name: String!) { people { greeting { text(name: $name) } } }', { name: 'Jo' })).toBe(
      '{"data":{"people":[{"greeting":{"text":"de: Jo"}},{"greeting":{"text":"fr: Jo"}}]}}',
    );
  });
});

describe('progressive @override', () => {
  it('is drawn for every request, and each outcome has its own plan', () => {
    const { planner } = readSupergraph(composeSample(rules));
    expect(planner.overrideLabels).toEqual(['percent(50)']);
    const observed: boolean[] = [];
    let drawn = 0;
    const plans = createPlanCache({ planner, observe: ({ cached }) => observed.push(cached), random: () => drawn });
    const operation = { document: parse('{ people { moved } }'), operationName: null, documentKey: 'k', coercedVariables: {} };
    const old = JSON.stringify(plans.planFor({ ...operation }));
    drawn = 0.75;
    const other = JSON.stringify(plans.planFor({ ...operation }));
    expect(old).toContain('greetings');
    expect(other).not.toContain('greetings');
    plans.planFor({ ...operation });
    expect(observed).toEqual([false, false, true]);
  });
});

describe('conditions', () => {
  const query =
    'query Q($all: Boolean! = false, $no: Boolean!) { me @skip(if: $no) { favourite { volume @include(if: $all) shippingEstimate } } }';

  it('leave the inputs of other fields alone', async () => {
    const engine = startSampleEngine(shop);
    expect(await json(engine, query, { no: false })).toBe('{"data":{"me":{"favourite":{"shippingEstimate":1.25}}}}');
    expect(await json(engine, query, { no: false, all: true })).toBe(
      '{"data":{"me":{"favourite":{"volume":1,"shippingEstimate":1.25}}}}',
    );
  });

  it('that skip everything ask nobody', async () => {
    const engine = startSampleEngine(shop);
    expect(await json(engine, query, { no: true })).toBe('{"data":{}}');
    expect(await json(engine, '{ me { id @skip(if: true) } }')).toBe('{"data":{"me":{}}}');
    expect(engine.requests.map(({ subgraph }) => subgraph)).toEqual(['accounts']);
  });
});

describe('one name for fields of different types', () => {
  it('keeps every value, also those that are false, zero or empty', async () => {
    const query = '{ beings { ... on Person { count isActive nick } ... on Robot { x: count y: isActive z: nick } } }';
    expect(await json(startSampleEngine(rules), query)).toBe(
      '{"data":{"beings":[{"count":0,"isActive":false,"nick":""},{"count":7,"isActive":true,"nick":"two"},{"x":"many","y":"yes","z":5}]}}',
    );
  });
});

describe('names that mean something inside', () => {
  it('are free for clients: a variable called representations', async () => {
    const query = 'query Q($representations: String!) { people { greeting { text(name: $representations) } } }';
    expect(await json(startSampleEngine(rules), query, { representations: 'Jo' })).toContain('de: Jo');
  });

  it('are free for clients: aliases that JavaScript objects inherit', async () => {
    const query = '{ people { constructor: id toString: locale __proto__: greeting { hasOwnProperty: text(name: "x") } } }';
    const { data } = JSON.parse(await json(startSampleEngine(rules), query)) as { data: { people: Record<string, unknown>[] } };
    expect(Object.entries(data.people[0] ?? {})).toEqual([
      ['constructor', '1'],
      ['toString', 'de'],
      ['__proto__', { hasOwnProperty: 'de: x' }],
    ]);
  });
});
