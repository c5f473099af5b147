// Files that a domain streams over plain HTTP because they are too large for an answer of the graph: who asks, what comes back.
// A domain yields text piece by piece; nothing here ever holds a whole file.
import { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { isDomainError, platformErrors } from '../errors.ts';
import { identityErrors } from '../identity/identity.errors.ts';
import type { GraphContext } from './context.ts';
import { failure } from './execution.ts';
import { type ContextDeps, createGraphContext } from './request-context.ts';
import type { SubgraphRequest } from './subgraph.ts';

/** Where files are had: `/downloads/<file>` of a subgraph, `/downloads/<subgraph>/<file>` of the gateway. */
export const downloadsPath = '/downloads';

/** Files that one process passes to readers at once. Each costs a buffer and a query now and then; more readers are asked to come back. */
export const openDownloadsMax = 64;

export interface Download {
  readonly contentType: string;
  /** What the file is called on the reader's disk. */
  readonly fileName: string;
  /** Asked for the next piece only when the reader has taken the last. */
  readonly chunks: AsyncIterable<string>;
}

/** Opens a file for whoever asks, or throws what keeps them from it: nothing has been sent then. */
export type OpenDownload = (query: URLSearchParams, context: GraphContext) => Promise<Download>;

export interface DownloadRequest extends Pick<SubgraphRequest, 'token' | 'requestId' | 'client'> {
  readonly file: string;
  readonly query: string;
  /** Aborted when whoever asks goes away before the file has begun. From then on the end of its body says it. */
  readonly signal?: AbortSignal;
}

export interface DownloadAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

export interface DownloadDeps extends ContextDeps {
  readonly name: string;
  readonly clock: Clock;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
}

/** Answers with the file, or with a refusal in the shape of a GraphQL error. Never rejects. */
export async function answerDownload(
  files: Readonly<Record<string, OpenDownload>>,
  request: DownloadRequest,
  deps: DownloadDeps,
): Promise<DownloadAnswer> {
  const gone = new AbortController();
  request.signal?.addEventListener('abort', () => gone.abort(), { once: true });
  try {
    const open = Object.hasOwn(files, request.file) ? files[request.file] : undefined;
    if (open === undefined) return refusalOf(404, notFound);
    const context = await createGraphContext({ ...request, signal: gone.signal }, deps);
    const { contentType, fileName, chunks } = await open(new URLSearchParams(request.query), context);
    const given = whileAllowed(chunks, context.identity?.expiresAt ?? null, deps);
    const body = Readable.from(given, { objectMode: false, highWaterMark: bufferBytesMax });
    body.once('close', () => gone.abort());
    // Its reader sees the connection end before the file does.
    body.on('error', (error) => context.log[isDomainError(error) ? 'info' : 'error']({ error }, 'A download broke off.'));
    const headers = {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${fileName.replaceAll(/[^A-Za-z0-9._-]/g, '_')}"`,
      'cache-control': 'private, no-store',
    };
    return { status: 200, headers, body };
  } catch (error) {
    return refusalOf(statusOf(error), failure(error, { log: deps.log, requestId: request.requestId }));
  }
}

/** As with streams of events: nobody reads on with a token that is over, and nothing is read of a service that stops. */
async function* whileAllowed(
  chunks: AsyncIterable<string>,
  expiresAt: Date | null,
  { name, clock, stopping }: DownloadDeps,
): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    if (stopping.aborted) throw platformErrors.SERVICE_UNAVAILABLE({ service: name });
    if (expiresAt !== null && expiresAt <= clock.now()) throw identityErrors.TOKEN_EXPIRED({ reason: 'expired' });
    yield chunk;
  }
}

/** What waits in one stage of the pipe for a reader that is slow. */
const bufferBytesMax = 64 * 1024;

const notFound = { errors: [{ message: 'There is no such file.', extensions: { code: 'NOT_FOUND', retryable: false } }] };

function refusalOf(status: number, body: object): DownloadAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers, body: Readable.from([JSON.stringify(body)]) };
}

function statusOf(error: unknown): number {
  if (!isDomainError(error)) return 500;
  if (error.retryable) return 503;
  if (error.code === 'FORBIDDEN') return 403;
  if (error.code.endsWith('_NOT_FOUND')) return 404;
  return isAboutToken(error.code) ? 401 : 400;
}

function isAboutToken(code: string): boolean {
  return code === 'UNAUTHENTICATED' || code.includes('TOKEN');
}
