// One upstream and all who share it: each event is executed and serialised once, whoever gets it.
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Upstream, UpstreamEvent, UpstreamSource } from '../execution/upstream.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { LiveEvent, LiveSink } from './pipeline.ts';

export interface LiveMember {
  readonly sink: LiveSink;
  context: GatewayContext;
  /** The stream that it follows now: streams merge. */
  stream: LiveStream | null;
}

export interface LiveStream {
  readonly members: Set<LiveMember>;
  /** Where all members stand; null before the first event, and for fields without cursors. */
  readonly cursor: string | null;
  /** True when it began with the present, so that others may join without missing what it replays. */
  readonly isFromPresent: boolean;
  /** True once it delivers nothing more: nobody may join. */
  readonly isOver: boolean;
  add(member: LiveMember): void;
  /** The last one to leave closes the upstream at once. */
  remove(member: LiveMember): void;
  /** A member has a newer token. */
  renewed(): void;
  /** The caller in whose name it runs. */
  readonly lead: GatewayContext;
  /** Goes on as another graph has it planned, without a gap; false when that cannot be. `release`: to be called once that graph is left. */
  move(to: UpstreamSource, release: () => void): boolean;
  /** Ends it with a last answer for everybody. */
  endWith(error: unknown): void;
  endWithAnswer(answer: Pick<LiveEvent, 'body' | 'errorCodes'>): void;
}

export interface LiveStreamOptions {
  readonly source: UpstreamSource;
  /** Called once nothing runs on the graph of the source any more. */
  release(): void;
  readonly isFromPresent: boolean;
  /** Opens the upstream; `call` tells in whose name, each time anew. */
  open(call: () => GatewayContext, signal: AbortSignal): Upstream;
  /** Another stream that all members could follow without noticing: it stands at the same cursor. */
  findTwin(stream: LiveStream): LiveStream | null;
  onEvent?(event: LiveEvent): void;
  onFailure(error: unknown): void;
  onEnd(): void;
}

/** Members that get an event before other work has its turn. */
const membersPerTurn = 1000;

export function startLiveStream(options: LiveStreamOptions, first: LiveMember): LiveStream {
  const members = new Set<LiveMember>([first]);
  const ended = new AbortController();
  const { signal } = ended;
  // Every fetch of an event listens to it.
  setMaxListeners(0, signal);
  let cursor: string | null = null;
  let isOver = false;
  let lead = contextOf(first, signal);
  let { source, release } = options;
  const upstream = options.open(() => lead, signal);
  /** Graphs that were left while an event was still being worked on. */
  const left: (() => void)[] = [];
  let isAnswering = false;

  /** The member whose token lasts longest speaks for all: they have the same rights. */
  function chooseLead(): void {
    let best: LiveMember | null = null;
    for (const member of members) if (best === null || expiryOf(member) > expiryOf(best)) best = member;
    if (best !== null) follow(best);
  }

  function follow(member: LiveMember): void {
    const isLater = expiryOf(member) > (lead.identity?.expiresAt.getTime() ?? 0);
    lead = contextOf(member, signal);
    if (isLater) upstream.renew();
  }

  const stream: LiveStream = {
    members,
    isFromPresent: options.isFromPresent,
    get cursor() {
      return cursor;
    },
    get isOver() {
      return isOver;
    },
    add(member) {
      members.add(member);
      member.stream = stream;
      if (expiryOf(member) > (lead.identity?.expiresAt.getTime() ?? 0)) follow(member);
    },
    remove(member) {
      if (!members.delete(member)) return;
      if (members.size === 0) end();
      else if (member.context.token === lead.token) chooseLead();
    },
    renewed: chooseLead,
    get lead() {
      return lead;
    },
    move(to, releaseNext) {
      if (isOver || !upstream.move(to)) return false;
      left.push(release);
      source = to;
      release = releaseNext;
      if (!isAnswering) releaseLeft();
      return true;
    },
    endWith(error) {
      stream.endWithAnswer(source.events.answerFailure(error));
    },
    endWithAnswer({ body, errorCodes }) {
      if (isOver) return;
      tellAll({ body, errorCodes, cursor, encoded: {} });
      end();
    },
  };

  function end(): void {
    isOver = true;
    ended.abort();
  }

  function releaseLeft(): void {
    for (const leave of left.splice(0)) leave();
  }

  function tellAll(event: LiveEvent): void {
    for (const { sink } of members) sink.next(event);
  }

  async function deliver(event: LiveEvent): Promise<void> {
    let told = 0;
    for (const { sink } of members) {
      sink.next(event);
      told += 1;
      if (told % membersPerTurn === 0) await nextTurn();
    }
  }

  /** Moves all members to a stream that stands where this one stands. Only between two events: each member then gets each event once. */
  function mergeIntoTwin(): boolean {
    const twin = cursor === null ? null : options.findTwin(stream);
    if (twin === null) return false;
    for (const member of members) twin.add(member);
    members.clear();
    end();
    return true;
  }

  /** False when it is over, for this stream or for all. */
  async function handle({ result, cursor: reached, events }: UpstreamEvent): Promise<boolean> {
    if (mergeIntoTwin()) return false;
    isAnswering = true;
    const { body, errorCodes } = await events.answer(result, lead);
    isAnswering = false;
    releaseLeft();
    if (isOver) return false;
    const event: LiveEvent = { body, errorCodes, cursor: reached, encoded: {} };
    if (members.size === 1) tellAll(event);
    else await deliver(event);
    cursor = reached;
    options.onEvent?.(event);
    return !mergeIntoTwin();
  }

  async function run(): Promise<void> {
    try {
      for (let event = await upstream.next(); event !== null; event = await upstream.next()) if (!(await handle(event))) return;
    } catch (error) {
      options.onFailure(error);
      stream.endWith(error);
    } finally {
      end();
      options.onEnd();
      for (const { sink } of members) sink.end();
      members.clear();
      releaseLeft();
      release();
    }
  }

  first.stream = stream;
  void run();
  return stream;
}

function expiryOf({ context }: LiveMember): number {
  return context.identity?.expiresAt.getTime() ?? 0;
}

function contextOf({ context }: LiveMember, signal: AbortSignal): GatewayContext {
  return { ...context, signal };
}
