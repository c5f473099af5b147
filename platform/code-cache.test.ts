import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCodeCache } from './code-cache.ts';

const sourceHash = (source: string) => createHash('sha256').update(source).digest('hex').slice(0, 16);

describe('the code cache', () => {
  let folder: string;
  const program = () => join(folder, 'main.cjs');
  /** Caches of the program's first file, one for each source that it had. */
  const caches = () =>
    readdirSync(folder)
      .filter((name) => /^main\.cjs\.[0-9a-f]{16}\.cache$/.test(name))
      .map((name) => join(folder, name));

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
    expect(caches()).toEqual([]);
    save();
    expect(caches()).toHaveLength(1);
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('compiles nothing that it finds', () => {
    run().save();
    const second = run();
    expect(second.answer).toEqual([program(), 42, true]);
    for (const cache of caches()) rmSync(cache);
    second.save();
    expect(caches()).toEqual([]);
  });

  it('runs a changed program, also one of the same length, and compiles it anew', () => {
    writeFileSync(program(), "exports.answer = 'before';");
    run().save();
    writeFileSync(program(), "exports.answer = 'after!';");
    const changed = run();
    expect(changed.answer).toBe('after!');
    changed.save();
    expect(caches()).toHaveLength(2);
  });

  it('compiles anew what is damaged', () => {
    writeFileSync(program(), "exports.answer = 'as it is';");
    writeFileSync(join(folder, `main.cjs.${sourceHash("exports.answer = 'as it is';")}.cache`), 'not what V8 wrote');
    const { answer, save } = run();
    expect(answer).toBe('as it is');
    save();
    expect(caches()).toHaveLength(1);
    expect(readFileSync(String(caches()[0])).toString('latin1')).not.toBe('not what V8 wrote');
  });

  it('runs the program although nothing can be kept', () => {
    const { answer, save } = run();
    rmSync(folder, { recursive: true });
    expect(answer).toEqual([expect.any(String), 42, true]);
    expect(save).not.toThrow();
    expect(existsSync(folder)).toBe(false);
  });
});
