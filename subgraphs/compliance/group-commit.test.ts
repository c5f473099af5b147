import { describe, expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

describe('a group commit', () => {
  it('writes what arrives together in one batch, in order, and what arrives meanwhile in the next', async () => {
    const batches: string[][] = [];
    let release: () => void = () => {};
    const firstIsWritten = new Promise<void>((resolve) => {
      release = resolve;
    });
    const submit = createGroupCommit<string>({
      batchSizeMax: 10,
      async write(items) {
        batches.push([...items]);
        if (batches.length === 1) await firstIsWritten;
      },
    });
    const early = [submit('a'), submit('b')];
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const late = [submit('c'), submit('d')];
    release();
    await Promise.all([...early, ...late]);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('never writes more than the limit at once', async () => {
    const sizes: number[] = [];
    const submit = createGroupCommit<number>({
      batchSizeMax: 3,
      async write(items) {
        sizes.push(items.length);
      },
    });
    await Promise.all(Array.from({ length: 8 }, (_, index) => submit(index)));
    expect(sizes).toEqual([3, 3, 2]);
  });

  it('lets a bad item fail alone', async () => {
    const written: string[] = [];
    const submit = createGroupCommit<string>({
      batchSizeMax: 10,
      async write(items) {
        if (items.includes('bad')) throw new Error('bad item');
        written.push(...items);
      },
    });
    const results = await Promise.allSettled(['a', 'bad', 'c'].map(submit));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual(['a', 'c']);
    await expect(submit('later')).resolves.toBeUndefined();
  });
});
