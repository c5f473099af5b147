// The planner over @apollo/query-planner. The only file that knows its classes.
import { type ObjectType, operationFromDocument, type Schema, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { QueryPlan } from './plan.ts';
import type { Planner, PlanRequest } from './planner.ts';
import { renameReservedVariables } from './reserved-variables.ts';

/** Plans that the planner may weigh against each other before it settles; bounds the time of one planning. */
const evaluatedPlansMax = 1000;

export function createApolloPlanner(supergraph: Supergraph, apiSchema: Schema): Planner {
  const planner = new QueryPlanner(supergraph, {
    typeConditionedFetching: false,
    debug: { maxEvaluatedPlans: evaluatedPlansMax },
  });
  const overrideLabels = collectOverrideLabels(supergraph.schema);

  function plan({ document, operationName, overrides }: PlanRequest): QueryPlan {
    const operation = operationFromDocument(
      apiSchema,
      renameReservedVariables(document),
      operationName === null ? {} : { operationName },
    );
    const overrideConditions = new Map(overrideLabels.map((label) => [label, overrides.has(label)]));
    return planner.buildQueryPlan(operation, { overrideConditions }) as QueryPlan;
  }

  return { overrideLabels, plan };
}

function collectOverrideLabels(schema: Schema): readonly string[] {
  const labels = new Set<string>();
  const objects = [...schema.objectTypes(), ...schema.interfaceTypes()] as ObjectType[];
  for (const type of objects) {
    for (const field of type.fields()) {
      for (const join of field.appliedDirectivesOf('join__field')) {
        const label = join.arguments().overrideLabel;
        if (typeof label === 'string') labels.add(label);
      }
    }
  }
  return [...labels].sort();
}
