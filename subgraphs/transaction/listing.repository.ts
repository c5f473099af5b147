// Reads of lists of transactions, by place, filter and metadata: each page is one range of one index. No decisions about who may see them.
import type { Prisma, PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { MetadataEntry } from './metadata.rules.ts';
import type { ListPlace, TransactionRecord } from './transaction.repository.ts';
import { toRecord } from './transaction.row.ts';
import { isPossibleId, type TransactionKind, type TransactionState } from './transaction.rules.ts';

type Reader = Pick<PrismaClient, 'transactionListing' | 'transactionTag'>;

/** Which transactions of a list to return. All bounds are inclusive of `from` and exclusive of `to`. */
export interface TransactionFilter {
  readonly states?: readonly TransactionState[] | null;
  readonly kinds?: readonly TransactionKind[] | null;
  readonly asset?: string | null;
  readonly walletId?: string | null;
  readonly from?: Date | null;
  readonly to?: Date | null;
  /** With all of these among its metadata, as far as the list is one of the side that pays. */
  readonly metadata?: readonly MetadataEntry[] | null;
}

export interface ListQuery {
  readonly key: string;
  /** False for staff, who also see what the list's owner may not see yet. */
  readonly shownOnly: boolean;
  readonly filter: TransactionFilter;
  readonly after: ListPlace | null;
  readonly limit: number;
}

/** One page of a list, newest first. */
export async function listTransactions(
  client: Reader,
  { key, shownOnly, filter, after, limit }: ListQuery,
): Promise<TransactionRecord[]> {
  if (![key, filter.walletId ?? key].every(isPossibleId)) return [];
  const bounds = placeBounds(filter, after);
  const transaction = transactionConditions(filter, key);
  const page = {
    take: limit,
    orderBy: [{ createdAt: 'desc' }, { transactionId: 'desc' }] as const,
    include: { transaction: true },
  };
  const isFound = transaction === null ? [] : [{ transaction }];
  const [tag] = filter.metadata ?? [];
  const rows =
    tag === undefined
      ? await client.transactionListing.findMany({
          ...page,
          orderBy: [...page.orderBy],
          where: { AND: [{ key }, ...(shownOnly ? [{ shown: true }] : []), ...bounds, ...isFound] },
        })
      : // Tags are in the lists of the side that pays, which sees every state.
        await client.transactionTag.findMany({
          ...page,
          orderBy: [...page.orderBy],
          where: { AND: [{ key, name: tag.key, value: tag.value }, ...bounds, ...isFound] },
        });
  return rows.map((row) => toRecord(row.transaction));
}

/** Of a list or its tags, which have the same order. */
function placeBounds({ from, to }: TransactionFilter, after: ListPlace | null) {
  return [
    ...(from ? [{ createdAt: { gte: from } }] : []),
    ...(to ? [{ createdAt: { lt: to } }] : []),
    // The first bound alone lets the index begin at the place; the second decides among equal times.
    ...(after === null
      ? []
      : [
          { createdAt: { lte: after.createdAt } },
          { OR: [{ createdAt: { lt: after.createdAt } }, { transactionId: { lt: after.id } }] },
        ]),
  ];
}

function transactionConditions(
  { states, kinds, asset, walletId, metadata }: TransactionFilter,
  key: string,
): Prisma.TransactionWhereInput | null {
  const conditions: Prisma.TransactionWhereInput[] = [];
  if (states) conditions.push({ state: { in: [...states] } });
  if (kinds) conditions.push({ kind: { in: [...kinds] } });
  if (asset) conditions.push({ asset });
  if (walletId)
    conditions.push({
      OR: [
        { sourceId: walletId, sourceType: 'WALLET' },
        { destinationId: walletId, destinationType: 'WALLET' },
      ],
    });
  // The first is what the page is read by.
  for (const { key: name, value } of metadata?.slice(1) ?? []) conditions.push({ tags: { some: { key, name, value } } });
  return conditions.length === 0 ? null : { AND: conditions };
}
