// Where the supergraph's text comes from, and how changes are noticed. Knows nothing about its meaning.
import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

export interface SupergraphSource {
  /** For messages: a path, or what else it is. */
  readonly description: string;
  /** The text as it is now. @throws when it cannot be read. */
  read(): Promise<string>;
  /** Calls back when the text may have changed; too often is harmless. Returns what stops it. */
  watch(onChange: () => void): () => void;
}

/** A supergraph that never changes: for tests, and for graphs composed in memory. */
export function staticSource(sdl: string): SupergraphSource {
  return { description: 'the supergraph in memory', read: async () => sdl, watch: () => () => {} };
}

/** How often the file's time and size are looked at, for file systems that tell nobody of changes (network mounts, some containers). */
const pollIntervalMs = 2000;
/** An editor or a copy writes in several steps; one look after the last of them is enough. */
const settleMs = 50;

/** A file, watched by the operating system and polled besides. */
export function fileSource(path: string): SupergraphSource {
  const file = resolve(path);

  function watchFile(onChange: () => void): () => void {
    let timer: NodeJS.Timeout | null = null;
    const changed = () => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(onChange, settleMs);
      timer.unref();
    };
    const watcher = watchDirectory(file, changed);
    let last = '';
    const poll = setInterval(async () => {
      const mark = await stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => '',
      );
      if (mark !== '' && last !== '' && mark !== last) changed();
      if (mark !== '') last = mark;
    }, pollIntervalMs);
    poll.unref();
    return () => {
      if (timer !== null) clearTimeout(timer);
      clearInterval(poll);
      watcher?.close();
    };
  }

  return { description: file, read: () => readFile(file, 'utf8'), watch: watchFile };
}

/** The directory, not the file: a file that is replaced by renaming is another file, which a watch on the old one never sees. */
function watchDirectory(file: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(file)) onChange();
    });
    // Watching is a convenience; polling goes on without it.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
