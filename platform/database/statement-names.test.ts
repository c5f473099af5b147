// Which statements are kept prepared on PostgreSQL.
import { describe, expect, it } from 'vitest';
import { createStatementNames } from './statement-names.ts';

const times = (count: number, ask: () => string | undefined) => Array.from({ length: count }, ask).at(-1);

describe('names of statements', () => {
  it('are given to what comes again, one for each text, and stay', () => {
    const nameOf = createStatementNames();
    expect(nameOf('SELECT id FROM one')).toBeUndefined();
    const one = times(5, () => nameOf('SELECT id FROM one'));
    const other = times(5, () => nameOf('SELECT id FROM other'));
    expect(one).toEqual(expect.any(String));
    expect(other).toEqual(expect.any(String));
    expect(other).not.toBe(one);
    expect(nameOf('SELECT id FROM one')).toBe(one);
  });

  it('are not given to results whose shape a migration changes', () => {
    const nameOf = createStatementNames();
    expect(times(10, () => nameOf('SELECT * FROM one'))).toBeUndefined();
    expect(times(10, () => nameOf('DELETE FROM one RETURNING *'))).toBeUndefined();
    expect(times(10, () => nameOf('SELECT one.*, 1 FROM one'))).toBeUndefined();
    expect(times(10, () => nameOf('SELECT count(*) FROM one'))).toEqual(expect.any(String));
  });

  it('are few, however many statements there are', () => {
    const nameOf = createStatementNames();
    const given = new Set<string>();
    for (let index = 0; index < 3_000; index += 1) {
      const name = times(6, () => nameOf(`SELECT id FROM t${index}`));
      if (name !== undefined) given.add(name);
    }
    expect(given.size).toBe(250);
  });
});
