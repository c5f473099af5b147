// What every measured way of making a transfer looks like to the bench.
import type { Pair } from './load.ts';

export interface System {
  transfer(pair: Pair): Promise<void>;
  close(): Promise<void>;
}

export interface SystemKind {
  readonly name: string;
  readonly description: string;
  open(databaseUrl: string, callers: number): Promise<System>;
}

/** Cents that one transfer moves. */
export const transferUnits = 7n;

/** Connections for ways that hold one during each transfer: more only make the server switch between them. */
export const connectionsFor = (callers: number) => Math.min(callers, 50);
