// What the auth domain tells about users who are suspended and reinstated, as this domain's projection takes it.
import { z } from 'zod';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { transactionFaults } from './transaction.errors.ts';
import { parseEvent } from './transaction.events.ts';

const consumed = {
  userSuspended: 'clawpurse.auth.user_suspended.v1',
  userReinstated: 'clawpurse.auth.user_reinstated.v1',
} as const;
export const consumedStandingEvents: readonly string[] = Object.values(consumed);

const userFact = z.object({ userId: z.string() });

/** How an event changes what a user may ask for. */
export interface StandingChange {
  readonly userId: string;
  readonly isSuspended: boolean;
  /** The event's place in the auth domain's log: what is older than the last one applied is no news. */
  readonly position: number;
}

/** @throws MALFORMED_EVENT */
export function readStandingChange(event: RecordedEvent): StandingChange {
  const { position } = event;
  switch (event.type) {
    case consumed.userSuspended:
      return { ...parseEvent(userFact, event), isSuspended: true, position };
    case consumed.userReinstated:
      return { ...parseEvent(userFact, event), isSuspended: false, position };
    default:
      throw transactionFaults.MALFORMED_EVENT({ eventType: event.type, problem: 'this domain does not consume the type' });
  }
}
