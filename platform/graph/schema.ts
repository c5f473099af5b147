// Builds a domain's federated schema from its type-graphql classes: the executable schema and the SDL that is committed and composed.
// All domains may be built in one process; type-graphql's metadata is global, but only what a domain's resolvers reach ends up in its schema.
import 'reflect-metadata';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { buildSchemaSync, type NonEmptyArray, type PubSub } from 'type-graphql';
import { authorisationBy } from './authorisation.ts';
import type { GraphContext } from './context.ts';
import { federate } from './federation.ts';
import { liveSubscriptionMark } from './live-subscription.ts';
import { DateTime } from './scalars.ts';
import { layOutSdl } from './sdl.ts';
import type { SubgraphModule, SubgraphService } from './subgraph.ts';
import { validateInput } from './validation.ts';

export interface Subgraph {
  readonly name: string;
  /** Executable, with `_service` and `_entities`. */
  readonly schema: GraphQLSchema;
  /** The same text on every build: what `_service` answers, what is committed and composed. Printed when it is first asked for. */
  readonly sdl: string;
}

/** The part of a module that its schema depends on. */
export type SubgraphDefinition = Pick<SubgraphModule, 'schema'> & { readonly name: string };

/**
 * Builds a domain's schema. Without a service it can be printed and composed, but not executed.
 *
 * @example
 * const { sdl } = buildSubgraph(walletModule);
 * const { schema } = buildSubgraph(walletModule, await walletModule.create(deps));
 */
export function buildSubgraph(
  definition: SubgraphDefinition,
  service?: Pick<SubgraphService, 'resolvers' | 'references' | 'standing'>,
): Subgraph {
  const { name } = definition;
  const built = buildSchemaSync({
    resolvers: definition.schema.resolvers as unknown as NonEmptyArray<new () => object>,
    orphanedTypes: [...(definition.schema.orphanedTypes ?? [])],
    container: { get: instancesOf(definition, service) },
    authChecker: authorisationBy(service?.standing),
    validateFn: validateInput,
    scalarsMap: [{ type: Date, scalar: DateTime }],
    pubSub: noPubSub,
    // A subgraph's Query may hold federation's fields alone, which this check does not know.
    skipCheck: true,
  });
  turnMethodsIntoStreams(built);

  let sdl: string | undefined;
  const printed = () => (sdl ??= layOutSdl(printSchemaWithDirectives(built)));
  const schema = federate(built, { sdl: printed, references: service?.references ?? {} });
  return {
    name,
    schema,
    get sdl() {
      return printed();
    },
  };
}

/** type-graphql asks for an instance by class; the domain made exactly one of each. */
function instancesOf(
  { name, schema }: SubgraphDefinition,
  service: Pick<SubgraphService, 'resolvers'> | undefined,
): (wanted: unknown) => object {
  if (service === undefined) {
    return () => {
      throw new Error(`Subgraph ${name} was built to be printed, not to be executed.`);
    };
  }
  const instances = new Map<unknown, object>(service.resolvers.map((instance) => [instance.constructor, instance]));
  const missing = schema.resolvers.filter((resolver) => !instances.has(resolver)).map((resolver) => resolver.name);
  if (missing.length > 0)
    throw new Error(
      `Subgraph ${name} declares resolvers without an instance: ${missing.join(', ')}. Add them to what create() returns.`,
    );
  return (wanted) => {
    const instance = instances.get(wanted);
    if (instance === undefined) throw new Error(`Subgraph ${name} has no instance of ${String(wanted)}.`);
    return instance;
  };
}

/** Fields of `@LiveSubscription`: the method, with its checks, becomes `subscribe`; each value of its stream is the result. */
function turnMethodsIntoStreams(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    if (field.extensions[liveSubscriptionMark] !== true || field.resolve === undefined) continue;
    field.subscribe = field.resolve as GraphQLFieldResolver<unknown, GraphContext>;
    field.resolve = (value) => value;
  }
}

const noPubSub: PubSub = {
  publish: () => {
    throw new Error('Events go through the outbox.');
  },
  subscribe: () => {
    throw new Error('Use @LiveSubscription; its method returns the stream.');
  },
};
