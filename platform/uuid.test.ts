// Ids: the form of RFC 9562, unique, and growing.
import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { createUuidV7 } from './uuid.ts';

describe('ids', () => {
  it('are UUIDs of version 7 that carry the time, unique and growing', () => {
    const next = createUuidV7();
    const before = Date.now();
    const ids = Array.from({ length: 20_000 }, next);
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    const time = Number.parseInt(ids[0]?.replace('-', '').slice(0, 12) ?? '', 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('go on growing when the clock stands still or steps back', () => {
    const times = [1_000, 1_000, 900, 1_000, 1_001];
    let call = 0;
    const next = createUuidV7(() => times[call++] ?? 0);
    const ids = times.map(() => next());
    expect([...ids].sort()).toEqual(ids);
    expect(ids.at(-1)?.startsWith('00000000-03e9-7')).toBe(true);
  });
});
