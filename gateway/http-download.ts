// A file of a subgraph over HTTP: the body is passed on as it comes, at the pace of whoever reads it.
import type { Readable } from 'node:stream';
import type { Pool } from 'undici';
import { type DownloadAnswer, type DownloadRequest, downloadsPath } from '../platform/graph/download.ts';

const passedOn = ['content-type', 'content-disposition', 'cache-control'];

export async function downloadFrom(
  { url, pool }: { url: URL; pool: Pool },
  { file, query }: DownloadRequest,
  headers: Record<string, string>,
): Promise<DownloadAnswer> {
  const path = `${new URL(`.${downloadsPath}/${encodeURIComponent(file)}`, url).pathname}${query === '' ? '' : `?${query}`}`;
  const answer = await pool.request({ method: 'GET', path, headers: { ...headers, accept: '*/*' } });
  const kept = passedOn.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { status: answer.statusCode, headers: Object.fromEntries(kept), body: answer.body as unknown as Readable };
}
