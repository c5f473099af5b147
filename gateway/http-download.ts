// A file of a subgraph over HTTP: the body is passed on as it comes, at the pace of whoever reads it.
import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import { type DownloadAnswer, type DownloadRequest, downloadsPath, openDownloadsMax } from '../platform/graph/download.ts';

/** Subgraphs open a file within a few reads, and a file that stands still this long has been lost; time in which its reader takes nothing is not counted. */
const silenceMsMax = 30_000;

/** Connections of their own: readers take their time, and must not keep queries from theirs. */
export function downloadPool(url: URL, options: { connectTimeoutMs: number; keepAliveMs: number }): Pool {
  return new Pool(url.origin, {
    connections: openDownloadsMax,
    keepAliveTimeout: options.keepAliveMs,
    connect: { timeout: options.connectTimeoutMs },
    headersTimeout: silenceMsMax,
    bodyTimeout: silenceMsMax,
  });
}

const passedOn = ['content-type', 'content-disposition', 'cache-control', 'retry-after'];

export async function downloadFrom(
  { url, downloads }: { url: URL; downloads: Pool },
  { file, query, signal }: DownloadRequest,
  { 'content-type': _, ...headers }: Record<string, string>,
): Promise<DownloadAnswer> {
  const path = `${new URL(`.${downloadsPath}/${encodeURIComponent(file)}`, url).pathname}${query === '' ? '' : `?${query}`}`;
  const sent = { ...headers, accept: '*/*' };
  const answer = await downloads.request({ method: 'GET', path, headers: sent, ...(signal === undefined ? {} : { signal }) });
  const kept = passedOn.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { status: answer.statusCode, headers: Object.fromEntries(kept), body: answer.body as unknown as Readable };
}
