// Moves running streams to the graph that has replaced theirs, each at a time of its own. What cannot be moved without a gap stays where it
// is, and is looked at again when the next graph comes.
import type { Logger } from 'pino';
import type { SubscriptionEvents } from '../execution/engine.ts';
import type { UpstreamSource } from '../execution/upstream.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { LiveGraph, ServedGraph } from '../supergraph/live-graph.ts';
import type { LiveStream } from './live-stream.ts';
import type { GatewayRequest } from './pipeline.ts';
import type { Readmission, Readmit } from './readmission.ts';

/** A stream, and as what it runs now. */
export interface RunningStream {
  readonly stream: LiveStream;
  /** As the graph that it runs on has admitted it. */
  request: GatewayRequest;
  source: UpstreamSource;
  /** Of its family. */
  key: string;
  /** It could be moved if only it knew where it stands: the next event may tell. */
  waitsForCursor: boolean;
}

export interface StreamMover {
  follow(running: RunningStream): void;
  forget(running: RunningStream): void;
  /** Moves a stream now to what an equal subscription has been admitted as. False when that cannot be done without a gap. */
  moveTo(running: RunningStream, request: GatewayRequest, source: UpstreamSource): boolean;
  hasEvent(running: RunningStream): void;
  readonly streamCount: number;
  stop(): void;
}

export interface StreamMoverOptions {
  readonly live: LiveGraph;
  readonly readmit: Readmit;
  /** Time over which the streams of a replaced graph are moved: planning and opening all of them at once would be a burst. */
  readonly spreadMs: number;
  sourceOf(graph: ServedGraph, events: SubscriptionEvents): UpstreamSource;
  onMoved(running: RunningStream): void;
  readonly log: Logger;
}

/** Replaced graphs that streams may stay on; each takes some megabytes. Those on older ones are asked to subscribe again. */
const keptGraphsMax = 10;

export function createStreamMover({ live, readmit, spreadMs, sourceOf, onMoved, log }: StreamMoverOptions): StreamMover {
  const streams = new Set<RunningStream>();
  const timers = new Map<RunningStream, NodeJS.Timeout>();
  const ages = new WeakMap<ServedGraph, number>();
  let replacements = 0;
  ages.set(live.current, replacements);

  function schedule(running: RunningStream): void {
    if (timers.has(running) || running.request.graph === live.current) return;
    const timer = setTimeout(() => {
      timers.delete(running);
      move(running).catch((error: unknown) => {
        log.error({ error, requestId: running.request.context.requestId }, 'A subscription could not be moved to the new graph.');
      });
    }, Math.random() * spreadMs);
    timer.unref();
    timers.set(running, timer);
  }

  async function move(running: RunningStream): Promise<void> {
    const { stream } = running;
    const lease = live.lease();
    const { graph } = lease;
    try {
      if (stream.isOver || running.request.graph === graph) return;
      const { request } = running;
      const readmission = await readmit(request, stream.lead, graph);
      // Meanwhile it may have been moved by somebody who joins it, or the graph was replaced once more.
      if (stream.isOver || running.request !== request) return;
      if (graph !== live.current) schedule(running);
      else settle(running, readmission);
    } finally {
      lease.release();
    }
  }

  function settle(running: RunningStream, readmission: Readmission): void {
    const { stream, request } = running;
    if (readmission.kind === 'refused') {
      stream.endWithAnswer(readmission.answer);
      return;
    }
    if (readmission.kind === 'admitted') {
      const source = sourceOf(readmission.request.graph, readmission.events);
      if (moveTo(running, readmission.request, source)) return;
      // On its own graph it would go on to show what its caller may not have any more.
      if (readmission.request.withheld?.documentKey !== request.withheld?.documentKey) {
        interrupt(running);
        return;
      }
      running.waitsForCursor = source.point.takesCursor && running.source.point.cursorKey !== null;
    }
    if (replacements - (ages.get(request.graph) ?? 0) > keptGraphsMax) interrupt(running);
  }

  function moveTo(running: RunningStream, request: GatewayRequest, source: UpstreamSource): boolean {
    const lease = live.lease(request.graph);
    if (!running.stream.move(source, lease.release)) {
      lease.release();
      return false;
    }
    running.request = request;
    running.source = source;
    running.waitsForCursor = false;
    onMoved(running);
    return true;
  }

  function interrupt({ stream }: RunningStream): void {
    stream.endWith(
      gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, new Error('The graph was replaced, and the stream cannot be moved.')),
    );
  }

  const stopListening = live.onChange((current) => {
    replacements += 1;
    ages.set(current, replacements);
    for (const running of streams) schedule(running);
  });

  return {
    follow: (running) => {
      streams.add(running);
      // The graph may have been replaced while it was admitted.
      schedule(running);
    },
    forget(running) {
      streams.delete(running);
      clearTimeout(timers.get(running));
      timers.delete(running);
    },
    moveTo,
    hasEvent(running) {
      if (!running.waitsForCursor) return;
      running.waitsForCursor = false;
      schedule(running);
    },
    get streamCount() {
      return streams.size;
    },
    stop() {
      stopListening();
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
