// One request to a subgraph over HTTP and its whole answer as text. Speaks to undici's dispatcher itself: the streams of its usual interface
// cost more than all that is done here with the few kilobytes that most answers have.
import type { Dispatcher } from 'undici';
import type { ReceivedHeaders, SubgraphRequest } from '../platform/graph/subgraph.ts';

export interface Exchange {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Longer answers are given up as they come. */
  readonly responseBytesMax: number;
  /** What ends it early. */
  readonly request: Pick<SubgraphRequest, 'signal' | 'onCancel'>;
}

export interface Received {
  readonly statusCode: number;
  readonly headers: ReceivedHeaders;
  readonly text: string;
}

/** The subgraph answered, but not with a GraphQL result. */
export class UnusableAnswer extends Error {
  /** True when another replica may do better: the server says that it is not well. */
  readonly isOutage: boolean;
  constructor(message: string, isOutage: boolean) {
    super(message);
    this.isOutage = isOutage;
  }
}

const jsonTypes = /^application\/(graphql-response\+json|json)\s*(;|$)/i;
/** What is read of an answer that nobody wants, so that its connection can be used again. */
const unwantedBytesMax = 65_536;

/** @throws {UnusableAnswer} and what the network throws; the reason, when it is ended early. */
export function exchange(
  dispatcher: Dispatcher,
  { path, headers, body, responseBytesMax, request }: Exchange,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const { signal, onCancel } = request;
    let controller: Dispatcher.DispatchController | null = null;
    let ended: { readonly reason: Error } | null = null;
    let answer: { readonly statusCode: number; readonly headers: ReceivedHeaders } | null = null;
    let chunks: Buffer[] | null = [];
    let byteCount = 0;

    const leave = () => end(signal?.reason instanceof Error ? signal.reason : new Error('The request was aborted.'));
    const settle = () => signal?.removeEventListener('abort', leave);
    function end(reason: Error): void {
      ended ??= { reason };
      settle();
      reject(reason);
      controller?.abort(reason);
    }
    /** Nothing of it is of use; what is left of it only has to pass. */
    function ignore(problem: UnusableAnswer): void {
      chunks = null;
      settle();
      reject(problem);
    }

    if (signal?.aborted) {
      leave();
      return;
    }
    signal?.addEventListener('abort', leave, { once: true });
    onCancel?.(end);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (ended !== null) started.abort(ended.reason);
      },
      onResponseStart(_, statusCode, received) {
        // Informational answers come before the one that counts.
        if (statusCode < 200) return;
        answer = { statusCode, headers: received };
        const contentType = String(received['content-type'] ?? '');
        if (!jsonTypes.test(contentType))
          ignore(new UnusableAnswer(`status ${statusCode} with content type "${contentType}"`, statusCode >= 500));
      },
      onResponseData(current, chunk) {
        byteCount += chunk.length;
        if (chunks === null) {
          if (byteCount > unwantedBytesMax) current.abort(new Error('The rest of the answer is not wanted.'));
          return;
        }
        if (byteCount > responseBytesMax) end(new UnusableAnswer(`an answer of more than ${responseBytesMax} bytes`, false));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        settle();
        if (chunks === null || answer === null) return;
        const whole = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
        resolve({ ...answer, text: whole.toString('utf8') });
      },
      onResponseError(_, error) {
        settle();
        reject(error);
      },
    };
    dispatcher.dispatch({ method: 'POST', path, headers, body }, handler);
  });
}
