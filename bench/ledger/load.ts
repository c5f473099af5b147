// Closed-loop load: a fixed number of callers, each asking again as soon as it was answered. Measures throughput and latency, nothing else.

export interface Measured {
  readonly transfersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Which accounts the next transfer is between: numbers below `accounts`. */
export interface Pair {
  readonly from: number;
  readonly to: number;
}

/** Random pairs; with `hot`, every transfer pays into or out of account 0. */
export function pairs(accounts: number, hot: boolean): () => Pair {
  const any = () => Math.floor(Math.random() * accounts);
  return () => {
    const from = any();
    const other = any();
    const to = other === from ? (other + 1) % accounts : other;
    if (!hot) return { from, to };
    const cold = from === 0 ? 1 : from;
    return Math.random() < 0.5 ? { from: cold, to: 0 } : { from: 0, to: cold };
  };
}

/** Runs `callers` loops; what happens in the first `warmUpMs` is not counted. A rejected transfer fails the run. */
export async function measure(options: {
  callers: number;
  seconds: number;
  warmUpMs: number;
  transfer(pair: Pair): Promise<void>;
  nextPair(): Pair;
}): Promise<Measured & { readonly transfers: number }> {
  const { callers, seconds, warmUpMs, transfer, nextPair } = options;
  const latencies: number[] = [];
  let transfers = 0;
  const startMs = performance.now() + warmUpMs;
  const endMs = startMs + seconds * 1_000;
  async function call(): Promise<void> {
    for (;;) {
      const askedMs = performance.now();
      if (askedMs >= endMs) return;
      await transfer(nextPair());
      transfers += 1;
      const answeredMs = performance.now();
      if (answeredMs >= startMs && answeredMs < endMs) latencies.push(answeredMs - askedMs);
    }
  }
  await Promise.all(Array.from({ length: callers }, call));
  return { ...summarise(latencies, seconds), transfers };
}

export function summarise(latenciesMs: number[], seconds: number): Measured {
  const sorted = latenciesMs.sort((a, b) => a - b);
  return {
    transfersPerSecond: Math.round(sorted.length / seconds),
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}

function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return Math.round(value * 100) / 100;
}
