import { describe, expect, it } from 'vitest';
import { createSanctionsIndex, type ListedName } from './sanctions.index.ts';

const listed = (reference: string, name: string, isWeak = false): ListedName => ({
  list: 'test',
  listVersion: '1',
  reference,
  name,
  isWeak,
});
const index = createSanctionsIndex([
  listed('1', 'GLOOMHAVEN, Malachar Igor'),
  listed('1', 'Baron', true),
  listed('2', 'Widdershins & Daughters, Ltd.'),
  listed('3', 'Abdul Rahman Al-Mansouri'),
  listed('4', 'Малахар Глумхавен'),
  listed('5', 'Muhammad Yusuf Qadhafi'),
  ...Array.from({ length: 60 }, (_, at) => listed(`x-${at}`, `Muhammad ${'abcdefghij'[at % 10]}${'klmnop'[at % 6]}orov${at}`)),
]);
const best = (name: string, percentMin = 80) => index.find(name, percentMin)[0];

describe('names', () => {
  it.each([
    ['malachar igor gloomhaven', '1', 100, 100],
    ['Malachár Gloomhaven', '1', 90, 99],
    ['Malachar Gloomhavn', '1', 88, 99],
    ['Malachra Igor Gloomhaven', '1', 90, 99],
    ['Igor Gloomhaven', '1', 88, 99],
    ['WIDDERSHINS AND DAUGHTERS LIMITED', '2', 88, 99],
    ['Widdershins Daughters', '2', 88, 99],
    ['Abdulrahman Mansouri', '3', 88, 99],
    ['Abd al-Rahman al Mansuri', '3', 80, 99],
    ['Malakhar Glumkhaven', '4', 100, 100],
    ['Mohammed Youssef Gaddafi', '5', 85, 99],
    ['Baron', '1', 99, 99],
  ])('%s resembles entry %s', (name, reference, from, to) => {
    const hit = best(name);
    expect(hit?.listed.reference).toBe(reference);
    expect(hit?.percent).toBeGreaterThanOrEqual(from);
    expect(hit?.percent).toBeLessThanOrEqual(to);
  });

  it.each(['Alice Archer', 'Igor', 'Gloomhaven Bakery', 'Muhammad Ali', 'Daughters of Freedom', 'Igor Petrov', '---', ''])(
    'of others resemble nobody: %s',
    (name) => expect(index.find(name, 85)).toEqual([]),
  );

  it('are explained word by word', () => {
    expect(best('Malakhar Gloomhavn Junior', 60)?.words).toEqual([
      { word: 'malakhar', listedWord: 'malachar', percent: expect.any(Number), likeness: 'ALIKE' },
      { word: 'gloomhavn', listedWord: 'gloomhaven', percent: expect.any(Number), likeness: 'ALIKE' },
      { word: 'junior', listedWord: null, percent: 0, likeness: null },
    ]);
  });

  it('are found once for each party, the best first, and not without end', () => {
    const hits = index.find('Muhammad akorov0', 70);
    expect(hits.length).toBeGreaterThan(1);
    expect(index.find('Muhammad akorov0', 70, 1)).toEqual(hits.slice(0, 1));
    expect(hits[0]).toMatchObject({ percent: 100, listed: { reference: 'x-0' } });
    expect(hits.map(({ percent }) => percent)).toEqual(hits.map(({ percent }) => percent).toSorted((a, b) => b - a));
    expect(new Set(hits.map(({ listed: { reference } }) => reference)).size).toBe(hits.length);
  });
});
