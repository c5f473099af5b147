// Time and ids are injected everywhere, so that tests decide both.
import { createUuidV7 } from './uuid.ts';

export interface Clock {
  now(): Date;
}

export interface Ids {
  /** A new UUIDv7: unique, and roughly ordered by time. */
  next(): string;
}

export const systemClock: Clock = { now: () => new Date() };
export const uuidIds: Ids = { next: createUuidV7() };
