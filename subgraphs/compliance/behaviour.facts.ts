// What the rules about behaviour know while a batch is being screened: the past from the database, and the transactions of the batch that
// came before. No I/O of its own.
import { type Payment, paymentKey, readHistories, readIncoming, readKnownPayees } from './activity.repository.ts';
import { type Activity, historySizeMax } from './behaviour.rules.ts';
import type { Transaction } from './compliance.database.ts';
import { type Decision, flowOf, ownerOfMoney, type ScreeningFacts, type TransactionKind } from './screening.rules.ts';

type Facts = Pick<ScreeningFacts, 'history' | 'incoming' | 'isPayeeKnown'>;

export interface Movement extends Payment {
  readonly kind: TransactionKind;
  readonly source: Payment['destination'];
  readonly asset: string;
  readonly units: bigint;
}

export interface BehaviourFacts {
  of(movement: Movement): Facts;
  add(movement: Movement, at: Date, decision: Decision): void;
}

/** Three queries for any number of transactions. */
export async function openBehaviour(tx: Transaction, movements: readonly Movement[]): Promise<BehaviourFacts> {
  const outgoing = movements.filter(({ kind }) => flowOf(kind) === 'OUTGOING');
  if (outgoing.length === 0) return createBehaviour(new Map(), new Map(), new Set());
  const histories = await readHistories(
    tx,
    outgoing.map(({ requestedBy }) => requestedBy),
  );
  const incoming = await readIncoming(tx, outgoing.map(ownerOfMoney));
  return createBehaviour(histories, incoming, await readKnownPayees(tx, outgoing));
}

export function createBehaviour(
  histories: Map<string, Activity[]>,
  incoming: Map<string, Activity[]>,
  knownPayees: Set<string>,
): BehaviourFacts {
  const push = (byUser: Map<string, Activity[]>, userId: string, activity: Activity) =>
    byUser.set(userId, [activity, ...(byUser.get(userId) ?? [])].slice(0, historySizeMax));
  return {
    of: (movement) => ({
      history: histories.get(movement.requestedBy) ?? [],
      incoming: incoming.get(ownerOfMoney(movement)) ?? [],
      isPayeeKnown: knownPayees.has(paymentKey(movement)),
    }),
    add(movement, at, decision) {
      const { asset, units, kind, requestedBy, destination } = movement;
      const activity = { asset, units, at, isRejected: decision === 'REJECTED' };
      // Between one's own wallets nothing comes in.
      if (kind !== 'WITHDRAWAL' && destination.ownerId !== requestedBy) push(incoming, destination.ownerId, activity);
      if (kind === 'DEPOSIT') return;
      push(histories, requestedBy, activity);
      if (decision === 'CLEARED') knownPayees.add(paymentKey(movement));
    },
  };
}
