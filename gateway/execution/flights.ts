// Shares work that is under way: who asks for the same while it runs gets the same outcome. What may be called the same is the caller's
// concern; that nobody is given an answer older than his question allows is the concern here.

import { isDomainError } from '../../platform/errors.ts';
import type { OperationDeadline } from '../../platform/graph/subgraph.ts';
import { isExpired, untilExpired } from './operation-deadlines.ts';

/** Who shares. One for every request; one for all events of a subscription. */
export type Sharer = object;

export interface Flight {
  /** What it is asked for, and by whom: everything that makes a difference to the outcome. */
  readonly key: string;
  readonly sharer: Sharer;
  /** Aborted when the one who asks has gone. */
  readonly signal: AbortSignal;
  /** How long the one who asks has. */
  readonly deadline?: OperationDeadline | undefined;
}

export interface Flights<Result> {
  /** Joins what is under way under the key, or starts it. `copy` makes a joiner's own result of the leader's; called before that is used. */
  share(flight: Flight, start: () => Promise<Result>): Promise<Result>;
  /** From now on nothing that is under way is joined any more: something was changed, and who asks now has to see it. */
  advance(): void;
  readonly count: number;
}

interface UnderWay<Result> {
  readonly outcome: Promise<Result>;
  readonly leaderSignal: AbortSignal;
  readonly sharers: Set<Sharer>;
  /** Makes results for those who joined; set at the end, when there are any. */
  copy: (() => Result) | null;
}

/** `copier` is called once, at the end of a shared flight and before anybody has the result: it gives what makes copies of it. */
export function createFlights<Result>(copier: (result: Result) => () => Result): Flights<Result> {
  const underWay = new Map<string, UnderWay<Result>>();
  /** Flights that began before the last change are under keys that nobody asks for. */
  let era = 0;

  function start(key: string, { sharer, signal }: Flight, work: () => Promise<Result>): Promise<Result> {
    const forget = () => {
      if (underWay.get(key) === flight) underWay.delete(key);
    };
    const outcome = work().then(
      (result) => {
        forget();
        if (flight.sharers.size > 1) flight.copy = copier(result);
        return result;
      },
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    const flight: UnderWay<Result> = { outcome, leaderSignal: signal, sharers: new Set([sharer]), copy: null };
    underWay.set(key, flight);
    return outcome;
  }

  async function join(flight: UnderWay<Result>, asked: Flight, work: () => Promise<Result>): Promise<Result> {
    flight.sharers.add(asked.sharer);
    let result: Result;
    try {
      result = await untilExpired(asked.deadline, flight.outcome);
    } catch (error) {
      // The flight was cut short because its leader went, or had no more time: that is no reason for those who are still there.
      const isCutShort = flight.leaderSignal.aborted || isOperationTimeout(error);
      if (isCutShort && !asked.signal.aborted && !isExpired(asked.deadline)) return share(asked, work);
      throw error;
    }
    return flight.copy === null ? result : flight.copy();
  }

  function share(asked: Flight, work: () => Promise<Result>): Promise<Result> {
    const key = `${era} ${asked.key}`;
    const flight = underWay.get(key);
    // Who is on it already asks again because of something that came after its start: a later event of the same subscription.
    if (flight === undefined || flight.sharers.has(asked.sharer)) return start(key, asked, work);
    return join(flight, asked, work);
  }

  return {
    share,
    advance() {
      era += 1;
    },
    get count() {
      return underWay.size;
    },
  };
}

function isOperationTimeout(error: unknown): boolean {
  return isDomainError(error) && error.code === 'OPERATION_TIMEOUT';
}
