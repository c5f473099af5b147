// Tells the calls of a client that it has gone, through one listener per client: to put one on an AbortSignal for each call, and take it off
// again, would cost more than all the rest of a call's bookkeeping.

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

export function onDeparture(signal: AbortSignal, leave: () => void): void {
  const known = waiting.get(signal);
  if (known !== undefined) {
    known.add(leave);
    return;
  }
  const calls = new Set([leave]);
  waiting.set(signal, calls);
  signal.addEventListener(
    'abort',
    () => {
      for (const each of [...calls]) each();
    },
    { once: true },
  );
}

export function forgetDeparture(signal: AbortSignal, leave: () => void): void {
  waiting.get(signal)?.delete(leave);
}
