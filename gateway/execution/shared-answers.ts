// Executes identical queries of one identity once while they are under way together: everybody gets the same answer object.
import type { OperationTypeNode } from 'graphql';
import type { EngineAnswer, OperationRequest } from './engine.ts';
import type { CallContext } from './execution.ts';
import { createFlights, type Flights } from './flights.ts';

/** Answers are never written to, so that nobody needs one of his own. */
export function createAnswerFlights(): Flights<EngineAnswer> {
  return createFlights((answer) => () => answer);
}

export async function shareAnswer(
  flights: Flights<EngineAnswer>,
  kind: OperationTypeNode,
  { documentKey, operationName, variables }: OperationRequest,
  call: CallContext,
  run: () => Promise<EngineAnswer>,
): Promise<EngineAnswer> {
  if (kind !== 'query') {
    // Whoever asks from now on has to see what the mutation did.
    return run().finally(() => flights.advance());
  }
  // With header rules every request has headers of its own to give back.
  if (call.headers !== undefined) return run();
  const key = JSON.stringify([documentKey, operationName, variables, call.token]);
  return flights.share({ key, sharer: call, signal: call.signal }, run);
}
