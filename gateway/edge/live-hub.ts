// All running subscriptions: who may start one, who shares which stream, and what becomes of them when the graph is replaced.
import type { Logger } from 'pino';
import type { DoorConfig } from '../../platform/config/door-settings.ts';
import { isAnswer, type SubscriptionEvents } from '../execution/engine.ts';
import { createResumePoints, type ResumePoint, startOf } from '../execution/resume-point.ts';
import { followUpstream } from '../execution/upstream.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { LiveGraph, ServedGraph } from '../supergraph/live-graph.ts';
import { type LiveMember, type LiveStream, startLiveStream } from './live-stream.ts';
import type { GatewayRequest, LiveAnswers, Outcome } from './pipeline.ts';
import { createQuota, holderOf } from './quotas.ts';
import { refuse } from './refusal.ts';

export interface LiveHub {
  /** The last step of the pipeline for subscriptions. */
  subscribe(request: GatewayRequest): Outcome;
  readonly streamCount: number;
  readonly subscriptionCount: number;
  stop(): void;
}

export interface LiveHubOptions {
  readonly live: LiveGraph;
  readonly door: Pick<DoorConfig, 'subscriptions' | 'subscriptionsMax' | 'subscriptionsPerClientMax'>;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
}

/** Graphs that subscriptions may run on: the current one and the one before. Those on older ones are asked to subscribe again. */
const olderGraphsMax = 1;

/** Streams that differ at most in where they began. */
type Family = Set<LiveStream>;

export function createLiveHub({ live, door, metrics, log }: LiveHubOptions): LiveHub {
  const { share, resumeMs, retireMs, cursorArgument, cursorField } = door.subscriptions;
  const names = { argument: cursorArgument, field: cursorField };
  const quota = createQuota({ max: door.subscriptionsMax, perClientMax: door.subscriptionsPerClientMax });
  const families = new Map<string, Family>();
  const graphs = new Map<ServedGraph, { readonly points: (query: string) => ResumePoint; readonly streams: Set<LiveStream> }>();
  const timers = new Set<NodeJS.Timeout>();

  function facetsOf(graph: ServedGraph) {
    const known = graphs.get(graph);
    if (known !== undefined) return known;
    const facets = { points: createResumePoints(graph.engine.schema, names), streams: new Set<LiveStream>() };
    graphs.set(graph, facets);
    return facets;
  }

  function subscribe(request: GatewayRequest): Outcome {
    const { graph, document, parameters, context, withheld } = request;
    if (document === null) throw new Error('A subscription reached its end without a document.');
    const prepared = graph.engine.prepare({
      document: document.document,
      documentKey: document.key,
      operationName: parameters.operationName,
      variables: parameters.variables,
      call: context,
      ...(withheld === null ? {} : { withheld }),
    });
    if (isAnswer(prepared)) return prepared;
    const { events } = prepared;
    if (events === null) throw new Error('Only a subscription can be subscribed to.');
    const point = facetsOf(graph).points(events.query);
    const place = quota.take(holderOf(context));
    if (typeof place !== 'function') {
      const { max, isPerClient } = place;
      throw refuse(gatewayErrors.TOO_MANY_SUBSCRIPTIONS({ subscriptionsMax: max, isPerClient }), { status: 429 });
    }
    return answersOf(request, events, point, place);
  }

  function answersOf(request: GatewayRequest, events: SubscriptionEvents, point: ResumePoint, release: () => void): LiveAnswers {
    return {
      context: request.context,
      discard: release,
      open(sink) {
        const closed = metrics.subscriptionOpened();
        let isOpen = true;
        const leave = () => {
          if (!isOpen) return;
          isOpen = false;
          release();
          closed();
        };
        const member: LiveMember = {
          context: request.context,
          stream: null,
          sink: {
            next: sink.next,
            end() {
              leave();
              sink.end();
            },
          },
        };
        join(request, events, point, member);
        return {
          close() {
            leave();
            member.stream?.remove(member);
          },
          renew(context) {
            member.context = { ...member.context, identity: context.identity, token: context.token };
            member.stream?.renewed();
          },
        };
      },
    };
  }

  function join(request: GatewayRequest, events: SubscriptionEvents, point: ResumePoint, member: LiveMember): void {
    const { graph, resumeAfter } = request;
    const after = point.takesCursor ? resumeAfter : null;
    const isFromPresent = after === null && startOf(point, events.variables) === null;
    const key = keyOf(request, point);
    const family: Family = families.get(key) ?? new Set();
    families.set(key, family);
    const running = share && isFromPresent ? [...family].find((each) => each.isFromPresent && !each.isOver) : undefined;
    if (running !== undefined) {
      running.add(member);
      return;
    }
    const { streams, points } = facetsOf(graph);
    const client = graph.clients.find(({ name }) => name === events.subgraph);
    if (client === undefined) throw new Error(`The plan names a subgraph ${events.subgraph} that the supergraph does not have.`);
    const lease = live.lease(graph);
    const { requestId } = request.context;
    const stream = startLiveStream(
      {
        events,
        isFromPresent,
        open: (call, signal) =>
          followUpstream({
            client,
            events,
            point: points(events.query),
            names,
            call,
            signal,
            after,
            resumeMs,
            onLost: (error, willResume) =>
              log.warn({ error, subgraph: client.name, requestId, willResume }, 'A subscription to a subgraph was lost.'),
          }),
        findTwin: (own) => (share ? twinOf(own, family) : null),
        onFailure: (error) => log.debug({ error, subgraph: client.name, requestId }, 'A subscription ended with a failure.'),
        onEnd() {
          family.delete(stream);
          if (family.size === 0 && families.get(key) === family) families.delete(key);
          streams.delete(stream);
          if (streams.size === 0 && graph !== live.current) graphs.delete(graph);
          lease.release();
        },
      },
      member,
    );
    family.add(stream);
    streams.add(stream);
  }

  const stopListening = live.onChange((current) => {
    // Streams that ended while their graph was the current one have left it here.
    for (const [graph, { streams }] of graphs) if (streams.size === 0) graphs.delete(graph);
    const older = [...graphs.keys()].filter((graph) => graph !== current);
    for (const graph of older.slice(0, Math.max(0, older.length - olderGraphsMax))) {
      for (const stream of graphs.get(graph)?.streams ?? []) retire(stream);
    }
  });

  /** At a time of its own, so that they do not come back all at once. */
  function retire(stream: LiveStream): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      stream.endWith(gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, new Error('The graph was replaced more than once.')));
    }, Math.random() * retireMs);
    timers.add(timer);
    timer.unref();
  }

  return {
    subscribe,
    get streamCount() {
      return [...families.values()].reduce((sum, family) => sum + family.size, 0);
    },
    get subscriptionCount() {
      return quota.open;
    },
    stop() {
      stopListening();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Equal for subscriptions that differ at most in the cursor that they begin after. */
function keyOf({ graph, document, parameters, context, scope, withheld }: GatewayRequest, point: ResumePoint): string {
  const variables = point.variable === null ? parameters.variables : { ...parameters.variables, [point.variable]: null };
  return JSON.stringify([
    graph.supergraph.id,
    document?.key,
    withheld?.documentKey,
    parameters.operationName,
    variables,
    scope,
    context.headers?.scope,
  ]);
}

/** Another stream at the same cursor. Those that began with the present are never given up for others, which nobody may join. */
function twinOf(own: LiveStream, family: Family): LiveStream | null {
  for (const stream of family) {
    if (stream === own || stream.cursor !== own.cursor || stream.isOver) continue;
    if (stream.isFromPresent || !own.isFromPresent) return stream;
  }
  return null;
}
