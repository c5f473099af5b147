import { expect, it } from 'vitest';
import { createDocumentCache } from './document-cache.ts';

it('remembers what was used last, within a bound on all texts together', () => {
  const cache = createDocumentCache<{ n: number }>();
  const text = (n: number) => `${n} `.padEnd(20_000, 'x');
  for (let n = 0; n < 25; n++) cache.set(text(n), { n });
  expect(cache.get(text(0))).toEqual({ n: 0 });
  cache.set(text(25), { n: 25 });
  expect([0, 1, 2, 25].map((n) => cache.get(text(n))?.n)).toEqual([0, undefined, 2, 25]);
});

it('holds thousands of short texts, and none that would crowd out the others', () => {
  const cache = createDocumentCache<{ n: number }>();
  for (let n = 0; n < 5_000; n++) cache.set(`{ a${n} }`, { n });
  const long = 'x'.repeat(50_001);
  cache.set(long, { n: -1 });
  expect(cache.get(long)).toBeUndefined();
  expect(cache.get('{ a0 }')).toEqual({ n: 0 });
});
