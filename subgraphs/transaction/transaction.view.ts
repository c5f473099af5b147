// Domain objects as the graph shows them.

import type { Connection } from '../../platform/graph/connection.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { FollowedChange } from './transaction.reading.ts';
import type { StepRecord, TransactionRecord } from './transaction.repository.ts';
import type { Party } from './transaction.rules.ts';
import {
  PartyTypeEnum,
  TransactionKindEnum,
  type TransactionParty,
  TransactionStateEnum,
  type TransactionStep,
  type TransactionType,
  type TransactionUpdate,
} from './transaction.types.ts';

export function toTransactionType(record: TransactionRecord): TransactionType {
  const { id, version, memo, failure, createdAt, updatedAt } = record;
  return {
    id,
    version,
    memo,
    failure,
    createdAt,
    updatedAt,
    kind: TransactionKindEnum[record.kind],
    state: TransactionStateEnum[record.state],
    amount: toMoneyType(record.money),
    requestedBy: { id: record.requestedBy },
    record,
  };
}

export function toConnectionType(connection: Connection<TransactionRecord>): Connection<TransactionType> {
  const edges = connection.edges.map(({ cursor, node }) => ({ cursor, node: toTransactionType(node) }));
  return { edges, nodes: edges.map((edge) => edge.node), pageInfo: connection.pageInfo };
}

export function toStepType({ version, state, reason, at }: StepRecord): TransactionStep {
  return { version, state: TransactionStateEnum[state], reason, at };
}

export function toUpdateType({
  cursor,
  transactionId,
  state,
  previousState,
  version,
  reason,
  occurredAt,
}: FollowedChange): TransactionUpdate {
  const at = new Date(occurredAt);
  return {
    cursor,
    transactionId,
    step: { version, state: TransactionStateEnum[state], reason, at },
    state: TransactionStateEnum[state],
    previousState: previousState === null ? null : TransactionStateEnum[previousState],
    version,
    reason,
    occurredAt: at,
  };
}

/** An end whose id is not for the viewer is reduced to what kind of place it is. */
export function toPartyType({ type, id }: Party, mayName: boolean): TransactionParty {
  return {
    type: PartyTypeEnum[type],
    wallet: mayName && type === 'WALLET' ? { id } : null,
    externalAccount: mayName && type === 'EXTERNAL_ACCOUNT' ? { id } : null,
  };
}
