// Charges a subscription for each of its events, which costs what its part of the plan brings: once for each caller who shares it.

import type { DomainError } from '../../../platform/errors.ts';
import type { LiveAnswers, LiveEvent } from '../../edge/pipeline.ts';
import { answerTo, refuse } from '../../edge/refusal.ts';
import type { Taken } from '../rate/rate-limiter.ts';

export interface EventCharges {
  readonly caller: string;
  /** What was taken for the first event when the subscription was admitted. */
  readonly prepaid: number;
  costOf(data: unknown): number;
  take(caller: string, cost: number): Taken | Promise<Taken>;
  settle(caller: string, amount: number): void;
  /** Told of each event once. */
  observe(cost: number): void;
  /** Why the stream ends when too little is left for an event; null lets it go on. */
  overdrawn(cost: number, taken: Taken): DomainError | null;
}

/** An event that overdraws is still delivered, since its work is done; then the stream ends, to be resumed when there is budget again. */
export function chargeEvents(live: LiveAnswers, charges: EventCharges): LiveAnswers {
  const { context } = live;
  return {
    context,
    discard: () => live.discard(),
    open(sink) {
      let isOver = false;
      let { prepaid } = charges;

      function stop(error: DomainError): void {
        if (isOver) return;
        isOver = true;
        handle.close();
        const { body, errorCodes } = answerTo(refuse(error), context);
        sink.next({ body, errorCodes, cursor: null, encoded: {} });
        sink.end();
      }

      function charge(event: LiveEvent): void {
        const { caller } = charges;
        const demand = demandOf(event, charges);
        const owed = demand.payers.has(caller) ? 0 : demand.cost;
        demand.payers.add(caller);
        if (prepaid > 0) {
          charges.settle(caller, owed - prepaid);
          prepaid = 0;
          return;
        }
        if (owed === 0) return;
        const judge = (taken: Taken) => {
          const error = taken.isAllowed ? null : charges.overdrawn(owed, taken);
          if (error !== null) stop(error);
        };
        const taken = charges.take(caller, owed);
        if (taken instanceof Promise) void taken.then(judge);
        else judge(taken);
      }

      const handle = live.open({
        next(event) {
          if (isOver) return;
          sink.next(event);
          charge(event);
        },
        end() {
          if (isOver) return;
          isOver = true;
          sink.end();
        },
      });
      return handle;
    },
  };
}

/** Worked out once for all who share the event: they have asked for the same. */
function demandOf({ body, encoded }: LiveEvent, { costOf, observe }: EventCharges) {
  if (encoded.demand !== undefined) return encoded.demand;
  const cost = costOf((JSON.parse(body) as { readonly data?: unknown }).data);
  observe(cost);
  encoded.demand = { cost, payers: new Set() };
  return encoded.demand;
}
