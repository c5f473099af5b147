// The limit at the gateway's door: what is too much is refused at once, while what was begun is finished.
import type { Stage } from '../edge/pipeline.ts';
import { refuse } from '../edge/refusal.ts';
import { gatewayErrors } from '../gateway.errors.ts';

export interface Door {
  readonly stage: Stage;
  /** Operations that are being worked on; open subscriptions are not. */
  readonly inFlight: number;
}

export function createDoor(inFlightMax: number, onRefused: () => void): Door {
  let inFlight = 0;
  return {
    get inFlight() {
      return inFlight;
    },
    async stage(request, next) {
      if (inFlight >= inFlightMax) {
        onRefused();
        throw refuse(gatewayErrors.GATEWAY_OVERLOADED({}), { status: 503 });
      }
      inFlight += 1;
      try {
        return await next(request);
      } finally {
        inFlight -= 1;
      }
    },
  };
}
