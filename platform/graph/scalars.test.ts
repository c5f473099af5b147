import { parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Cursor, DateTime, Decimal } from './scalars.ts';

describe('Decimal', () => {
  it('takes and gives text, digit for digit', () => {
    expect(Decimal.parseValue('123456789012345678901234567890.10')).toBe('123456789012345678901234567890.10');
    expect(Decimal.serialize('0.10')).toBe('0.10');
  });

  it.each([1, 1.5, 10n, true, null, {}, [['1']]])('does not take %s as a variable', (value) => {
    expect(() => Decimal.parseValue(value)).toThrow('Decimal is written as a string, for example "12.50".');
  });

  it.each(['1', '1.5', 'true', 'null', 'ENUM', '["1"]'])('does not take the literal %s', (literal) => {
    expect(() => Decimal.parseLiteral(parseValue(literal))).toThrow('Decimal is written as a string');
  });

  it('refuses numbers on the way out: a program that lost digits must not hide it', () => {
    expect(() => Decimal.serialize(12.5)).toThrow(TypeError);
  });

  it('is bounded', () => {
    expect(() => Decimal.parseValue('1'.repeat(257))).toThrow('at most 256 characters');
  });
});

it('Cursor is bounded text', () => {
  expect(Cursor.parseValue('abc')).toBe('abc');
  expect(() => Cursor.parseValue('x'.repeat(513))).toThrow('at most 512');
  expect(() => Cursor.parseValue(5)).toThrow('written as a string');
});

it('DateTime is UTC text with milliseconds', () => {
  expect(DateTime.serialize(new Date('2026-11-05T10:30:00+01:00'))).toBe('2026-11-05T09:30:00.000Z');
  expect(DateTime.parseValue('2026-11-05T10:30:00+01:00')).toEqual(new Date('2026-11-05T09:30:00Z'));
  expect(() => DateTime.parseValue('yesterday')).toThrow();
});
