// Moves committed events from `outbox_pending` into the log and gives them their positions, under the lock on the log's head.
import type { DatabaseTransaction, SqlExecutor } from '../database/database.ts';
import type { EventRow } from './logged-event.ts';

export interface HeadRow {
  readonly log_id: string;
  readonly last_position: bigint | number | string;
}

/**
 * The events moved, in the order of their new positions. Null when the log has no head yet. The log grows under the lock on its head only,
 * which is what makes positions gapless.
 */
export async function movePending(tx: DatabaseTransaction, limit: number): Promise<EventRow[] | null> {
  const move = tx.provider === 'sqlite' ? movePendingSqlite : movePendingPostgres;
  const moved = await move(tx.client, limit);
  if (moved === null) return null;
  const { lastPosition, rows } = moved;
  rows.sort((a, b) => Number(a.position) - Number(b.position));
  const last = Number(rows.at(-1)?.position ?? lastPosition);
  if (last !== lastPosition + rows.length)
    throw new Error(`The log would have a gap: ${rows.length} events end at ${last} after ${lastPosition}.`);
  return rows;
}

interface Moved {
  /** Before the move. */
  readonly lastPosition: number;
  readonly rows: EventRow[];
}

/** Both statements are sent at once. The second runs when the first has the lock, and sees all that was committed by then. */
async function movePendingPostgres(client: SqlExecutor, limit: number): Promise<Moved | null> {
  const locking = client.$queryRaw<HeadRow[]>`SELECT log_id, last_position FROM outbox_head WHERE id = 1 FOR UPDATE`;
  // No asterisk: a connection keeps this prepared, and columns may be added meanwhile.
  const moving = client.$queryRaw<EventRow[]>`
    WITH taken AS (
      DELETE FROM outbox_pending
      WHERE sequence IN (SELECT sequence FROM outbox_pending ORDER BY sequence LIMIT ${limit}::int)
      RETURNING sequence, id, type, kind, subject, data, feeds, time, correlation_id, causation_id
    ), numbered AS (
      SELECT (SELECT last_position FROM outbox_head WHERE id = 1) + row_number() OVER (ORDER BY sequence) AS position,
        id, type, kind, subject, data, feeds, time, correlation_id, causation_id
      FROM taken
    ), logged AS (
      INSERT INTO outbox_event (position, previous_position, id, type, kind, subject, data, feeds, time, correlation_id, causation_id)
      SELECT position,
        COALESCE(
          lag(position) OVER (PARTITION BY subject ORDER BY position),
          (SELECT max(earlier.position) FROM outbox_event earlier WHERE earlier.subject = numbered.subject),
          0
        ),
        id, type, kind, subject, data, feeds, time, correlation_id, causation_id
      FROM numbered
      RETURNING position, previous_position, id, type, kind, subject, data, feeds, time, correlation_id, causation_id
    ), fed AS (
      INSERT INTO outbox_event_feed (feed_key, position)
      SELECT DISTINCT feed.key, logged.position FROM logged, jsonb_array_elements_text(logged.feeds::jsonb) AS feed (key)
    ), advanced AS (
      UPDATE outbox_head SET last_position = (SELECT max(position) FROM numbered)
      WHERE id = 1 AND EXISTS (SELECT 1 FROM numbered)
    )
    SELECT position, previous_position, id, type, kind, subject, data, feeds, time, correlation_id, causation_id FROM logged`;
  // Without a head the second fails; what to say of it is the caller's.
  moving.catch(() => undefined);
  const [head] = await locking;
  return head ? { lastPosition: Number(head.last_position), rows: await moving } : null;
}

/** SQLite has no data-modifying WITH; within its exclusive transaction the steps see the same rows. */
async function movePendingSqlite(client: SqlExecutor, limit: number): Promise<Moved | null> {
  // A transaction that writes is alone there: it needs no lock.
  const [head] = await client.$queryRaw<HeadRow[]>`SELECT log_id, last_position FROM outbox_head WHERE id = 1`;
  if (!head) return null;
  const lastPosition = Number(head.last_position);
  const rows = await client.$queryRaw<EventRow[]>`
    INSERT INTO outbox_event (position, previous_position, id, type, kind, subject, data, feeds, time, correlation_id, causation_id)
    SELECT position,
      COALESCE(
        lag(position) OVER (PARTITION BY subject ORDER BY position),
        (SELECT max(earlier.position) FROM outbox_event earlier WHERE earlier.subject = numbered.subject),
        0
      ),
      id, type, kind, subject, data, feeds, time, correlation_id, causation_id
    FROM (
      SELECT ${lastPosition} + row_number() OVER (ORDER BY sequence) AS position, first.*
      FROM (SELECT * FROM outbox_pending ORDER BY sequence LIMIT ${limit}) first
    ) numbered
    WHERE true
    RETURNING position, previous_position, id, type, kind, subject, data, feeds, time, correlation_id, causation_id`;
  if (rows.length === 0) return { lastPosition, rows };
  await client.$executeRaw`UPDATE outbox_head SET last_position = ${lastPosition + rows.length} WHERE id = 1`;
  await client.$executeRaw`
    DELETE FROM outbox_pending WHERE sequence IN (SELECT sequence FROM outbox_pending ORDER BY sequence LIMIT ${limit})`;
  await client.$executeRaw`
    INSERT INTO outbox_event_feed (feed_key, position)
    SELECT DISTINCT feed.value, outbox_event.position FROM outbox_event, json_each(outbox_event.feeds) AS feed
    WHERE outbox_event.position > ${lastPosition}`;
  return { lastPosition, rows };
}
