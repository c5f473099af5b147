// What the planner is given instead of the supergraph's own text, and how its plans are brought back to what subgraphs know. The faults
// of the planner that can be avoided by asking it differently are avoided here.
import { type DocumentNode, Kind, parse, type SelectionSetNode, visit } from 'graphql';
import { joinArgument, withoutUnresolvableKeys } from './join-directives.ts';
import type { QueryPlan } from './plan.ts';
import { replaceFetches } from './plan-walk.ts';
import type { PlanRequest } from './planner.ts';
import { nameRequirements, type StandIns } from './required-arguments.ts';
import { restoreMembers } from './restore-members.ts';
import { restoreRequirements } from './restore-requirements.ts';
import { createSubgraphIndex, subgraphNames } from './subgraph-index.ts';

export interface PreparedSupergraph {
  /** For the planner alone: clients never see it. Null when the planner may have the supergraph as it is. */
  readonly document: DocumentNode | null;
  /** The plan in terms of the real supergraph, complete for what was planned. */
  restore(plan: QueryPlan, planned: Pick<PlanRequest, 'document' | 'operationName'>): QueryPlan;
}

export function prepareSupergraph(sdl: string): PreparedSupergraph {
  const { supergraph, standIns } = nameRequirements(withoutUnresolvableKeys(parse(sdl, { noLocation: true })));
  const requirements = requirementsOf(supergraph, standIns);
  const index = createSubgraphIndex(supergraph);
  return {
    document: standIns.size > 0 || sdl.includes('resolvable: false') ? supergraph : null,
    restore(plan, { document, operationName }) {
      const complete = restoreMembers(plan, document, operationName, index);
      if (standIns.size === 0) return complete;
      return replaceFetches(complete, (fetch) => {
        const names = `${fetch.operation}${JSON.stringify(fetch.requires ?? '')}`;
        if (![...standIns.keys()].some((name) => names.includes(name))) return [fetch];
        return restoreRequirements(
          fetch,
          standIns,
          (subgraph, type, field) => requirements.get(`${subgraph} ${type}.${field}`) ?? [],
        );
      });
    },
  };
}

/** Stand-ins by the field that requires them, as `subgraph Type.field`. */
function requirementsOf(supergraph: DocumentNode, standIns: StandIns): ReadonlyMap<string, readonly string[]> {
  const requirements = new Map<string, readonly string[]>();
  if (standIns.size === 0) return requirements;
  const subgraphs = subgraphNames(supergraph);
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      for (const directive of field.directives ?? []) {
        const requires = joinArgument(directive, 'requires');
        if (requires === null) continue;
        const subgraph = subgraphs.get(joinArgument(directive, 'graph') ?? '');
        requirements.set(`${subgraph} ${definition.name.value}.${field.name.value}`, standInsOf(requires, standIns));
      }
    }
  }
  return requirements;
}

function standInsOf(requires: string, standIns: StandIns): readonly string[] {
  const names: string[] = [];
  const document = parse(`{ ${requires} }`) as { definitions: readonly { selectionSet: SelectionSetNode }[] } & DocumentNode;
  visit(document, { Field: ({ name }) => void (standIns.has(name.value) && names.push(name.value)) });
  return names;
}
