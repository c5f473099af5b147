// Calls a subgraph in the same process, with the behaviour that its HTTP client has: same results, same errors, same ends of streams.
import type { ExecutionResult, OperationTypeNode } from 'graphql';
import type { Clock } from '../clock.ts';
import { platformErrors } from '../errors.ts';
import { abortableStream } from '../graph/abortable-stream.ts';
import { answerDownload, type DownloadAnswer, type DownloadRequest, type OpenDownload } from '../graph/download.ts';
import { failure, type OperationExecutor } from '../graph/execution.ts';
import { type ContextDeps, createGraphContext } from '../graph/request-context.ts';
import type { ReceivedHeaders, SubgraphClient, SubgraphRequest } from '../graph/subgraph.ts';
import { identityErrors } from '../identity/identity.errors.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Activity } from './activity.ts';
import { codeOf, type Metrics, outcomeOf } from './metrics.ts';
import { type TokenLife, watchTokenLife } from './token-life.ts';

export interface InProcessClientDeps extends ContextDeps {
  readonly name: string;
  readonly clock: Clock;
  readonly executor: OperationExecutor;
  readonly activity: Activity;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  /** Aborted when the service stops: open streams end with SERVICE_UNAVAILABLE, so that clients resume elsewhere. */
  readonly stopping: AbortSignal;
  readonly downloads: Readonly<Record<string, OpenDownload>>;
  /** @throws when the subgraph is not ready. */
  ping(): Promise<void>;
}

export function createInProcessClient(deps: InProcessClientDeps): SubgraphClient {
  const { name, executor, activity, metrics, tracing, log, clock, verifier, stopping } = deps;
  const neverAborted = new AbortController().signal;

  async function execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const finish = activity.begin();
    const startedMs = performance.now();
    const signal = signalOf(request);
    const span = tracing?.start(`subgraph ${name}`, 'server', received(request), { 'clawpurse.service': name });
    try {
      const result = await untilAborted(run(request, signal), signal, name);
      if (result.errors !== undefined) span?.fail(codeOf(result.errors));
      metrics.operationFinished(
        name,
        typeOf(executor, request),
        outcomeOf(result.errors),
        (performance.now() - startedMs) / 1000,
      );
      return result;
    } finally {
      span?.end();
      finish();
    }
  }

  /** Counts as open until the last piece has been taken, or its reader has gone. */
  async function download(request: DownloadRequest): Promise<DownloadAnswer> {
    const finish = activity.begin();
    const answer = await answerDownload(deps.downloads, request, deps);
    answer.body.once('close', finish);
    return answer;
  }

  async function run(request: SubgraphRequest, signal: AbortSignal | undefined): Promise<ExecutionResult> {
    try {
      const context = await createGraphContext({ ...request, signal: signal ?? neverAborted }, deps);
      return await executor.execute(request, context);
    } catch (error) {
      return failure(error, { log, requestId: request.requestId });
    }
  }

  async function* follow(request: SubgraphRequest, signal: AbortSignal): AsyncGenerator<ExecutionResult, void, void> {
    const ends = new AbortController();
    let reason: Error | null = null;
    const endWith = (error: Error) => {
      reason = error;
      ends.abort();
    };
    const stop = () => endWith(platformErrors.SERVICE_UNAVAILABLE({ service: name }));
    const leave = () => ends.abort();
    let life: TokenLife | null = null;
    const closed = metrics.subscriptionOpened(name);
    stopping.addEventListener('abort', stop, { once: true });
    signal.addEventListener('abort', leave, { once: true });
    try {
      if (stopping.aborted) stop();
      const context = await createGraphContext({ ...request, signal: ends.signal }, deps).catch((error: unknown) => error);
      if (!isContext(context)) {
        yield failure(context, { log, requestId: request.requestId });
        return;
      }
      if (context.identity !== null) {
        const onExpired = () => endWith(identityErrors.TOKEN_EXPIRED({ reason: 'expired' }));
        const watched = watchTokenLife({ identity: context.identity, verifier, clock, onExpired });
        life = watched;
        request.onRenewable?.((token) => void watched.renew(token));
      }
      request.onOpen?.();
      yield* abortableStream(() => executor.subscribe(request, context), ends.signal);
      if (reason !== null) throw reason;
    } finally {
      life?.stop();
      stopping.removeEventListener('abort', stop);
      signal.removeEventListener('abort', leave);
      ends.abort();
      closed();
    }
  }

  return {
    name,
    execute,
    subscribe: (request) => abortableStream((signal) => follow(request, signal), request.signal),
    download,
    ping: deps.ping,
    close: async () => {},
  };
}

type Context = Awaited<ReturnType<typeof createGraphContext>>;

function isContext(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && 'loader' in value;
}

/** Of what a caller sends along, the trace is all that means something within one process. */
function received({ headers }: SubgraphRequest): ReceivedHeaders {
  return { traceparent: headers?.traceparent ?? undefined, tracestate: headers?.tracestate ?? undefined };
}

function signalOf({ signal, onCancel }: SubgraphRequest): AbortSignal | undefined {
  if (onCancel === undefined) return signal;
  const controller = new AbortController();
  onCancel((reason) => controller.abort(reason));
  return controller.signal;
}

/** Stops waiting when the caller gives up; the work itself sees the signal in its context. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, service: string): Promise<T> {
  if (signal === undefined) return work;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(platformErrors.SERVICE_UNAVAILABLE({ service }, signal.reason));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

function typeOf(executor: OperationExecutor, request: SubgraphRequest): OperationTypeNode | 'unknown' {
  try {
    return executor.prepare(request).type;
  } catch {
    return 'unknown';
  }
}
