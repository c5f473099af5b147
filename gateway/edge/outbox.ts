// What waits for one client that reads more slowly than events come: bounded, so that it costs neither memory nor its neighbours.
import type { Writable } from 'node:stream';

export interface OutboxLimits {
  readonly queueBytesMax: number;
  readonly queueEventsMax: number;
}

export interface Outbox {
  /** Sends now, or as soon as the client has read what came before. */
  send(bytes: Buffer): void;
  /** Calls back once all has been sent. */
  end(whenSent: () => void): void;
  /** Lets go of all that waits; nothing is sent any more. */
  close(): void;
}

/** `onOverflow` is called once, after everything that waited has been let go. */
export function createOutbox(stream: Writable, limits: OutboxLimits, onOverflow: () => void): Outbox {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isClosed = false;
  let isDraining = false;
  let whenSent: (() => void) | null = null;

  function flush(): void {
    isDraining = false;
    let sent = 0;
    while (sent < waiting.length && !stream.writableNeedDrain) {
      const bytes = waiting[sent] as Buffer;
      stream.write(bytes);
      waitingBytes -= bytes.length;
      sent += 1;
    }
    waiting = sent === waiting.length ? [] : waiting.slice(sent);
    if (waiting.length > 0) awaitDrain();
    else whenSent?.();
  }

  function awaitDrain(): void {
    if (isDraining) return;
    isDraining = true;
    stream.once('drain', flush);
  }

  function close(): void {
    isClosed = true;
    waiting = [];
    waitingBytes = 0;
    stream.removeListener('drain', flush);
  }

  return {
    send(bytes) {
      // A client that has said goodbye is still there for a moment.
      if (isClosed || stream.writableEnded) return;
      if (waiting.length === 0 && !stream.writableNeedDrain) {
        stream.write(bytes);
        return;
      }
      if (waiting.length >= limits.queueEventsMax || waitingBytes + bytes.length > limits.queueBytesMax) {
        close();
        onOverflow();
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      awaitDrain();
    },
    end(callback) {
      if (waiting.length === 0) callback();
      else whenSent = callback;
    },
    close,
  };
}
