// Rows of transactions to domain objects, and back.
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { Metadata } from './metadata.rules.ts';
import type { ScreeningNote } from './saga.rules.ts';
import type { Reason } from './transaction.reasons.ts';
import type { TransactionOrigin, TransactionRecord } from './transaction.repository.ts';
import type { PartyType, TransactionKind, TransactionState } from './transaction.rules.ts';

export function toRow(transaction: TransactionRecord) {
  const { source, destination, money, feeUnits, metadata, origin, screening, failure, ...same } = transaction;
  return {
    ...same,
    sourceType: source.type,
    sourceId: source.id,
    sourceOwnerId: source.ownerId,
    destinationType: destination.type,
    destinationId: destination.id,
    destinationOwnerId: destination.ownerId,
    asset: money.asset,
    units: money.units.toString(),
    feeUnits: feeUnits.toString(),
    metadata: metadata === null ? null : JSON.stringify(metadata),
    originType: origin?.type ?? null,
    originId: origin?.id ?? null,
    originItem: origin?.item ?? null,
    screeningNote: screening?.note ?? null,
    screeningNotedBy: screening?.notedBy ?? null,
    failureCode: failure?.code ?? null,
    failureMessage: failure?.message ?? null,
  };
}

type TransactionRow = NonNullable<Awaited<ReturnType<PrismaClient['transaction']['findUnique']>>>;

export function toRecord(row: TransactionRow): TransactionRecord {
  return {
    id: row.id,
    kind: row.kind as TransactionKind,
    state: row.state as TransactionState,
    version: row.version,
    requestedBy: row.requestedBy,
    source: { type: row.sourceType as PartyType, id: row.sourceId, ownerId: row.sourceOwnerId },
    destination: { type: row.destinationType as PartyType, id: row.destinationId, ownerId: row.destinationOwnerId },
    money: { units: unitsFromRow(row.units), asset: row.asset },
    feeUnits: unitsFromRow(row.feeUnits),
    feeVersion: row.feeVersion,
    memo: row.memo,
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Metadata),
    origin:
      row.originType === null
        ? null
        : { type: row.originType as TransactionOrigin['type'], id: row.originId ?? '', item: row.originItem ?? 1 },
    isLinked: row.isLinked,
    screening:
      row.screeningNote === null ? null : { note: row.screeningNote as ScreeningNote, notedBy: row.screeningNotedBy ?? 'RULES' },
    holdId: row.holdId,
    reversalId: row.reversalId,
    failure: toReason(row.failureCode, row.failureMessage),
    idempotencyKey: row.idempotencyKey,
    requestFingerprint: row.requestFingerprint,
    feedCursor: row.feedCursor,
    correlationId: row.correlationId,
    askAgainAt: row.askAgainAt,
    deadlineAt: row.deadlineAt,
    remindersSent: row.remindersSent,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

export function toReason(code: string | null, message: string | null): Reason | null {
  return code === null ? null : { code, message: message ?? code };
}
