// All running subscriptions: who may start one, who shares which stream, and what becomes of them when the graph is replaced.
import type { Logger } from 'pino';
import type { DoorConfig } from '../../platform/config/door-settings.ts';
import { isAnswer, type SubscriptionEvents } from '../execution/engine.ts';
import { createResumePoints, type ResumePoint, startOf } from '../execution/resume-point.ts';
import { followUpstream, isSameStream, type UpstreamSource } from '../execution/upstream.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { LiveGraph, ServedGraph } from '../supergraph/live-graph.ts';
import { type LiveMember, type LiveStream, startLiveStream } from './live-stream.ts';
import type { GatewayRequest, LiveAnswers, Outcome } from './pipeline.ts';
import { createQuota, holderOf } from './quotas.ts';
import { prepareSubscription, type Readmit } from './readmission.ts';
import { refuse } from './refusal.ts';
import { createStreamMover, type RunningStream } from './stream-mover.ts';

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
  readonly readmit: Readmit;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
}

/** Streams that differ at most in where they began. */
type Family = Set<RunningStream>;

export function createLiveHub({ live, door, readmit, metrics, log }: LiveHubOptions): LiveHub {
  const { share, resumeMs, retireMs, cursorArgument, cursorField } = door.subscriptions;
  const names = { argument: cursorArgument, field: cursorField };
  const quota = createQuota({ max: door.subscriptionsMax, perClientMax: door.subscriptionsPerClientMax });
  const families = new Map<string, Family>();
  const resumePoints = new WeakMap<ServedGraph, (query: string) => ResumePoint>();

  function sourceOf(graph: ServedGraph, events: SubscriptionEvents): UpstreamSource {
    const client = graph.clients.find(({ name }) => name === events.subgraph);
    if (client === undefined) throw new Error(`The plan names a subgraph ${events.subgraph} that the supergraph does not have.`);
    const points = resumePoints.get(graph) ?? createResumePoints(graph.engine.schema, names);
    resumePoints.set(graph, points);
    return { client, events, point: points(events.query) };
  }

  function subscribe(request: GatewayRequest): Outcome {
    const prepared = prepareSubscription(request);
    if (isAnswer(prepared)) return prepared;
    if (prepared.events === null) throw new Error('Only a subscription can be subscribed to.');
    const source = sourceOf(request.graph, prepared.events);
    const place = quota.take(holderOf(request.context));
    if (typeof place !== 'function') {
      const { max, isPerClient } = place;
      throw refuse(gatewayErrors.TOO_MANY_SUBSCRIPTIONS({ subscriptionsMax: max, isPerClient }), { status: 429 });
    }
    return answersOf(request, source, place);
  }

  function answersOf(request: GatewayRequest, source: UpstreamSource, release: () => void): LiveAnswers {
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
        join(request, source, member);
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

  function join(request: GatewayRequest, source: UpstreamSource, member: LiveMember): void {
    const { point } = source;
    const after = point.takesCursor ? request.resumeAfter : null;
    const isFromPresent = after === null && startOf(point, source.events.variables) === null;
    const key = keyOf(request, point);
    const running = share && isFromPresent ? joinable(key, request, source) : null;
    if (running === null) begin({ request, source, after, isFromPresent, key }, member);
    else running.stream.add(member);
  }

  /** A stream of the same graph; or one of an older graph that can be moved to this one as it is. */
  function joinable(key: string, request: GatewayRequest, source: UpstreamSource): RunningStream | null {
    const family = families.get(key);
    if (family === undefined) return null;
    const open = [...family].filter(({ stream }) => stream.isFromPresent && !stream.isOver);
    const { graph } = request;
    const running = open.find((each) => each.request.graph === graph);
    if (running !== undefined) return running;
    if (graph !== live.current) return null;
    return open.find((each) => isSameStream(each.source, source) && mover.moveTo(each, request, source)) ?? null;
  }

  function begin({ request, source, after, isFromPresent, key }: Beginning, member: LiveMember): void {
    const { requestId } = request.context;
    const { name } = source.client;
    const stream = startLiveStream(
      {
        source,
        release: live.lease(request.graph).release,
        isFromPresent,
        open: (call, signal) =>
          followUpstream({
            source,
            names,
            call,
            signal,
            after,
            resumeMs,
            onLost: (error, willResume) =>
              log.warn({ error, subgraph: name, requestId, willResume }, 'A subscription to a subgraph was lost.'),
          }),
        findTwin: () => (share ? twinOf(running, families.get(running.key), live.current) : null),
        onEvent: () => mover.hasEvent(running),
        onFailure: (error) => log.debug({ error, subgraph: name, requestId }, 'A subscription ended with a failure.'),
        onEnd() {
          leaveFamily(running);
          mover.forget(running);
        },
      },
      member,
    );
    const running: RunningStream = { stream, request, source, key, waitsForCursor: false };
    joinFamily(running);
    mover.follow(running);
  }

  function joinFamily(running: RunningStream): void {
    const family: Family = families.get(running.key) ?? new Set();
    families.set(running.key, family.add(running));
  }

  function leaveFamily(running: RunningStream): void {
    const family = families.get(running.key);
    if (family?.delete(running) === true && family.size === 0) families.delete(running.key);
  }

  const mover = createStreamMover({
    live,
    readmit,
    spreadMs: retireMs,
    sourceOf,
    onMoved(running) {
      leaveFamily(running);
      running.key = keyOf(running.request, running.source.point);
      joinFamily(running);
    },
    log,
  });

  return {
    subscribe,
    get streamCount() {
      return mover.streamCount;
    },
    get subscriptionCount() {
      return quota.open;
    },
    stop: mover.stop,
  };
}

interface Beginning {
  readonly request: GatewayRequest;
  readonly source: UpstreamSource;
  readonly after: string | null;
  readonly isFromPresent: boolean;
  readonly key: string;
}

/** Equal for subscriptions that differ at most in the cursor that they begin after, and in the graph that they run on. */
function keyOf({ document, parameters, context, scope, withheld }: GatewayRequest, point: ResumePoint): string {
  const variables = point.variable === null ? parameters.variables : { ...parameters.variables, [point.variable]: null };
  return JSON.stringify([
    document?.key,
    withheld?.documentKey,
    parameters.operationName,
    variables,
    scope,
    context.headers?.scope,
  ]);
}

/**
 * Another stream at the same cursor. Those that began with the present are never given up for others, which nobody may join; and none is
 * given up for one of an older graph.
 */
function twinOf(own: RunningStream, family: Family | undefined, current: ServedGraph): LiveStream | null {
  for (const { stream, request } of family ?? []) {
    if (stream === own.stream || stream.cursor !== own.stream.cursor || stream.isOver) continue;
    if (request.graph !== own.request.graph && request.graph !== current) continue;
    if (stream.isFromPresent || !own.stream.isFromPresent) return stream;
  }
  return null;
}
