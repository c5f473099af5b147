// When a schedule's occurrences are: pure arithmetic on calendars and time zones. No I/O, no clock.

export const frequencies = ['ONCE', 'DAILY', 'WEEKLY', 'MONTHLY'] as const;
export type Frequency = (typeof frequencies)[number];

/** A rule of recurrence. Occurrences are numbered from 1. */
export interface Recurrence {
  readonly frequency: Frequency;
  /** Every so many days, weeks or months. */
  readonly interval: number;
  /** The first occurrence; the others have its time of day in the zone. */
  readonly startsAt: Date;
  /** IANA name. */
  readonly timeZone: string;
  /** No occurrence after it. */
  readonly endsAt: Date | null;
  readonly occurrencesMax: number | null;
}

/** A date and time of day on a wall somewhere. Months from 0. */
interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Milliseconds since that day's midnight, as the clock shows them. */
  readonly timeMs: number;
}

const dayMs = 86_400_000;

/**
 * The time of an occurrence, or null when there is none. Days and months are counted on the calendar of the zone, so that the time of day stays
 * when clocks change: a time that does not exist that day is taken as much later as the clocks are moved, and one that exists twice is the first.
 * A monthly occurrence on a day that its month does not have is on that month's last day; the next one is on the first one's day again.
 */
export function occurrenceAt(rule: Recurrence, occurrence: number): Date | null {
  const { frequency, interval, startsAt, timeZone, endsAt, occurrencesMax } = rule;
  if (frequency === 'ONCE' && occurrence > 1) return null;
  if (occurrencesMax !== null && occurrence > occurrencesMax) return null;
  const steps = interval * (occurrence - 1);
  const at = steps === 0 ? startsAt : instantOf(advance(wallTimeOf(startsAt, timeZone), frequency, steps), timeZone);
  return endsAt !== null && at > endsAt ? null : at;
}

/** The first occurrence from `from` on whose time has not come at `now`; null when none is left. */
export function firstAfter(rule: Recurrence, from: number, now: Date): { occurrence: number; at: Date } | null {
  for (let occurrence = from; ; occurrence += 1) {
    const at = occurrenceAt(rule, occurrence);
    if (at === null) return null;
    if (at > now) return { occurrence, at };
  }
}

/** False for what is no name of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return formatOf(name) !== null;
  } catch {
    return false;
  }
}

function advance(start: WallTime, frequency: Frequency, steps: number): WallTime {
  if (frequency === 'MONTHLY') {
    const month = start.month + steps;
    const lastDay = new Date(Date.UTC(start.year, month + 1, 0)).getUTCDate();
    const first = new Date(Date.UTC(start.year, month, 1));
    return { ...start, year: first.getUTCFullYear(), month: first.getUTCMonth(), day: Math.min(start.day, lastDay) };
  }
  const days = frequency === 'WEEKLY' ? steps * 7 : steps;
  const date = new Date(Date.UTC(start.year, start.month, start.day + days));
  return { ...start, year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
}

/** Formatters are slow to make and there are few zones; names come from a closed list of the platform's. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

function wallTimeOf(instant: Date, timeZone: string): WallTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const seconds = (part('hour') * 60 + part('minute')) * 60 + part('second');
  const timeMs = seconds * 1000 + (((instant.getTime() % 1000) + 1000) % 1000);
  return { year: part('year'), month: part('month') - 1, day: part('day'), timeMs };
}

function asUtc({ year, month, day, timeMs }: WallTime): number {
  return Date.UTC(year, month, day) + timeMs;
}

/** How far the zone's clocks are ahead of UTC at an instant. */
function offsetAt(instantMs: number, timeZone: string): number {
  return asUtc(wallTimeOf(new Date(instantMs), timeZone)) - instantMs;
}

function instantOf(wall: WallTime, timeZone: string): Date {
  const naive = asUtc(wall);
  const before = offsetAt(naive - dayMs, timeZone);
  const after = offsetAt(naive + dayMs, timeZone);
  const fits = (offset: number) => offsetAt(naive - offset, timeZone) === offset;
  // Of two instants the earlier; with none, clocks jump over the time, and the offset from before the jump comes out as much later.
  const offsets = [Math.max(before, after), Math.min(before, after)].filter(fits);
  return new Date(naive - (offsets[0] ?? before));
}
