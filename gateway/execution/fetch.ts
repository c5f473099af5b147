// Runs one fetch of a plan: sends it, reports its errors where the client will look for them, and merges what came back.
import type { ExecutionResult } from 'graphql';
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { CompiledBatch, CompiledEntities, CompiledFetch } from './compiled-plan.ts';
import { contextGroups } from './context-values.ts';
import { cloneData, isResponseObject, pathToArray, type ResponseObject } from './data.ts';
import type { ResponsePath } from './error-log.ts';
import type { Execution } from './execution.ts';
import { fieldsMissingOn } from './fetched-fields.ts';
import { mergeInto } from './merge.ts';
import { type FoundObjects, objectsAt, positionsAt } from './positions.ts';
import type { Representation } from './representations.ts';
import { applyRewrites, originalPath } from './rewrites.ts';
import { callSubgraph } from './subgraph-call.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Never rejects: a fetch that fails leaves its fields empty and an error behind. */
export async function runFetch(execution: Execution, fetch: CompiledFetch): Promise<void> {
  const { node, steps } = fetch;
  if (node.contextRewrites === undefined || node.contextRewrites.length === 0) {
    const found = findObjects(execution, fetch);
    if (found.objects.length > 0) await fetchFor(execution, fetch, found, pickVariables(execution, fetch));
    return;
  }
  const positions = positionsAt(execution.data, steps);
  await Promise.all(
    contextGroups(node, positions, execution.target.types).map((group) => {
      const objects = [...new Set(group.positions.map(({ object }) => object))];
      const found = { objects, holders: [], keys: [] };
      return fetchFor(execution, fetch, found, { ...pickVariables(execution, fetch), ...group.variables });
    }),
  );
}

/** Several fetches of a plan often have the same path; it is walked again only after something came that it may lead into. */
function findObjects({ data, shared, found }: Execution, { steps, path }: CompiledFetch): FoundObjects {
  let objects = found.get(path);
  if (objects === undefined) {
    objects = objectsAt(data, steps, shared);
    found.set(path, objects);
  }
  return objects;
}

async function fetchFor(execution: Execution, fetch: CompiledFetch, found: FoundObjects, variables: Variables): Promise<void> {
  const { objects } = found;
  try {
    if (fetch.writeRepresentations === null) {
      const body = `${fetch.bodyStart}${variablesText(variables)}}}`;
      mergeFields(execution, fetch, objects, await callSubgraph(execution, fetch.node, { variables, body }));
    } else {
      const representations = fetch.writeRepresentations([found], [unifyingIn(execution, fetch)]);
      if (representations.length === 0) return;
      const calls = [{ alias: '_entities', variable: 'representations', fetches: [fetch], representations }];
      await fetchEntities(execution, fetch, calls, variables);
    }
  } catch (error) {
    // What is no failure of the subgraph is ours; the observer's log has the cause.
    const failure: DomainError = isDomainError(error) ? error : gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, error);
    execution.errors.addFailure(failure, fieldPlaces(execution, fetch, objects));
  }
}

/** Takes in the answer of a fetch on a root type; also used for each event of a subscription. */
export function mergeFields(
  execution: Execution,
  fetch: CompiledFetch,
  objects: readonly ResponseObject[],
  result: ExecutionResult,
): void {
  const { outputRewrites } = fetch.node;
  const { types } = execution.target;
  for (const error of result.errors ?? []) {
    const { path } = error;
    const places =
      path === undefined || path.length === 0
        ? fieldPlaces(execution, fetch, objects)
        : placesOf(execution, fetch, objects).map((place) => [...place, ...originalPath(outputRewrites, path)]);
    execution.errors.addSubgraphError(error, places);
  }
  if (!hasData(result)) return;
  execution.found.clear();
  applyRewrites(outputRewrites, result.data, types);
  for (const [index, object] of objects.entries()) mergeInto(object, result.data, types, index === objects.length - 1);
}

function hasData(result: ExecutionResult): result is ExecutionResult & { readonly data: ResponseObject } {
  const { data } = result;
  if (data === undefined || data === null) return false;
  if (isResponseObject(data)) return true;
  throw gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, new Error('expected `data` to be an object'));
}

/** Where objects may become one, the map to note it in. */
function unifyingIn({ shared }: Execution, { sharing }: CompiledFetch): Execution['shared'] | null {
  return sharing.canUnify ? shared : null;
}

/** What is asked of one `_entities` of a request. */
interface EntityCall extends CompiledEntities {
  readonly representations: readonly Representation[];
}

/** Fetches that go to one subgraph in one request. Never rejects. */
export async function runBatch(execution: Execution, batch: CompiledBatch): Promise<void> {
  const calls = batch.entities.map((entities): EntityCall => {
    const { fetches } = entities;
    const found = fetches.map((fetch) => findObjects(execution, fetch));
    const unifying = fetches.map((fetch) => unifyingIn(execution, fetch));
    return { ...entities, representations: fetches[0]?.writeRepresentations?.(found, unifying) ?? [] };
  });
  if (calls.every(({ representations }) => representations.length === 0)) return;
  try {
    await fetchEntities(execution, batch, calls, pickVariables(execution, batch));
  } catch (error) {
    const failure: DomainError = isDomainError(error) ? error : gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, error);
    execution.errors.addFailure(failure, allPlaces(execution, calls));
  }
}

async function fetchEntities(
  execution: Execution,
  { node, bodyStart }: Pick<CompiledBatch, 'node' | 'bodyStart'>,
  calls: readonly EntityCall[],
  variables: Variables,
): Promise<void> {
  const lists = calls.map(({ variable, representations }) => {
    const texts = `[${representations.map(({ text }) => text).join(',')}]`;
    return { variable, texts };
  });
  const others = variablesText(variables);
  const listed = lists.map(({ variable, texts }) => `"${variable}":${texts}`).join(',');
  const result = await callSubgraph(execution, node, {
    body: `${bodyStart}${others}${others === '' ? '' : ','}${listed}}}`,
    variables: withRepresentations(variables, lists),
  });
  for (const error of result.errors ?? []) {
    execution.errors.addSubgraphError(error, entityErrorPlaces(execution, calls, error.path));
  }
  if (!hasData(result)) return;
  for (const { alias, representations, fetches } of calls) {
    const entities = result.data[alias];
    if (entities === null && (result.errors?.length ?? 0) > 0) continue;
    if (!Array.isArray(entities) || entities.length !== representations.length) {
      throw gatewayErrors.SUBGRAPH_INVALID_RESPONSE(
        {},
        new Error(`expected _entities to hold ${representations.length} elements`),
      );
    }
    if (fetches.some(({ changesPaths }) => changesPaths)) execution.found.clear();
    for (let index = 0; index < representations.length; index++) {
      const { objects } = representations[index] as Representation;
      const entity: unknown = entities[index];
      if (isResponseObject(entity)) mergeEntity(execution, fetches, objects, entity);
      else if (entity === null) for (const object of objects.flat()) execution.absentEntities.add(object);
    }
  }
}

/** The variables as values, which only subgraphs in process need, and those who watch: read when they are asked for. */
function withRepresentations(
  variables: Variables,
  lists: readonly { readonly variable: string; readonly texts: string }[],
): Variables {
  const all: Record<string, unknown> = { ...variables };
  for (const { variable, texts } of lists)
    Object.defineProperty(all, variable, { enumerable: true, get: () => JSON.parse(texts) as unknown });
  return all;
}

/** `places`: the objects that the entity completes, at each of the fetches' places in the response. */
function mergeEntity(
  { target: { types }, shared }: Execution,
  fetches: readonly CompiledFetch[],
  places: readonly (readonly ResponseObject[])[],
  entity: ResponseObject,
): void {
  const { outputRewrites } = (fetches[0] as CompiledFetch).node;
  if (outputRewrites !== undefined) {
    // Rewrites by type need a type name, and the planner leaves it out where only one type is possible.
    entity.__typename ??= places.flat()[0]?.__typename;
    applyRewrites(outputRewrites, entity, types);
  }
  let isUsed = false;
  for (let place = 0; place < fetches.length; place++) {
    const objects = places[place] ?? [];
    if (objects.length === 0) continue;
    // Another place has another selection, and other fetches complete it: it gets an entity of its own.
    const own = isUsed ? (cloneData(entity) as ResponseObject) : entity;
    isUsed = true;
    const { canShareEntities } = (fetches[place] as CompiledFetch).sharing;
    if (canShareEntities && objects.length > 1) noteShared(own, shared);
    // Where later fetches may complete the objects differently, all but one get copies.
    const last = objects.length - 1;
    for (let index = 0; index <= last; index++) {
      mergeInto(objects[index] as ResponseObject, own, types, canShareEntities || index === last);
    }
  }
}

function noteShared(entity: ResponseObject, shared: Execution['shared']): void {
  for (const key in entity) {
    const value = entity[key];
    if (typeof value === 'object' && value !== null) shared.set(value, null);
  }
}

/** `["_entities", 2, "name"]` of the subgraph is `["topProducts", 4, "name"]` to the client, maybe at several places. */
function entityErrorPlaces(
  execution: Execution,
  calls: readonly EntityCall[],
  path: readonly (string | number)[] | undefined,
): ResponsePath[] {
  const call = calls.find(({ alias }) => alias === path?.[0]);
  const index = path?.[1];
  const representation = typeof index === 'number' ? call?.representations[index] : undefined;
  if (path === undefined || call === undefined || representation === undefined)
    return allPlaces(execution, call === undefined ? calls : [call]);
  const objects = representation.objects.flat();
  return call.fetches.flatMap((fetch) => {
    const rest = originalPath(fetch.node.outputRewrites, path.slice(2));
    if (rest.length === 0) return fieldPlaces(execution, fetch, objects);
    return placesOf(execution, fetch, objects).map((place) => [...place, ...rest]);
  });
}

/** Every field that the calls should have filled. */
function allPlaces(execution: Execution, calls: readonly EntityCall[]): ResponsePath[] {
  return calls.flatMap(({ fetches, representations }) => {
    const objects = representations.flatMap((representation) => representation.objects.flat());
    return fetches.flatMap((fetch) => fieldPlaces(execution, fetch, objects));
  });
}

/** Where in the response the objects stand: looked for only when something has to be said about them. */
function placesOf(execution: Execution, { steps }: CompiledFetch, objects: readonly ResponseObject[]): ResponsePath[] {
  const wanted = new Set(objects);
  return positionsAt(execution.data, steps)
    .filter(({ object }) => wanted.has(object))
    .map(({ path }) => pathToArray(path));
}

/** Every field that the fetch should have filled, at every place of the objects. */
function fieldPlaces(execution: Execution, { node, steps }: CompiledFetch, objects: readonly ResponseObject[]): ResponsePath[] {
  const wanted = new Set(objects);
  return positionsAt(execution.data, steps)
    .filter(({ object }) => wanted.has(object))
    .flatMap(({ object, path }) => {
      const base = pathToArray(path);
      return fieldsMissingOn(object, node, execution.target.types).map((field) => [...base, field]);
    });
}

/** The client's variables that the fetch uses. */
export function pickVariables(
  execution: Pick<Execution, 'variables'>,
  { variableNames }: Pick<CompiledFetch, 'variableNames'>,
): Variables {
  if (variableNames.length === 0) return noVariables;
  const picked: Record<string, unknown> = {};
  for (const name of variableNames) {
    // A variable that the client left out stays left out: the subgraph applies the default of the operation.
    const value = Object.hasOwn(execution.variables, name) ? execution.variables[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

const noVariables: Variables = {};

/** `"a":1,"b":2`. */
function variablesText(variables: Variables): string {
  if (variables === noVariables) return '';
  const text = JSON.stringify(variables);
  return text.slice(1, -1);
}
