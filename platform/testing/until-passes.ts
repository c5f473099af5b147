import { vi } from 'vitest';

/** Waits until the assertions hold; vitest's own second is too short for a machine that is busy with other things. @throws their last failure */
export function untilPasses<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval: 20 });
}
