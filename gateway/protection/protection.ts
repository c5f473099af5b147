// All of the gateway's protection as stages of its pipeline, in their order. What is configured off is not in the lists.
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { ProtectionConfig, Rate } from '../../platform/config/protection-settings.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { GatewayRequest, Stage } from '../edge/pipeline.ts';
import { refuse } from '../edge/refusal.ts';
import type { GraphEngine } from '../execution/engine.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { ServedGraph } from '../supergraph/live-graph.ts';
import type { LoadedSupergraph } from '../supergraph/supergraph.ts';
import { demandStage } from './demand/demand.stage.ts';
import { createGraphCosts, type GraphCosts } from './demand/graph-costs.ts';
import { createOperationCost, type OperationCost } from './demand/operation-cost.ts';
import { documentsStage } from './documents/documents.stage.ts';
import { loadTrustedDocuments } from './documents/manifest.ts';
import { createPersistedQueries } from './documents/persisted-queries.ts';
import { readGraphDirectives } from './graph-directives.ts';
import { assertListsWithin } from './operation-limits.ts';
import { addressCaller, identityCaller, rateStage } from './rate/rate.stage.ts';
import { createMemoryRateLimiter, type RateLimiter } from './rate/rate-limiter.ts';
import { createRedisRateLimiter } from './rate/redis-rate-limiter.ts';
import { createOperationRights, type OperationRights } from './rights/operation-rights.ts';
import { createClaimPolicies, type PolicyEvaluator } from './rights/policy.ts';
import { createRightsCheck, type RightsCheck, rightsStage } from './rights/rights.stage.ts';
import { createWithholdingEngine } from './rights/withholding-engine.ts';

export interface Protection {
  /** Before anybody knows who asks. */
  readonly first: readonly Stage[];
  /** Once it is known who asks. */
  readonly identified: readonly Stage[];
  /** Before the document is read: what names it otherwise gets its text. */
  readonly named: readonly Stage[];
  /** Once the document is known to be valid. */
  readonly judged: readonly Stage[];
  /** The part of `judged` that is repeated for what runs on when the graph is replaced. Null: rights are left to subgraphs. */
  readonly checkRights: RightsCheck | null;
  /** The engine of a graph, able to withhold fields; learns what the graph's schema says of rights and costs. */
  protect(engine: GraphEngine, supergraph: LoadedSupergraph): GraphEngine;
  stop(): void;
}

export interface ProtectionOptions {
  readonly config: ProtectionConfig;
  readonly limits: {
    /** Objects that one operation may ask for. */
    readonly objectsMax: number;
    /** Items of one list among the variables. */
    readonly listItemsMax: number;
  };
  readonly redisUrl: string | null;
  readonly metrics: GatewayMetrics['protection'];
  readonly log: Logger;
  /** Instead of the claims that the configuration maps. */
  readonly evaluatePolicies?: PolicyEvaluator | undefined;
}

/** What one graph's schema says. */
interface GraphFacts {
  readonly rights: OperationRights;
  readonly costs: GraphCosts;
}

/** @throws {Error} when a manifest of trusted documents cannot be read. */
export async function createProtection(options: ProtectionOptions): Promise<Protection> {
  const { config, limits, metrics, log } = options;
  const { identity, unauthorizedFields, rates, demand, trustedDocuments, persistedQueries } = config;
  const redis = options.redisUrl !== null && needsRedis(config) ? await openRedis(options.redisUrl, log) : null;
  const { manifests, mode } = trustedDocuments;
  const trusted = manifests.length === 0 ? null : await loadTrustedDocuments(manifests, log);
  const factsOf = createFacts(options.evaluatePolicies ?? createClaimPolicies(config.policies));
  const limiterOf = (name: string, rate: Rate) => createLimiter(redis, name, rate);

  const named = documentsStage({
    // A manifest whose mode is off only gives texts to ids.
    trusted: trusted !== null && mode === 'off' ? { ...trusted, find: trusted.find, has: () => true } : trusted,
    isEnforced: mode === 'enforce',
    persisted: persistedQueries === 'off' ? null : createPersistedQueries(persistedQueries === 'redis' ? redis : null),
  });
  const { perAddress, perIdentity } = rates;
  const limitAddress = (rate: Rate) =>
    rateStage({
      rate,
      limiter: limiterOf('address', rate),
      callerOf: addressCaller,
      onRefused: () => metrics.rateLimited('address'),
    });
  const limitIdentity = (rate: Rate) =>
    rateStage({
      rate,
      limiter: limiterOf('identity', rate),
      callerOf: identityCaller,
      onRefused: () => metrics.rateLimited('identity'),
    });
  const checkRights =
    unauthorizedFields === 'ignore'
      ? null
      : createRightsCheck({
          isRefused: unauthorizedFields === 'refuse',
          rightsOf: (graph) => factsOf(graph.supergraph).rights,
        });
  const judgeDemand = demandStage({
    objectsMax: limits.objectsMax,
    costOf: createCosts((graph) => factsOf(graph.supergraph).costs, demand.listSizeDefault),
    cost:
      demand.mode === 'off'
        ? null
        : {
            isEnforced: demand.mode === 'enforce',
            costMax: demand.costMax,
            report: demand.report,
            budget: demand.budget === null ? null : budgetOf(demand.budget, limiterOf('cost', demand.budget)),
            observe: metrics.costMeasured,
          },
  });

  return {
    first: perAddress === null ? [] : [limitAddress(perAddress)],
    identified: [
      ...(identity.isRequired ? [requireIdentity] : []),
      ...(perIdentity === null ? [] : [limitIdentity(perIdentity)]),
    ],
    named: [named],
    judged: [limitLists(limits.listItemsMax), ...(checkRights === null ? [] : [rightsStage(checkRights)]), judgeDemand],
    checkRights,
    protect(engine, supergraph) {
      factsOf(supergraph);
      return createWithholdingEngine(engine);
    },
    stop() {
      trusted?.stop();
      redis?.disconnect();
    },
  };
}

function needsRedis({ persistedQueries, rates, demand }: ProtectionConfig): boolean {
  const isLimited = rates.perAddress !== null || rates.perIdentity !== null || (demand.mode !== 'off' && demand.budget !== null);
  return isLimited || persistedQueries === 'redis';
}

function createLimiter(redis: Redis | null, name: string, rate: Rate): RateLimiter {
  return redis === null
    ? createMemoryRateLimiter(rate)
    : createRedisRateLimiter({ redis, prefix: `clawpurse:rate:${name}:`, rate });
}

function budgetOf(rate: Rate, limiter: RateLimiter) {
  return {
    rate,
    limiter,
    callerOf: ({ context }: Pick<GatewayRequest, 'context'>) =>
      identityCaller(context) ?? `address ${addressCaller(context) ?? 'unknown'}`,
  };
}

/** Those in the document were counted with it. */
function limitLists(itemsMax: number): Stage {
  return (request, next) => {
    assertListsWithin(request.parameters.variables, itemsMax);
    return next(request);
  };
}

const requireIdentity: Stage = (request, next) => {
  if (request.context.identity !== null) return next(request);
  throw refuse(platformErrors.UNAUTHENTICATED({ reason: 'no access token was sent' }), {
    status: 401,
    headers: { 'www-authenticate': 'Bearer' },
  });
};

/** Reads each graph once, when it is loaded. */
function createFacts(evaluatePolicies: PolicyEvaluator): (supergraph: LoadedSupergraph) => GraphFacts {
  const known = new WeakMap<LoadedSupergraph, GraphFacts>();
  return (supergraph) => {
    const learnt = known.get(supergraph);
    if (learnt !== undefined) return learnt;
    const directives = readGraphDirectives(supergraph.sdl);
    const { requirements } = directives;
    const facts = {
      rights: createOperationRights({ schema: supergraph.apiSchema, requirements, evaluatePolicies }),
      costs: createGraphCosts(directives),
    };
    known.set(supergraph, facts);
    return facts;
  };
}

/** Compiles each operation once per graph; what was compiled goes with the parsed operation or the graph. */
function createCosts(costsOf: (graph: ServedGraph) => GraphCosts, listSizeDefault: number) {
  const known = new WeakMap<ServedGraph, WeakMap<object, OperationCost>>();
  return (graph: ServedGraph, { document, operation }: Pick<GatewayRequest, 'document' | 'operation'>): OperationCost | null => {
    if (document === null || operation === null) return null;
    let operations = known.get(graph);
    if (operations === undefined) {
      operations = new WeakMap();
      known.set(graph, operations);
    }
    let cost = operations.get(operation);
    if (cost === undefined) {
      const { schema } = graph.engine;
      cost = createOperationCost({ schema, costs: costsOf(graph), listSizeDefault, document: document.document, operation });
      operations.set(operation, cost);
    }
    return cost;
  };
}

/** Loaded only where it is used: a start without Redis need not wait for its client. */
async function openRedis(url: string, log: Logger) {
  const { connectRedis } = await import('./redis.ts');
  return connectRedis(url, log);
}
