// The planner over @apollo/query-planner. The only file that knows its classes.
import {
  type ObjectType,
  operationFromDocument,
  ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  type Schema,
  Supergraph,
} from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, visit } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { type IsFieldName, responseNameOf, withDataNames } from './data-names.ts';
import { mergeFetches } from './merge-fetches.ts';
import type { QueryPlan } from './plan.ts';
import type { Planner, PlanRequest } from './planner.ts';
import { prepareSupergraph } from './prepare-supergraph.ts';
import { renameReservedVariables } from './reserved-variables.ts';
import { missingRootField } from './root-fields.ts';

/** Plans that the planner may weigh against each other before it settles; bounds the time of one planning. */
const evaluatedPlansMax = 200;

/** `read` is the supergraph of the text. @throws when it cannot be planned on. */
export function createApolloPlanner(sdl: string, read: Supergraph, isFieldName: IsFieldName): Planner {
  const prepared = prepareSupergraph(sdl);
  const supergraph =
    prepared.document === null
      ? read
      : Supergraph.build(prepared.document, {
          supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
          validateSupergraph: false,
        });
  const planner = new QueryPlanner(supergraph, {
    typeConditionedFetching: false,
    // What is done with the plan reads selections where they stand; looking for places that fit a fragment takes long, too.
    reuseQueryFragments: false,
    debug: { maxEvaluatedPlans: evaluatedPlansMax },
  });
  const schema = supergraph.apiSchema();
  const overrideLabels = collectOverrideLabels(supergraph.schema);

  function plan({ document, operationName, overrides }: PlanRequest): QueryPlan {
    const planned = withDataNames(withoutUnknownDirectives(renameReservedVariables(document), schema), isFieldName);
    const operation = operationFromDocument(schema, planned, operationName === null ? {} : { operationName });
    const overrideConditions = new Map(overrideLabels.map((label) => [label, overrides.has(label)]));
    const made = planner.buildQueryPlan(operation, { overrideConditions }) as QueryPlan;
    const found = prepared.restore(made, { document: planned, operationName });
    const missing = missingRootField(found, planned, operationName);
    if (missing !== null) throw gatewayErrors.FIELD_NOT_RESOLVED({ field: responseNameOf(missing) });
    return mergeFetches(found);
  }

  return {
    overrideLabels,
    plan(request) {
      try {
        return plan(request);
      } catch (error) {
        throw isDomainError(error) ? error : gatewayErrors.OPERATION_NOT_PLANNED({}, error);
      }
    },
  };
}

/** The document without directives that mean nothing to subgraphs. */
function withoutUnknownDirectives(document: DocumentNode, schema: Schema): DocumentNode {
  return visit(document, {
    Directive: ({ name }) => (schema.directive(name.value) === undefined ? null : undefined),
  });
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
