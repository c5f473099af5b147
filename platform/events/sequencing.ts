// Moves committed events from `outbox_pending` into the log and gives them their positions. The caller holds the lock on the head.
import type { DatabaseTransaction, SqlExecutor } from '../database/database.ts';
import type { EventRow } from './logged-event.ts';

/** The events moved, in the order of their new positions, which start at `lastPosition + 1`. */
export async function movePending(tx: DatabaseTransaction, lastPosition: number, limit: number): Promise<EventRow[]> {
  const move = tx.provider === 'sqlite' ? movePendingSqlite : movePendingPostgres;
  const rows = await move(tx.client, lastPosition, limit);
  rows.sort((a, b) => Number(a.position) - Number(b.position));
  if (rows.length === 0) return rows;
  const last = Number(rows.at(-1)?.position);
  if (last !== lastPosition + rows.length)
    throw new Error(`The log would have a gap: ${rows.length} events end at ${last} after ${lastPosition}.`);
  await tx.client.$executeRaw`UPDATE outbox_head SET last_position = ${last} WHERE id = 1`;
  return rows;
}

function movePendingPostgres(client: SqlExecutor, lastPosition: number, limit: number): Promise<EventRow[]> {
  return client.$queryRaw<EventRow[]>`
    WITH taken AS (
      DELETE FROM outbox_pending
      WHERE sequence IN (SELECT sequence FROM outbox_pending ORDER BY sequence LIMIT ${limit}::int)
      RETURNING *
    ), numbered AS (
      SELECT ${lastPosition}::bigint + row_number() OVER (ORDER BY sequence) AS position, taken.* FROM taken
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
      RETURNING *
    ), fed AS (
      INSERT INTO outbox_event_feed (feed_key, position)
      SELECT DISTINCT feed.key, logged.position FROM logged, jsonb_array_elements_text(logged.feeds::jsonb) AS feed (key)
    )
    SELECT * FROM logged`;
}

/** SQLite has no data-modifying WITH; within its exclusive transaction the steps see the same rows. */
async function movePendingSqlite(client: SqlExecutor, lastPosition: number, limit: number): Promise<EventRow[]> {
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
  if (rows.length === 0) return rows;
  await client.$executeRaw`
    DELETE FROM outbox_pending WHERE sequence IN (SELECT sequence FROM outbox_pending ORDER BY sequence LIMIT ${limit})`;
  await client.$executeRaw`
    INSERT INTO outbox_event_feed (feed_key, position)
    SELECT DISTINCT feed.value, outbox_event.position FROM outbox_event, json_each(outbox_event.feeds) AS feed
    WHERE outbox_event.position > ${lastPosition}`;
  return rows;
}
