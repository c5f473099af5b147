import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstAfter, isTimeZone, occurrenceAt, type Recurrence } from './schedule.rules.ts';

const aRule = (change: Partial<Recurrence> = {}): Recurrence => ({
  frequency: 'MONTHLY',
  interval: 1,
  startsAt: new Date('2026-01-31T08:00:00Z'),
  timeZone: 'UTC',
  endsAt: null,
  occurrencesMax: null,
  ...change,
});
const times = (rule: Recurrence, count: number) =>
  Array.from({ length: count }, (_, index) => occurrenceAt(rule, index + 1)?.toISOString() ?? null);

describe('the occurrences of a schedule', () => {
  it('are on the last day of months that are too short, and on their own day again after', () => {
    expect(times(aRule(), 5).map((time) => time?.slice(0, 10))).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
    ]);
    expect(occurrenceAt(aRule({ startsAt: new Date('2028-01-30T00:00:00Z') }), 2)?.toISOString()).toBe(
      '2028-02-29T00:00:00.000Z',
    );
  });

  it('keep their time of day when clocks change', () => {
    const rule = aRule({ frequency: 'DAILY', startsAt: new Date('2026-03-28T08:00:00Z'), timeZone: 'Europe/Berlin' });
    expect(times(rule, 3)).toEqual(['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z']);
  });

  it('are as much later as clocks jump when their time does not exist, and the first when it exists twice', () => {
    const spring = aRule({ frequency: 'DAILY', startsAt: new Date('2026-03-28T01:30:00Z'), timeZone: 'Europe/Berlin' });
    expect(times(spring, 3)).toEqual(['2026-03-28T01:30:00.000Z', '2026-03-29T01:30:00.000Z', '2026-03-30T00:30:00.000Z']);
    const autumn = aRule({ frequency: 'DAILY', startsAt: new Date('2026-10-24T00:30:00Z'), timeZone: 'Europe/Berlin' });
    expect(times(autumn, 3)).toEqual(['2026-10-24T00:30:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('end by time, by count, or after the only one', () => {
    const weekly = aRule({ frequency: 'WEEKLY', interval: 2, startsAt: new Date('2026-01-01T00:00:00Z') });
    expect(times({ ...weekly, occurrencesMax: 2 }, 3)).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-15T00:00:00.000Z', null]);
    expect(times({ ...weekly, endsAt: new Date('2026-01-15T00:00:00Z') }, 3).at(-1)).toBeNull();
    expect(times({ ...weekly, frequency: 'ONCE' }, 2)).toEqual(['2026-01-01T00:00:00.000Z', null]);
  });

  it('come one after the other, never twice at one time, in every zone', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    );
    const start = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    const rule = fc.record({
      frequency: fc.constantFrom('DAILY' as const, 'WEEKLY' as const, 'MONTHLY' as const),
      interval: fc.integer({ min: 1, max: 12 }),
      startsAt: start,
      timeZone: zone,
    });
    fc.assert(
      fc.property(rule, fc.integer({ min: 1, max: 60 }), (change, occurrence) => {
        const one = aRule(change);
        const [at, next] = [occurrenceAt(one, occurrence), occurrenceAt(one, occurrence + 1)];
        if (at === null || next === null) throw new Error('An endless rule has ended.');
        // An hour less where clocks go forward; a whole day where an island crossed the date line.
        expect(next.getTime()).toBeGreaterThan(at.getTime());
        expect(firstAfter(one, 1, at)).toEqual({ occurrence: occurrence + 1, at: next });
      }),
      { numRuns: 150 },
    );
  });

  it('knows time zones by name', () => {
    expect(['Europe/Berlin', 'UTC', 'Nowhere/Town', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});
