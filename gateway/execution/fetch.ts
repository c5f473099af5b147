// Runs one Fetch node: sends it, reports its errors where the client will look for them, and merges what came back.
import type { ExecutionResult } from 'graphql';
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { FetchNode } from '../planning/plan.ts';
import { contextGroups } from './context-values.ts';
import { isResponseObject, type Position, pathToArray } from './data.ts';
import type { ResponsePath } from './error-log.ts';
import type { Execution } from './execution.ts';
import { fetchedFieldsOf } from './fetched-fields.ts';
import { mergeInto } from './merge.ts';
import { collectRepresentations, type Representation } from './representations.ts';
import { applyRewrites, originalPath } from './rewrites.ts';
import { callSubgraph } from './subgraph-call.ts';

/** Never rejects: a fetch that fails leaves its fields empty and an error behind. */
export async function runFetch(execution: Execution, fetch: FetchNode, positions: readonly Position[]): Promise<void> {
  if (positions.length === 0) return;
  const groups = contextGroups(fetch, positions, execution.target.types);
  await Promise.all(
    groups.map(async (group) => {
      const variables = { ...pickVariables(execution, fetch), ...group.variables };
      try {
        if (fetch.requires === undefined) await fetchFields(execution, fetch, group.positions, variables);
        else await fetchEntities(execution, fetch, group.positions, variables);
      } catch (error) {
        // What is no failure of the subgraph is ours; the observer's log has the cause.
        const failure: DomainError = isDomainError(error) ? error : gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, error);
        execution.errors.addFailure(failure, fieldPlaces(execution, fetch, group.positions));
      }
    }),
  );
}

/** A fetch on a root type: of the operation, or where a subgraph's answer leads back to `Query`. */
async function fetchFields(
  execution: Execution,
  fetch: FetchNode,
  positions: readonly Position[],
  variables: Record<string, unknown>,
): Promise<void> {
  const result = await callSubgraph(execution.target, execution.call, fetch, variables);
  mergeFields(execution, fetch, positions, result);
}

/** Takes in the answer of a root fetch; also used for each event of a subscription. */
export function mergeFields(
  execution: Execution,
  fetch: FetchNode,
  positions: readonly Position[],
  result: ExecutionResult,
): void {
  for (const error of result.errors ?? []) {
    const { path } = error;
    const places =
      path === undefined || path.length === 0
        ? fieldPlaces(execution, fetch, positions)
        : positions.map((position) => [...pathToArray(position.path), ...originalPath(fetch.outputRewrites, path)]);
    execution.errors.addSubgraphError(error, places);
  }
  if (!isResponseObject(result.data)) return;
  applyRewrites(fetch.outputRewrites, result.data, execution.target.types);
  for (const [index, position] of positions.entries()) {
    mergeInto(position.object, result.data, execution.target.types, index === positions.length - 1);
  }
}

async function fetchEntities(
  execution: Execution,
  fetch: FetchNode,
  positions: readonly Position[],
  variables: Record<string, unknown>,
): Promise<void> {
  const representations = collectRepresentations(fetch, positions, execution.target.types);
  if (representations.length === 0) return;
  const result = await callSubgraph(execution.target, execution.call, fetch, {
    ...variables,
    representations: representations.map(({ value }) => value),
  });
  for (const error of result.errors ?? []) {
    execution.errors.addSubgraphError(error, entityErrorPlaces(execution, fetch, representations, error.path));
  }
  if (!isResponseObject(result.data)) return;
  const entities = result.data._entities;
  if (entities === null && (result.errors?.length ?? 0) > 0) return;
  if (!Array.isArray(entities) || entities.length !== representations.length) {
    throw gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, new Error(`expected _entities to hold ${representations.length} elements`));
  }
  representations.forEach((representation, index) => {
    const entity: unknown = entities[index];
    if (entity === null) for (const { object } of representation.positions) execution.absentEntities.add(object);
    mergeEntity(execution, fetch, representation, entity);
  });
}

function mergeEntity(execution: Execution, fetch: FetchNode, { positions }: Representation, entity: unknown): void {
  if (!isResponseObject(entity)) return;
  const { types } = execution.target;
  // Rewrites by type need a type name, and the planner leaves it out where only one type is possible.
  entity.__typename ??= positions[0]?.object.__typename;
  applyRewrites(fetch.outputRewrites, entity, types);
  // The last position takes the entity itself, the others take copies: later fetches may complete them differently.
  for (const [index, position] of positions.entries()) mergeInto(position.object, entity, types, index === positions.length - 1);
}

/** `["_entities", 2, "name"]` of the subgraph is `["topProducts", 4, "name"]` to the client, maybe at several places. */
function entityErrorPlaces(
  execution: Execution,
  fetch: FetchNode,
  representations: readonly Representation[],
  path: readonly (string | number)[] | undefined,
): ResponsePath[] {
  const index = path?.[1];
  const representation = typeof index === 'number' ? representations[index] : undefined;
  if (path === undefined || representation === undefined) {
    return fieldPlaces(
      execution,
      fetch,
      representations.flatMap(({ positions }) => positions),
    );
  }
  const rest = originalPath(fetch.outputRewrites, path.slice(2));
  if (rest.length === 0) return fieldPlaces(execution, fetch, representation.positions);
  return representation.positions.map((position) => [...pathToArray(position.path), ...rest]);
}

/** Every field that the fetch should have filled, at every position. */
function fieldPlaces(execution: Execution, fetch: FetchNode, positions: readonly Position[]): ResponsePath[] {
  return positions.flatMap((position) => {
    const base = pathToArray(position.path);
    return fetchedFieldsOf(fetch, position.object, execution.target.types).map((field) => [...base, field]);
  });
}

/** The client's variables that the fetch uses. */
export function pickVariables(execution: Execution, fetch: FetchNode): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of fetch.variableUsages ?? []) {
    // A variable that the client left out stays left out: the subgraph applies the default of the operation.
    const value = Object.hasOwn(execution.variables, name) ? execution.variables[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
