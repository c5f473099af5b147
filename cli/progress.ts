// Tells a person at a terminal what is happening, step by step, with times.

export interface Progress {
  /** Shows the title while `work` runs, then how long it took. `describe` may add what came of it. */
  step<T>(title: string, work: () => Promise<T>, describe?: (result: T) => string): Promise<T>;
}

export function createProgress(write: (line: string) => void = (line) => console.log(line)): Progress {
  return {
    async step(title, work, describe) {
      const startedMs = performance.now();
      try {
        const result = await work();
        const outcome = describe?.(result) ?? '';
        write(`  ✓ ${title}${outcome === '' ? '' : `: ${outcome}`} (${seconds(performance.now() - startedMs)})`);
        return result;
      } catch (error) {
        write(`  ✗ ${title} (${seconds(performance.now() - startedMs)})`);
        throw error;
      }
    },
  };
}

export const silentProgress: Progress = { step: (_title, work) => work() };

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
