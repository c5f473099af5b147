// Made-up names from a fixed seed: a vocabulary of some thousands of words, a few of them in every third name, as in real lists.
const syllables =
  'ka ro mi sha du ben al mo ham med yu suf iv an ov ich pet lar son ger hart li wei zhang kim par os var ez nad ir'.split(' ');
const endings = 'b d f g k l m n p r s t v x z'.split(' ');
const vocabularySize = 12_000;
const commonWords = 60;

export interface Names {
  next(): string;
  /** The same name as somebody writes it who only heard it. */
  misspell(name: string): string;
}

export function createNames(seed: number): Names {
  let state = seed;
  const random = (below: number) => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const pick = (list: readonly string[]) => list[random(list.length)] ?? '';
  const word = () => Array.from({ length: 1 + random(3) }, () => pick(syllables)).join('') + pick(syllables) + pick(endings);
  const vocabulary = Array.from({ length: vocabularySize }, word);
  const next = () =>
    Array.from({ length: 2 + random(3) }, () => (random(3) === 0 ? vocabulary[random(commonWords)] : pick(vocabulary))).join(' ');
  return { next, misspell: (name) => name.replace(/[aeiou]/g, () => pick(['a', 'e', 'i', 'o', 'u'])) };
}
