// The part of the ledger check that is about holds: each resolves once, and pending ones set aside exactly what accounts say.
import { raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import { demand, pageSize, pages, type Tally } from './ledger.invariant.ts';

/** @throws {Violation} */
export async function checkHolds(tx: DatabaseTransaction, tally: Tally): Promise<void> {
  const reserved = new Map<string, bigint>();
  const holdPages = pages<HoldRow>((after) =>
    tx.client.$queryRaw(sql`SELECT h.id, h.account_id, h.status, h.resolved_at, CAST(h.units AS TEXT) AS units, CAST(h.captured_units AS TEXT) AS captured_units,
      (SELECT ${joinTexts(tx)}(CAST(e.units AS TEXT), ',') FROM posting p JOIN entry e ON e.posting_id = p.id
         WHERE p.hold_id = h.id AND e.account_id = h.account_id AND e.direction = 'DEBIT') AS posted_units
      FROM hold h WHERE h.id > ${after?.id ?? ''} ORDER BY h.id LIMIT ${pageSize}`),
  );
  for await (const holds of holdPages) {
    for (const hold of holds) {
      checkHold(hold);
      if (hold.status === 'PENDING')
        reserved.set(hold.account_id, (reserved.get(hold.account_id) ?? 0n) + unitsFromRow(hold.units));
    }
    tally.holds += holds.length;
  }
  const reserving = await tx.client.$queryRaw<{ id: string; debits_pending: string }[]>(
    sql`SELECT id, CAST(debits_pending AS TEXT) AS debits_pending FROM account WHERE holder_type = 'WALLET' AND CAST(debits_pending AS TEXT) <> '0'`,
  );
  const found = new Map(reserving.map((row) => [row.id, unitsFromRow(row.debits_pending)]));
  for (const id of new Set([...reserved.keys(), ...found.keys()])) {
    const [expected, counted] = [reserved.get(id) ?? 0n, found.get(id) ?? 0n];
    demand(expected === counted, 'HOLD_RESERVATION', id, () => `sets ${counted} aside where its pending holds keep ${expected}`);
  }
}

function joinTexts(tx: DatabaseTransaction): Sql {
  return raw(tx.provider === 'sqlite' ? 'group_concat' : 'string_agg');
}

interface HoldRow {
  id: string;
  account_id: string;
  status: string;
  resolved_at: Date | string | null;
  units: string;
  captured_units: string | null;
  /** What its capture debited, leg by leg, if it has one. */
  posted_units: string | null;
}

function checkHold(hold: HoldRow): void {
  const { id, status, units, captured_units: captured } = hold;
  // Summed here: SQLite cannot add numbers of this length.
  const posted =
    hold.posted_units
      ?.split(',')
      .reduce((sum, part) => sum + unitsFromRow(part), 0n)
      .toString() ?? null;
  demand(
    (status === 'PENDING') === (hold.resolved_at === null),
    'HOLD_RESOLUTION',
    id,
    () => `is ${status} and resolved at ${hold.resolved_at}`,
  );
  demand(
    (status === 'CAPTURED') === (posted !== null),
    'HOLD_RESOLUTION',
    id,
    () => `is ${status} and its capture posted ${posted ?? 'nothing'}`,
  );
  demand(captured === posted, 'HOLD_RESOLUTION', id, () => `says it captured ${captured} where ${posted} was posted`);
  const isWithin = captured === null || unitsFromRow(captured) <= unitsFromRow(units);
  demand(isWithin, 'HOLD_RESOLUTION', id, () => `captured ${captured} of ${units}`);
}
