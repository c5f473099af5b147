// Finds the listed names that a name resembles, and says why: an index of all words of all lists in memory. No I/O.
import { compareWords, isStopWord, type Likeness, nameWords, soundOf } from './sanctions.names.ts';

export interface ListedName {
  readonly list: string;
  readonly listVersion: string;
  readonly reference: string;
  readonly name: string;
  readonly isWeak: boolean;
}

/** Two words that were taken for the same; the second is null when the listed name has none for the first. */
export interface AlignedWord {
  readonly word: string;
  readonly listedWord: string | null;
  /** 0 to 100 */
  readonly percent: number;
  readonly likeness: Likeness | null;
}

export interface NameHit {
  readonly listed: ListedName;
  /** 100: the same name but for case, accents, punctuation and order. 99 at most for anything less, and for weak aliases. */
  readonly percent: number;
  readonly words: readonly AlignedWord[];
}

export interface SanctionsIndex {
  readonly size: number;
  /** Hits of at least so many percent, the best of each listed party, best first. */
  find(name: string, percentMin: number, limit?: number): NameHit[];
}

interface IndexedName {
  readonly listed: ListedName;
  readonly words: readonly string[];
  readonly key: string;
  /** What its words are worth together. */
  readonly weight: number;
}

/** Hits that one search gives at most: who resembles more is somebody for a person to look at in any case. */
const hitsMax = 20;
/** How far the estimate, which knows no order and no joined words, may lie below the score. */
const estimateSlack = 0.1;
/** One word in common, of several, is no resemblance. */
const oneWordMax = 0.8;
const stopWordWeight = 0.2;
const initialWeight = 0.3;
const joinedWordsMax = 6;

type Weigh = (word: string) => number;
/** How alike two words are, each pair looked at once in a search. */
type Compare = (word: string, other: string) => ReturnType<typeof compareWords>;

export function createSanctionsIndex(names: readonly ListedName[]): SanctionsIndex {
  const postings = new Map<string, number[]>();
  const whole = new Set<string>();
  const split = names.map((listed) => ({ listed, words: nameWords(listed.name) })).filter(({ words }) => words.length > 0);
  for (const [id, { words }] of split.entries()) {
    for (const word of words) whole.add(word);
    for (const word of new Set([...words, ...joinedPairs(words)])) {
      const ids = postings.get(word);
      if (ids === undefined) postings.set(word, [id]);
      else ids.push(id);
    }
  }
  const weigh = createWeights(postings, split.length);
  const indexed: IndexedName[] = split.map(({ listed, words }) => ({
    listed,
    words,
    key: words.toSorted().join(' '),
    weight: sumOf(words, weigh),
  }));
  const neighbours = indexNeighbours(postings.keys(), (word) => whole.has(word));
  // Kept between searches, which never overlap: filled and cleared, not allocated.
  const shared = new Float64Array(indexed.length);
  const best = new Float64Array(indexed.length);

  /** Names whose estimated score is not hopeless. */
  function candidates(words: readonly string[], scoreMin: number, compare: Compare): number[] {
    const total = sumOf(words, weigh);
    const touched: number[] = [];
    for (const word of new Set([...words, ...joinedPairs(words)])) {
      const weight = weigh(word) * (words.includes(word) ? 1 : 2);
      // The best of the words that resemble it counts once for each name.
      const reached: number[] = [];
      for (const other of neighbours(word)) {
        const similarity = compare(word, other)?.similarity ?? 0;
        if (similarity === 0) continue;
        for (const id of postings.get(other) ?? []) {
          if (best[id] === 0) reached.push(id);
          if (similarity > (best[id] as number)) best[id] = similarity;
        }
      }
      for (const id of reached) {
        if (shared[id] === 0) touched.push(id);
        shared[id] = (shared[id] as number) + (best[id] as number) * weight;
        best[id] = 0;
      }
    }
    const found = touched.filter((id) => {
      const weight = shared[id] as number;
      const [one, other] = [Math.min(weight / total, 1), Math.min(weight / (indexed[id] as IndexedName).weight, 1)];
      return combine(one, other) >= scoreMin - estimateSlack;
    });
    for (const id of touched) shared[id] = 0;
    return found;
  }

  return {
    size: indexed.length,
    find(name, percentMin, limit = hitsMax) {
      const words = nameWords(name);
      if (words.length === 0) return [];
      const key = words.toSorted().join(' ');
      const compare = rememberComparisons();
      const byParty = new Map<string, NameHit>();
      for (const id of candidates(words, percentMin / 100, compare)) {
        const hit = compareNames(words, key, indexed[id] as IndexedName, weigh, compare);
        if (hit.percent < percentMin) continue;
        const party = `${hit.listed.list}|${hit.listed.reference}`;
        if (hit.percent > (byParty.get(party)?.percent ?? -1)) byParty.set(party, hit);
      }
      return [...byParty.values()].sort(byScore).slice(0, limit);
    },
  };
}

/** A name within a longer one is a resemblance: middle names and patronymics are left out every day. */
function combine(one: number, other: number): number {
  return 0.75 * Math.max(one, other) + 0.25 * Math.min(one, other);
}

function sumOf(words: readonly string[], weigh: Weigh): number {
  return words.reduce((sum, word) => sum + weigh(word), 0);
}

function rememberComparisons(): Compare {
  const known = new Map<string, Map<string, ReturnType<typeof compareWords>>>();
  return (word, other) => {
    let others = known.get(word);
    if (others === undefined) {
      others = new Map();
      known.set(word, others);
    }
    let compared = others.get(other);
    if (compared === undefined) {
      compared = compareWords(word, other);
      others.set(other, compared);
    }
    return compared;
  };
}

function byScore(one: NameHit, other: NameHit): number {
  return other.percent - one.percent || (one.listed.reference < other.listed.reference ? -1 : 1);
}

/** Compares whole names; where one has a word more, also with two of its neighbours written as one (abdul rahman, abdulrahman). */
function compareNames(words: readonly string[], key: string, entry: IndexedName, weigh: Weigh, compare: Compare): NameHit {
  const { listed, words: others } = entry;
  if (key === entry.key) {
    const same = words.map((word) => ({ word, listedWord: word, percent: 100, likeness: 'SAME' as const }));
    return { listed, percent: listed.isWeak ? 99 : 100, words: same };
  }
  const variants: [readonly string[], readonly string[]][] = [[words, others]];
  if (words.length > others.length) for (const joined of withOneJoined(words)) variants.push([joined, others]);
  if (others.length > words.length) for (const joined of withOneJoined(others)) variants.push([words, joined]);
  const aligned = variants.map(([one, other]) => align(one, other, weigh, compare));
  const best = aligned.reduce((one, other) => (other.score > one.score ? other : one));
  return { listed, percent: Math.min(Math.floor(best.score * 100), 99), words: best.words };
}

function align(words: readonly string[], others: readonly string[], weigh: Weigh, compare: Compare) {
  const pairs = words
    .flatMap((word, one) =>
      others.flatMap((otherWord, other) => {
        const compared = compare(word, otherWord);
        return compared === null ? [] : [{ one, other, ...compared }];
      }),
    )
    .sort((a, b) => b.similarity - a.similarity);
  const mine = new Map<number, (typeof pairs)[number]>();
  const theirs = new Set<number>();
  for (const pair of pairs) {
    if (mine.has(pair.one) || theirs.has(pair.other)) continue;
    mine.set(pair.one, pair);
    theirs.add(pair.other);
  }
  const pairsMade = [...mine.values()];
  const covered =
    pairsMade.reduce((sum, { one, similarity }) => sum + weigh(words[one] as string) * similarity, 0) / sumOf(words, weigh);
  const coveredThere =
    pairsMade.reduce((sum, { other, similarity }) => sum + weigh(others[other] as string) * similarity, 0) / sumOf(others, weigh);
  const score = combine(covered, coveredThere);
  const telling = pairsMade.filter(({ one }) => !isStopWord(words[one] as string)).length;
  const isThin = telling < 2 && Math.max(words.length, others.length) > 1;
  return {
    score: isThin ? Math.min(score, oneWordMax) : score,
    words: words.map((word, one) => {
      const pair = mine.get(one);
      const listedWord = pair === undefined ? null : (others[pair.other] as string);
      return { word, listedWord, percent: Math.round((pair?.similarity ?? 0) * 100), likeness: pair?.likeness ?? null };
    }),
  };
}

/** What a word is worth: little for titles and initials, less for one that many listed names have. */
function createWeights(postings: ReadonlyMap<string, readonly number[]>, names: number): Weigh {
  const scale = Math.log(names + 1) || 1;
  const known = new Map<string, number>();
  for (const [word, ids] of postings) known.set(word, 1 - 0.6 * (Math.log(ids.length + 1) / scale));
  return (word) => {
    if (isStopWord(word)) return stopWordWeight;
    return word.length === 1 ? initialWeight : (known.get(word) ?? 1);
  };
}

/** Finds the indexed words that may resemble one: the same sound, or at most one letter more, fewer or other on each side. */
function indexNeighbours(words: Iterable<string>, isWhole: (word: string) => boolean): (word: string) => Set<string> {
  const byKey = new Map<string, string[]>();
  const add = (key: string, word: string) => {
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [word]);
    else known.push(word);
  };
  // Two words written as one are many: they are found by their sound, or as they are, with a letter more or less in what is searched.
  for (const word of words) for (const key of isWhole(word) ? keysOf(word) : [`-${word}`, `~${soundOf(word)}`]) add(key, word);
  return (word) => new Set(keysOf(word).flatMap((key) => byKey.get(key) ?? []));
}

function keysOf(word: string): string[] {
  if (word.length <= 2) return [`=${word}`];
  const deletions = Array.from(word, (_letter, at) => `-${word.slice(0, at)}${word.slice(at + 1)}`);
  return [...new Set([`-${word}`, `~${soundOf(word)}`, ...deletions])];
}

function joinedPairs(words: readonly string[]): string[] {
  if (words.length < 2 || words.length > joinedWordsMax) return [];
  return words.slice(1).map((word, at) => (words[at] as string) + word);
}

function withOneJoined(words: readonly string[]): string[][] {
  return words.slice(1).map((word, at) => words.toSpliced(at, 2, (words[at] as string) + word));
}
