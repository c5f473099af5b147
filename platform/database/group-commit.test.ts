// How requests are gathered: one batch at a time, the next forms meanwhile, bounded, and everybody gets an answer.
import { describe, expect, it } from 'vitest';
import { createGroupCommit, type Lanes, togetherOrApart } from './group-commit.ts';

function aCommit(options: { batchSizeMax?: number; queueSizeMax?: number; lanes?: Lanes<number> } = {}) {
  const batches: { requests: readonly number[]; finish(): void; fail(error: Error): void }[] = [];
  let announce: () => void = () => {};
  const commit = createGroupCommit<number, string>({
    write: (requests) =>
      new Promise((resolve, reject) => {
        const finish = () =>
          resolve(requests.map((request) => (request < 0 ? { error: new Error('negative') } : { answer: `#${request}` })));
        batches.push({ requests, finish, fail: reject });
        announce();
      }),
    batchSizeMax: options.batchSizeMax ?? 100,
    ...(options.lanes ? { lanes: options.lanes } : {}),
    queue: { sizeMax: options.queueSizeMax ?? 100, fullError: () => new Error('full') },
    closedError: () => new Error('closed'),
  });
  async function batch(index: number) {
    while (batches.length <= index) {
      await new Promise<void>((resolve) => {
        announce = resolve;
      });
    }
    return batches[index] as (typeof batches)[number];
  }
  return { commit, batch };
}

describe('a group commit with lanes', () => {
  /** A number touches its digits; 0 may touch anything. */
  const lanes: Lanes<number> = { count: 2, keysOf: (request) => (request === 0 ? null : [...String(request)]) };

  it('writes what shares nothing with the batch in flight, and lets nobody overtake on what they share', async () => {
    const { commit, batch } = aCommit({ lanes });
    const answers = [commit.submit(12)];
    const one = await batch(0);
    // 23 has to wait for 12; 34 shares 3 with 23 and waits behind it; 56 is free.
    answers.push(commit.submit(23), commit.submit(34), commit.submit(56));
    const two = await batch(1);
    expect([one.requests, two.requests]).toEqual([[12], [56]]);
    one.finish();
    const three = await batch(2);
    expect(three.requests).toEqual([23, 34]);
    two.finish();
    three.finish();
    expect(await Promise.all(answers)).toEqual(['#12', '#23', '#34', '#56']);
  });

  it('writes what may touch anything alone, and in its turn', async () => {
    const { commit, batch } = aCommit({ lanes });
    const answers = [commit.submit(1)];
    const one = await batch(0);
    answers.push(commit.submit(0), commit.submit(2));
    const closed = commit.close();
    one.finish();
    const two = await batch(1);
    expect(two.requests).toEqual([0, 2]);
    two.finish();
    await closed;
    expect(await Promise.all(answers)).toEqual(['#1', '#0', '#2']);
  });

  it('shares many among the lanes', async () => {
    const one = (request: number) => [String(request)];
    const { commit, batch } = aCommit({ lanes: { count: 2, keysOf: one } });
    const answers = Array.from({ length: 100 }, (_, index) => commit.submit(index));
    const [first, second] = [await batch(0), await batch(1)];
    expect([first.requests.length, second.requests.length]).toEqual([50, 50]);
    first.finish();
    second.finish();
    expect(await Promise.all(answers)).toHaveLength(100);
  });
});

describe('a group commit', () => {
  it('writes what is ready now together, and what arrives meanwhile next', async () => {
    const { commit, batch } = aCommit();
    const first = [commit.submit(1), commit.submit(2)];
    const one = await batch(0);
    const second = [commit.submit(3), commit.submit(4), commit.submit(5)];
    expect(one.requests).toEqual([1, 2]);
    one.finish();
    const two = await batch(1);
    expect(two.requests).toEqual([3, 4, 5]);
    two.finish();
    expect(await Promise.all([...first, ...second])).toEqual(['#1', '#2', '#3', '#4', '#5']);
  });

  it('cuts batches to size', async () => {
    const { commit, batch } = aCommit({ batchSizeMax: 2 });
    const answers = [1, 2, 3].map((request) => commit.submit(request));
    (await batch(0)).finish();
    const rest = await batch(1);
    expect(rest.requests).toEqual([3]);
    rest.finish();
    expect(await Promise.all(answers)).toEqual(['#1', '#2', '#3']);
  });

  it('lets one request fail without its neighbours', async () => {
    const { commit, batch } = aCommit();
    const answers = [1, -1, 2].map((request) => commit.submit(request));
    const settled = Promise.allSettled(answers);
    (await batch(0)).finish();
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails the whole batch when writing fails as a whole, and goes on', async () => {
    const { commit, batch } = aCommit();
    const lost = commit.submit(1);
    (await batch(0)).fail(new Error('lost'));
    await expect(lost).rejects.toThrow('lost');
    const next = commit.submit(2);
    (await batch(1)).finish();
    expect(await next).toBe('#2');
  });

  it('refuses at once when too many wait', async () => {
    const { commit, batch } = aCommit({ queueSizeMax: 2 });
    const taken = [commit.submit(1), commit.submit(2)];
    await expect(commit.submit(3)).rejects.toThrow('full');
    (await batch(0)).finish();
    expect(await Promise.all(taken)).toEqual(['#1', '#2']);
  });

  it('answers what it took when it is closed, and takes no more', async () => {
    const { commit, batch } = aCommit();
    const taken = commit.submit(1);
    const closed = commit.close();
    await expect(commit.submit(2)).rejects.toThrow('closed');
    (await batch(0)).finish();
    await closed;
    expect(await taken).toBe('#1');
  });
});

describe('a batch that is written together or apart', () => {
  it('lets a bad request fail alone', async () => {
    const written: string[][] = [];
    const commit = createGroupCommit<string, undefined>({
      batchSizeMax: 10,
      write: togetherOrApart(async (requests) => {
        if (requests.includes('bad')) throw new Error('bad request');
        written.push([...requests]);
      }),
    });
    const results = await Promise.allSettled(['a', 'bad', 'c'].map((request) => commit.submit(request)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await commit.submit('later');
    expect(written).toEqual([['a'], ['c'], ['later']]);
  });

  it('is written once when nothing is wrong', async () => {
    const written: string[][] = [];
    const write = togetherOrApart<string>(async (requests) => void written.push([...requests]));
    expect(await write(['a', 'b'])).toEqual([{ answer: undefined }, { answer: undefined }]);
    expect(written).toEqual([['a', 'b']]);
  });
});
