// The way of one transfer, cut into hops by the moments that are known of it. Pure: where the moments come from is the trail's business.

/** Moments in milliseconds since 1970, on one machine's clock. */
export interface EventTrail {
  readonly id: string;
  /** Given to the outbox, within its transaction. */
  readonly appended: number;
  /** That transaction has committed. */
  readonly committed: number;
  /** In the domain's log. */
  readonly logged: number;
  /** Seen on Redis. */
  readonly published: number;
}

/** The events that one completed transfer consists of. */
export interface TransferTrail {
  readonly requested: EventTrail;
  readonly fundsReserved: EventTrail;
  readonly screeningDecided: EventTrail;
  readonly postingStarted: EventTrail;
  readonly postingCompleted: EventTrail;
  readonly completed: EventTrail;
}

/** What the client has seen of it. */
export interface Observed {
  readonly transactionId: string;
  readonly sent: number;
  readonly answered: number;
  /** The live event `COMPLETED` was at the socket. */
  readonly told: number;
}

export interface Hop {
  readonly name: string;
  /** One after the other, these make up the time from the mutation to the live event; the others lie beside them. */
  readonly isOnTheWay: boolean;
  readonly ms: number;
}

/** Every hop of one transfer, in order. Those that are on the way add up to `told - sent`. */
export function hopsOf(seen: Observed, trail: TransferTrail): Hop[] {
  const { requested, fundsReserved, screeningDecided, postingStarted, postingCompleted, completed } = trail;
  // Both are asked for at once; the saga goes on with whichever is told later.
  const decisive = screeningDecided.published > fundsReserved.published ? screeningDecided : fundsReserved;
  const onTheWay = (name: string, ms: number): Hop => ({ name, isOnTheWay: true, ms });
  const beside = (name: string, ms: number): Hop => ({ name, isOnTheWay: false, ms });
  const carried = (of: string, event: EventTrail): Hop[] => [
    onTheWay(`${of}: commit`, event.committed - event.appended),
    onTheWay(`${of}: outbox relay`, event.logged - event.committed),
    onTheWay(`${of}: Redis stream`, event.published - event.logged),
  ];
  return [
    onTheWay('gateway and transaction subgraph, to the intent', requested.appended - seen.sent),
    ...carried('intent', requested),
    onTheWay('screening and hold, the later of both', decisive.appended - requested.published),
    ...carried('decision', decisive),
    onTheWay('transaction takes the decision', postingStarted.appended - decisive.published),
    ...carried('order to post', postingStarted),
    onTheWay('ledger posting', postingCompleted.appended - postingStarted.published),
    ...carried('posting', postingCompleted),
    onTheWay('transaction takes the posting', completed.appended - postingCompleted.published),
    onTheWay('completion: commit', completed.committed - completed.appended),
    onTheWay('completion: outbox relay', completed.logged - completed.committed),
    onTheWay('live delivery, to the socket', seen.told - completed.logged),
    beside('answer to the client, from the commit', seen.answered - requested.committed),
    beside('screening alone', screeningDecided.appended - requested.published),
    beside('hold alone', fundsReserved.appended - requested.published),
  ];
}

export interface HopSummary {
  readonly name: string;
  readonly isOnTheWay: boolean;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the whole way, in percent of the means; null beside the way. */
  readonly sharePercent: number | null;
}

/** The same hops of many transfers. */
export function summariseHops(transfers: readonly (readonly Hop[])[]): HopSummary[] {
  const [first = []] = transfers;
  const columns = first.map(({ name, isOnTheWay }, index) => {
    const values = transfers.map((hops) => hops[index]?.ms ?? Number.NaN).sort((a, b) => a - b);
    return { name, isOnTheWay, values, mean: values.reduce((sum, value) => sum + value, 0) / values.length };
  });
  const whole = columns.reduce((sum, { isOnTheWay, mean }) => sum + (isOnTheWay ? mean : 0), 0);
  return columns.map(({ name, isOnTheWay, values, mean }) => ({
    name,
    isOnTheWay,
    meanMs: tenth(mean),
    p50Ms: tenth(percentile(values, 0.5)),
    p99Ms: tenth(percentile(values, 0.99)),
    sharePercent: isOnTheWay ? tenth((mean / whole) * 100) : null,
  }));
}

/** Of values in ascending order. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const tenth = (value: number) => Math.round(value * 10) / 10;
