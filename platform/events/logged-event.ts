// An event with its place in the log, and its form on the wire. Knows no database and no Redis.
import type { JsonObject } from '../errors.ts';
import type { RecordedEvent } from './event.ts';

/** A recorded event as the platform passes it on. */
export interface LoggedEvent extends RecordedEvent {
  /** Position of the previous event of the same subject in the same log; 0 for the first. Never more than `position - 1`. */
  readonly previousPosition: number;
}

/** The columns of `outbox_event`, as either engine and either driver returns them. */
export interface EventRow {
  readonly position: bigint | number | string;
  readonly previous_position: bigint | number | string;
  readonly id: string;
  readonly type: string;
  readonly kind: string;
  readonly subject: string;
  readonly data: string;
  readonly feeds: string;
  readonly time: Date | string;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
}

export function eventFromRow(source: LoggedEvent['source'], row: EventRow): LoggedEvent {
  return {
    id: row.id,
    source,
    position: Number(row.position),
    previousPosition: Number(row.previous_position),
    type: row.type,
    kind: row.kind as LoggedEvent['kind'],
    subject: row.subject,
    data: JSON.parse(row.data) as JsonObject,
    feeds: JSON.parse(row.feeds) as string[],
    time: new Date(row.time),
    correlationId: row.correlation_id,
    causationId: row.causation_id,
  };
}

export function encodeEvent(event: LoggedEvent): string {
  return JSON.stringify(event);
}

/** @throws when the text is not an event that `encodeEvent` wrote. */
export function decodeEvent(text: string): LoggedEvent {
  return reviveEvent(JSON.parse(text));
}

export function decodeEvents(text: string): LoggedEvent[] {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values)) throw new Error('Expected a list of events.');
  return values.map(reviveEvent);
}

function reviveEvent(value: unknown): LoggedEvent {
  const event = value as Omit<LoggedEvent, 'time'> & { time: string };
  const isWhole =
    typeof event?.id === 'string' &&
    typeof event.type === 'string' &&
    typeof event.subject === 'string' &&
    Number.isSafeInteger(event.position) &&
    Array.isArray(event.feeds);
  if (!isWhole) throw new Error('Expected an event with id, type, subject, position and feeds.');
  return { ...event, time: new Date(event.time) };
}
