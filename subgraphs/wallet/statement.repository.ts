// Reads of one account's entries for statements: every read is one range of an index, whatever the size of the account.
import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { Direction, PostingKind } from './ledger.book.ts';
import type { StatementPosition, StatementRow } from './statement.rules.ts';
import { signedUnits } from './statement.rules.ts';
import type { Client } from './wallet.repository.ts';

/** The account and its last entry; null when the wallet never held the asset. */
export async function findStatementAccount(
  client: Client,
  { walletId, asset }: { walletId: string; asset: string },
): Promise<{ id: string; version: number } | null> {
  const row = await client.account.findUnique({
    where: { holderType_holderId_asset: { holderType: 'WALLET', holderId: walletId, asset } },
    select: { id: true, version: true },
  });
  return row === null ? null : { id: row.id, version: Number(row.version) };
}

/** The last entry that was recorded before a moment, up to `asOf`; found by halving, because time never goes back on an account. */
export async function versionBefore(client: Client, accountId: string, at: Date, asOf: number): Promise<number> {
  const rows = await client.$queryRaw<{ version: bigint | number }[]>(
    sql`WITH RECURSIVE search (low, high) AS (
          SELECT CAST(0 AS BIGINT), CAST(${asOf} AS BIGINT)
          UNION ALL
          SELECT CASE WHEN e.created_at < ${at} THEN e.version ELSE s.low END, CASE WHEN e.created_at < ${at} THEN s.high ELSE e.version - 1 END
          FROM search s JOIN entry e ON e.account_id = ${accountId} AND e.version = (s.low + s.high + 1) / 2
          WHERE s.low < s.high
        )
        SELECT s.low AS version FROM search s WHERE s.low = s.high`,
  );
  return Number(rows[0]?.version ?? 0);
}

export async function unitsAtVersion(client: Client, accountId: string, version: number): Promise<bigint> {
  const rows = await client.$queryRaw<{ balance_after: string }[]>(
    sql`SELECT CAST(e.balance_after AS TEXT) AS balance_after FROM entry e WHERE e.account_id = ${accountId} AND e.version = ${version}`,
  );
  return rows[0] === undefined ? 0n : unitsFromRow(rows[0].balance_after);
}

/**
 * What back-dated entries beyond `position.version` add to the balance there: they were recorded later and count from before. Some are read
 * at a time, because an account may have any number of them.
 */
export async function backdatedUnits(
  client: Client,
  accountId: string,
  position: StatementPosition,
  rowsPerRead: number,
): Promise<bigint> {
  const { version, backAt, backVersion, asOf } = position;
  let sum = 0n;
  for (let beyond: Sql = empty; ; ) {
    const rows = await client.$queryRaw<Pick<Row, 'direction' | 'units' | 'effective_at' | 'version'>[]>(
      sql`SELECT e.direction, CAST(e.units AS TEXT) AS units, e.effective_at, e.version FROM entry e
          WHERE e.account_id = ${accountId} AND e.effective_at IS NOT NULL AND (e.effective_at, e.version) <= (${backAt}, ${backVersion})
            AND e.version > ${version} AND e.version <= ${asOf} ${beyond}
          ORDER BY e.effective_at, e.version LIMIT ${rowsPerRead}`,
    );
    for (const { direction, units } of rows) sum += signedUnits({ direction, units: unitsFromRow(units) });
    const last = rows.at(-1);
    if (last === undefined || last.effective_at === null || rows.length < rowsPerRead) return sum;
    beyond = sql`AND (e.effective_at, e.version) > (${new Date(last.effective_at)}, ${Number(last.version)})`;
  }
}

interface Row {
  id: string;
  posting_id: string;
  version: bigint | number;
  kind: PostingKind;
  direction: Direction;
  units: string;
  transaction_id: string | null;
  memo: string | null;
  metadata: string | null;
  effective_at: Date | string | null;
  created_at: Date | string;
}

async function readRows(client: Client, range: Sql): Promise<Row[]> {
  return client.$queryRaw<Row[]>(
    sql`SELECT e.id, e.posting_id, e.version, p.kind, e.direction, CAST(e.units AS TEXT) AS units, p.transaction_id, p.memo, p.metadata,
          e.effective_at, e.created_at
        FROM entry e JOIN posting p ON p.id = e.posting_id WHERE ${range}`,
  );
}

/** In the order of their record. */
export async function readRecorded(
  client: Client,
  accountId: string,
  page: { after: number; upTo: number; limit: number },
): Promise<StatementRow[]> {
  const { after, upTo, limit } = page;
  const rows = await readRows(
    client,
    sql`e.account_id = ${accountId} AND e.version > ${after} AND e.version <= ${upTo} ORDER BY e.version LIMIT ${limit}`,
  );
  return rows.map((row) => rowOf(row, false));
}

/** Those that count from when they were recorded, in that order. */
export async function readUsual(
  client: Client,
  accountId: string,
  page: { after: number; upTo: number; limit: number },
): Promise<StatementRow[]> {
  const { after, upTo, limit } = page;
  const rows = await readRows(
    client,
    sql`e.account_id = ${accountId} AND e.version > ${after} AND e.version <= ${upTo} AND e.effective_at IS NULL
        ORDER BY e.version LIMIT ${limit}`,
  );
  return rows.map((row) => rowOf(row, false));
}

/** Those that count from before they were recorded, in the order of when they count from. */
export async function readBackdated(
  client: Client,
  accountId: string,
  page: { after: Omit<StatementPosition, 'version'>; before: Date; limit: number },
): Promise<StatementRow[]> {
  const { after, before, limit } = page;
  const rows = await readRows(
    client,
    sql`e.account_id = ${accountId} AND e.effective_at IS NOT NULL AND e.effective_at < ${before} AND e.version <= ${after.asOf}
          AND (e.effective_at, e.version) > (${after.backAt}, ${after.backVersion})
        ORDER BY e.effective_at, e.version LIMIT ${limit}`,
  );
  return rows.map((row) => rowOf(row, true));
}

function rowOf(row: Row, isBackdated: boolean): StatementRow {
  const recordedAt = new Date(row.created_at);
  return {
    entryId: row.id,
    postingId: row.posting_id,
    version: Number(row.version),
    kind: row.kind,
    direction: row.direction,
    units: unitsFromRow(row.units),
    transactionId: row.transaction_id,
    memo: row.memo,
    // What the payer has put on it is not for who is paid; what operators have, for neither.
    metadata: row.direction === 'DEBIT' && row.kind !== 'MANUAL' ? row.metadata : null,
    isBackdated,
    effectiveAt: row.effective_at === null ? recordedAt : new Date(row.effective_at),
    recordedAt,
  };
}
