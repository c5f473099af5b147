// Entity references and per-request batching of this domain's reads.
import DataLoader from 'dataloader';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ReferenceResolver } from '../../platform/graph/subgraph.ts';
import { type Identity, requireIdentity } from '../../platform/identity/identity.ts';
import type { Reversal } from './reversal.repository.ts';
import type { TransactionReading } from './transaction.reading.ts';
import type { StepRecord, TransactionRecord } from './transaction.repository.ts';
import { toTransactionType } from './transaction.view.ts';

/** How this domain answers `_entities`. A transaction that the viewer may not see is null, like one that is not there. */
export function createReferences(reading: TransactionReading): Readonly<Record<string, ReferenceResolver>> {
  return {
    Transaction: async ({ id }, context) => {
      if (typeof id !== 'string' || context.identity === null) return null;
      const record = await transactionLoader(reading, context.identity, context).load(id);
      return record === null ? null : toTransactionType(record);
    },
    // Their data is elsewhere; here they only carry lists, whose fields check who asks.
    Wallet: ({ id }) => ({ id }),
    User: ({ id }) => ({ id }),
  };
}

/** Steps of a transaction, read together with those of the others in the request. */
export function loadSteps(
  reading: TransactionReading,
  transaction: TransactionRecord,
  context: GraphContext,
): Promise<StepRecord[]> {
  const viewer = requireIdentity(context.identity);
  const loader = context.loader(
    'transaction.steps',
    () =>
      new DataLoader((transactions: readonly TransactionRecord[]) => reading.steps(viewer, transactions), {
        // A subscription's context outlives many versions of one transaction.
        cacheKeyFn: ({ id, version }) => `${id}:${version}`,
      }),
  );
  return loader.load(transaction);
}

/** A transaction that the viewer may see, or null. */
export function loadTransaction(
  reading: TransactionReading,
  transactionId: string,
  context: GraphContext,
): Promise<TransactionRecord | null> {
  return transactionLoader(reading, requireIdentity(context.identity), context).load(transactionId);
}

/** The latest reversal of a transaction, read together with those of the others in the request. */
export function loadReversal(
  reading: TransactionReading,
  transactionId: string,
  context: GraphContext,
): Promise<Reversal | null> {
  const loader = context.loader(
    'transaction.reversals',
    // A subscription's context lives on while the reversal changes.
    () => new DataLoader((ids: readonly string[]) => reading.reversals(ids), { cache: false }),
  );
  return loader.load(transactionId);
}

function transactionLoader(
  reading: TransactionReading,
  viewer: Identity,
  context: GraphContext,
): DataLoader<string, TransactionRecord | null> {
  return context.loader(
    'transaction.byId',
    // A subscription's context lives on while the transaction changes.
    () => new DataLoader((ids: readonly string[]) => reading.getMany(viewer, ids), { cache: false }),
  );
}
