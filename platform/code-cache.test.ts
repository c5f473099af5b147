import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCodeCache } from './code-cache.ts';

describe('the code cache', () => {
  let folder: string;
  const program = () => join(folder, 'main.cjs');
  const cache = () => `${program()}.cache`;

  /** What a new process does. */
  function run(): { answer: unknown; save: () => void } {
    const require = createRequire(program());
    for (const file of ['main.cjs', 'part.cjs']) delete require.cache[join(folder, file)];
    const { save } = openCodeCache(folder);
    return { answer: (require(program()) as { answer: unknown }).answer, save };
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'code-cache-'));
    writeFileSync(program(), "exports.answer = [__filename, require('./part.cjs').part, this === module.exports];");
    writeFileSync(join(folder, 'part.cjs'), 'exports.part = 42;');
  });
  afterEach(() => {
    delete (createRequire(program()) as unknown as { extensions: Record<string, unknown> }).extensions['.cjs'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a program as `require` does, and keeps what was compiled beside each of its files', () => {
    const { answer, save } = run();
    expect(answer).toEqual([program(), 42, true]);
    expect(existsSync(cache())).toBe(false);
    save();
    expect(existsSync(cache())).toBe(true);
    expect(existsSync(join(folder, 'part.cjs.cache'))).toBe(true);
  });

  it('compiles nothing that it finds', () => {
    run().save();
    const second = run();
    expect(second.answer).toEqual([program(), 42, true]);
    rmSync(cache());
    second.save();
    expect(existsSync(cache())).toBe(false);
  });

  it('compiles anew where the cache is damaged, or of another program', () => {
    for (const answer of ['a longer answer', 'none']) {
      run().save();
      const kept = readFileSync(cache());
      writeFileSync(program(), `exports.answer = '${answer}';`);
      if (answer === 'none') writeFileSync(cache(), 'not what V8 wrote');
      const next = run();
      expect(next.answer).toBe(answer);
      next.save();
      expect(readFileSync(cache()).equals(kept)).toBe(false);
    }
  });

  it('runs the program although nothing can be kept', () => {
    const { answer, save } = run();
    rmSync(folder, { recursive: true });
    expect(answer).toEqual([expect.any(String), 42, true]);
    expect(save).not.toThrow();
    expect(existsSync(folder)).toBe(false);
  });
});
