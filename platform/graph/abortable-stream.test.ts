import { describe, expect, it } from 'vitest';
import { abortableStream } from './abortable-stream.ts';

async function* count(to: number): AsyncGenerator<number> {
  for (let number = 1; number <= to; number += 1) yield number;
}
const never = (): AsyncIterable<number> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) });

describe('an abortable stream', () => {
  it('passes values on and ends with its source', async () => {
    const values = [];
    for await (const value of abortableStream(() => count(3))) values.push(value);
    expect(values).toEqual([1, 2, 3]);
  });

  it('passes on what its source throws', async () => {
    const stream = abortableStream(async function* () {
      yield 1;
      throw new Error('broken');
    });
    await stream.next();
    await expect(stream.next()).rejects.toThrow('broken');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('does not start its source before somebody asks', async () => {
    let isStarted = false;
    const stream = abortableStream(() => {
      isStarted = true;
      return count(1);
    });
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(isStarted).toBe(false);
  });

  it('ends a waiting reader when it is returned, and aborts the signal of its source', async () => {
    let seen: AbortSignal | undefined;
    const stream = abortableStream((signal) => {
      seen = signal;
      return never();
    });
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(seen?.aborted).toBe(true);
  });

  it('ends a waiting reader when the outer signal aborts', async () => {
    const outer = new AbortController();
    const stream = abortableStream(never, outer.signal);
    const waiting = stream.next();
    outer.abort();
    expect((await waiting).done).toBe(true);
  });

  it('gives nothing when the outer signal was aborted before', async () => {
    expect((await abortableStream(() => count(3), AbortSignal.abort()).next()).done).toBe(true);
  });

  it('lets its source clean up when the reader leaves', async () => {
    let isCleaned = false;
    const source = async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        isCleaned = true;
      }
    };
    for await (const value of abortableStream(source)) if (value === 1) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isCleaned).toBe(true);
  });
});
