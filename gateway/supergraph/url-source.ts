// A supergraph behind a URL: asked for again and again, and sent only when it has changed (ETag).
import { request } from 'undici';
import type { SupergraphSource } from './source.ts';

export interface UrlSourceOptions {
  readonly pollMs: number;
}

const timeoutMs = 10_000;
const bytesMax = 64 * 1024 * 1024;
/** Gateways that were started together must not ask together for ever. */
const jitter = 0.2;

interface Known {
  readonly text: string;
  readonly etag: string | null;
  readonly modified: string | null;
}

export function urlSource(url: string, { pollMs }: UrlSourceOptions): SupergraphSource {
  let known: Known | null = null;

  /** @returns whether it has changed. */
  async function refresh(): Promise<boolean> {
    const { statusCode, headers, body } = await request(url, {
      headers: {
        accept: 'application/graphql, text/plain, */*;q=0.1',
        ...(known?.etag ? { 'if-none-match': known.etag } : {}),
        ...(known?.modified ? { 'if-modified-since': known.modified } : {}),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (statusCode === 304 && known !== null) {
      await body.dump();
      return false;
    }
    if (statusCode !== 200) {
      await body.dump({ limit: 65_536 });
      throw new Error(`it was answered with status ${statusCode}`);
    }
    const text = await readBounded(body);
    const hasChanged = text !== known?.text;
    known = { text, etag: headerOf(headers.etag), modified: headerOf(headers['last-modified']) };
    return hasChanged;
  }

  return {
    description: withoutSecrets(url),
    async read() {
      await refresh();
      return known?.text ?? '';
    },
    watch(onChange) {
      let timer: NodeJS.Timeout;
      let isWell = true;
      const poll = async () => {
        const wasWell = isWell;
        const hasChanged = await refresh().then(
          (changed) => {
            isWell = true;
            return changed;
          },
          () => {
            isWell = false;
            return false;
          },
        );
        // Whoever reads it now learns what is wrong; once is enough until it is well again.
        if (hasChanged || isWell !== wasWell) onChange();
        schedule();
      };
      const schedule = () => {
        timer = setTimeout(() => void poll(), pollMs * (1 + jitter * (Math.random() - 0.5)));
        timer.unref();
      };
      schedule();
      return () => clearTimeout(timer);
    },
  };
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString();
}

function headerOf(value: string | string[] | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** Registries put keys into URLs. */
function withoutSecrets(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}
