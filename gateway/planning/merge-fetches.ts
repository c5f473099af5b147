// Makes fewer requests of a plan: its tree becomes a graph of what needs what, and fetches of entities that one subgraph can answer at the
// same time become one request. A fetch that nothing waits for may be put off until its subgraph is asked anyway: that costs no time.
import {
  getOperationAST,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  stripIgnoredCharacters,
  type VariableDefinitionNode,
} from 'graphql';
import type { BatchFetchNode, EntityBatch, FetchNode, GraphStep, PlanNode, PlanPath, QueryPlan } from './plan.ts';

/** Mutations keep their order, and plans with conditions their shape. */
export function mergeFetches(plan: QueryPlan): QueryPlan {
  const { node } = plan;
  if (node === undefined) return plan;
  if (node.kind === 'Subscription') {
    const rest = node.rest && mergeNode(node.rest);
    return rest === node.rest ? plan : { ...plan, node: { ...node, rest } };
  }
  const merged = mergeNode(node);
  return merged === node ? plan : { ...plan, node: merged };
}

interface Step {
  readonly path: PlanPath;
  readonly fetch: FetchNode;
  readonly after: readonly number[];
  readonly isEntityFetch: boolean;
}

function mergeNode(root: PlanNode): PlanNode {
  const steps: Step[] = [];
  if (collectSteps(root, [], [], steps) === null) return root;
  const groups = groupSteps(steps);
  if (groups.length === steps.length) return root;
  const groupOf = new Map<number, number>();
  groups.forEach((members, group) => {
    for (const member of members) groupOf.set(member, group);
  });
  const graph = groups.map((members): GraphStep => {
    const after = new Set(members.flatMap((member) => steps[member]?.after ?? []).map((index) => groupOf.get(index) as number));
    return { node: nodeOf(members.map((member) => steps[member] as Step)), after: [...after].sort((a, b) => a - b) };
  });
  return { kind: 'Graph', steps: graph };
}

/** Adds the fetches below the node. Gives the indexes of those that come last, or null for what has to stay as it is. */
function collectSteps(node: PlanNode, path: PlanPath, after: readonly number[], steps: Step[]): readonly number[] | null {
  switch (node.kind) {
    case 'Fetch': {
      if (node.operationKind !== 'query') return null;
      const isEntityFetch = node.requires !== undefined && (node.contextRewrites?.length ?? 0) === 0;
      steps.push({ path, fetch: node, after, isEntityFetch });
      return [steps.length - 1];
    }
    case 'Flatten':
      return collectSteps(node.node, [...path, ...node.path], after, steps);
    case 'Sequence': {
      let last: readonly number[] | null = after;
      for (const next of node.nodes) if (last !== null) last = collectSteps(next, path, last, steps);
      return last;
    }
    case 'Parallel': {
      const last: number[] = [];
      for (const next of node.nodes) {
        const ends = collectSteps(next, path, after, steps);
        if (ends === null) return null;
        last.push(...ends);
      }
      return last;
    }
    default:
      return null;
  }
}

/** The steps that become one request each, in an order in which each comes after what it waits for. */
function groupSteps(steps: readonly Step[]): readonly (readonly number[])[] {
  const levels: number[] = [];
  const isAwaited = new Set<number>();
  for (const [index, { after }] of steps.entries()) {
    levels[index] = after.reduce((level, earlier) => Math.max(level, (levels[earlier] ?? 0) + 1), 0);
    for (const earlier of after) isAwaited.add(earlier);
  }
  const lastOf = new Map<string, number>();
  for (const [index, { fetch, isEntityFetch }] of steps.entries())
    if (isEntityFetch) lastOf.set(fetch.serviceName, Math.max(lastOf.get(fetch.serviceName) ?? 0, levels[index] ?? 0));

  const groups = new Map<string, { readonly level: number; readonly members: number[] }>();
  for (const [index, { fetch, isEntityFetch }] of steps.entries()) {
    const own = levels[index] ?? 0;
    const level = isEntityFetch && !isAwaited.has(index) ? (lastOf.get(fetch.serviceName) ?? own) : own;
    const key = isEntityFetch ? `${level} ${fetch.serviceName}` : `${index}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { level, members: [index] });
    else group.members.push(index);
  }
  return [...groups.values()].sort((left, right) => left.level - right.level).map(({ members }) => members);
}

function nodeOf(members: readonly Step[]): PlanNode {
  const [first] = members;
  if (first === undefined) throw new Error('A group of fetches is empty.');
  if (members.length > 1) return batchOf(members);
  return first.path.length === 0 ? first.fetch : { kind: 'Flatten', path: first.path, node: first.fetch };
}

interface EntitySelection {
  readonly step: Step;
  readonly selectionSet: SelectionSetNode;
  readonly variables: readonly VariableDefinitionNode[];
}

function batchOf(members: readonly Step[]): BatchFetchNode {
  const [{ fetch: first }] = members as readonly [Step];
  const alike = new Map<string, { selection: EntitySelection; paths: PlanPath[] }>();
  for (const step of members) {
    const selection = entitySelection(step);
    const { requires, inputRewrites, outputRewrites } = step.fetch;
    const key = JSON.stringify([print(selection.selectionSet), requires, inputRewrites, outputRewrites]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { selection, paths: [step.path] });
    else known.paths.push(step.path);
  }
  const selections = [...alike.values()];
  if (selections.length === 1) {
    const paths = selections.flatMap((each) => each.paths);
    return {
      kind: 'BatchFetch',
      fetch: first,
      entities: [{ alias: '_entities', variable: 'representations', paths, fetch: first }],
    };
  }

  const variables = new Map<string, VariableDefinitionNode>();
  for (const { selection } of selections)
    for (const definition of selection.variables) variables.set(definition.variable.name.value, definition);
  let prefix = '_r';
  while ([...variables.keys()].some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  const entities = selections.map(
    ({ selection, paths }, index): EntityBatch => ({
      alias: `_e${index}`,
      variable: `${prefix}${index}`,
      paths,
      fetch: selection.step.fetch,
    }),
  );
  const definitions = [
    ...entities.map(({ variable }) => `$${variable}: [_Any!]!`),
    ...[...variables.values()].map((definition) => print(definition)),
  ];
  const fields = entities.map(({ alias, variable }, index) => {
    const text = print((selections[index] as (typeof selections)[number]).selection.selectionSet);
    return `${alias}: _entities(representations: $${variable}) ${text}`;
  });
  const operation = stripIgnoredCharacters(
    `query ${first.operationName ?? ''}(${definitions.join(', ')}) { ${fields.join(' ')} }`,
  );
  const { serviceName, operationName } = first;
  const variableUsages = [...variables.keys()];
  return {
    kind: 'BatchFetch',
    fetch: { kind: 'Fetch', serviceName, operation, operationName, operationKind: 'query', variableUsages },
    entities,
  };
}

function entitySelection(step: Step): EntitySelection {
  const document = parse(step.fetch.operation, { noLocation: true });
  const operation = getOperationAST(document);
  const [entities] = operation?.selectionSet.selections ?? [];
  if (entities?.kind !== Kind.FIELD || entities.selectionSet === undefined || document.definitions.length !== 1)
    throw new Error(`A fetch of entities selects something else: ${step.fetch.operation}`);
  const variables = (operation?.variableDefinitions ?? []).filter(({ variable }) => variable.name.value !== 'representations');
  return { step, selectionSet: entities.selectionSet, variables };
}
