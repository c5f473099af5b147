// How names are made comparable, and how alike two words are. No I/O.

/** Letters that Unicode does not decompose into a base letter and a mark, as passports transliterate them (ICAO Doc 9303). */
const latin: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ĸ: 'k',
};
/** Cyrillic, also after ICAO Doc 9303, and Greek after ISO 843; marks are gone by then. */
const cyrillic =
  'а a б b в v г g ґ g д d ђ d е e є ie ж zh з z и i і i ј j к k л l љ lj м m н n њ nj о o п p р r с s т t ћ c у u ф f х kh ц ts ч ch џ dz ш sh щ shch ъ ie ы y ь _ э e ю iu я ia';
const greek = 'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o';

const transliterations: Readonly<Record<string, string>> = { ...latin, ...pairs(cyrillic), ...pairs(greek) };
const transliterated = new RegExp(`[${Object.keys(transliterations).join('')}]`, 'gu');

function pairs(text: string): Record<string, string> {
  const parts = text.split(' ');
  return Object.fromEntries(
    parts.flatMap((letter, at) => (at % 2 === 0 ? [[letter, (parts[at + 1] ?? '').replace('_', '')]] : [])),
  );
}

/** The words of a name in their order, without what people write differently: case, accents, script, punctuation. */
export function nameWords(name: string): string[] {
  return (
    name
      .normalize('NFKD')
      .toLowerCase()
      // Lower case can bring new marks (İ) and compatibility forms.
      .normalize('NFKD')
      .replace(/[\p{M}\p{Cf}]/gu, '')
      .replace(transliterated, (letter) => transliterations[letter] ?? letter)
      // An apostrophe belongs to its word; every other sign parts two words.
      .replace(/['’‘ʼ`´]/gu, '')
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '')
  );
}

/**
 * A name without what people write differently, the order of its words included. Empty when the name has no letter or digit.
 *
 * @example
 * normaliseName("O'Neil, JOSÉ-María") // "jose maria oneil"
 */
export function normaliseName(name: string): string {
  return nameWords(name).sort().join(' ');
}

/** Words that say little about who somebody is: titles, legal forms, articles and particles. */
const stopWords: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof sir lord the of and und et y e for a an ltd limited llc llp inc incorporated corp corporation co company cie gmbh mbh ag ' +
    'sa sas sarl spa srl bv nv oy ab as plc pjsc ojsc jsc ooo zao oao pao kg ug pty bhd group holding holdings international trading ' +
    'al el ul as ibn bin bint ben abu de del della di da do dos das la le les van von der den zu'
  ).split(' '),
);

export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}

/**
 * How a word sounds, roughly and across languages: consonants in classes, vowels only at the beginning. Mohammed, Muhammad and
 * Mohamed sound alike; so do Yusuf and Youssef, Schmidt and Shmit.
 */
export function soundOf(word: string): string {
  const classes = word
    .replace(/sch|shch|tch|sh|ch|zh|cz|sz/g, 's')
    .replace(/ph|gh(?=t)|w|v/g, (match) => (match === 'ght' ? 't' : 'f'))
    .replace(/kh|gh|ck|q|g|c(?![eiy])/g, 'k')
    .replace(/x/g, 'ks')
    .replace(/ts|tz|z|c/g, 's')
    .replace(/th|dh|dt|d/g, 't')
    .replace(/b/g, 'p')
    .replace(/ou|oo/g, 'u')
    .replace(/^[jy](?=[aeiou])/, 'i');
  const [first = '', ...rest] = classes;
  const head = /[aeiouyj]/.test(first) ? 'a' : first;
  return (head + rest.join('').replace(/[aeiouyjh]/g, '')).replace(/(.)\1+/g, '$1');
}

/** Jaro–Winkler similarity, 0 to 1 (Winkler 1990: prefix of at most four letters, weight 0.1). */
export function jaroWinkler(one: string, other: string): number {
  if (one === other) return 1;
  const jaro = jaroSimilarity(one, other);
  if (jaro < 0.7) return jaro;
  let prefix = 0;
  while (prefix < 4 && prefix < one.length && one[prefix] === other[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function jaroSimilarity(one: string, other: string): number {
  const reach = Math.max(Math.floor(Math.max(one.length, other.length) / 2) - 1, 0);
  const taken = new Uint8Array(other.length);
  const matched: number[] = [];
  for (let at = 0; at < one.length; at += 1) {
    const end = Math.min(at + reach + 1, other.length);
    for (let place = Math.max(at - reach, 0); place < end; place += 1) {
      if (taken[place] === 1 || one.charCodeAt(at) !== other.charCodeAt(place)) continue;
      taken[place] = 1;
      matched.push(at);
      break;
    }
  }
  if (matched.length === 0) return 0;
  let transposed = 0;
  let place = 0;
  for (const at of matched) {
    while (taken[place] === 0) place += 1;
    if (one.charCodeAt(at) !== other.charCodeAt(place)) transposed += 1;
    place += 1;
  }
  const count = matched.length;
  return (count / one.length + count / other.length + (count - transposed / 2) / count) / 3;
}

export type Likeness = 'SAME' | 'ALIKE' | 'SOUNDS_ALIKE';

const alikeFrom = 0.86;
/** Words that sound alike count at least this much, if their letters are not all too different. */
const soundsAlike = 0.88;
const soundsAlikeFrom = 0.72;

/** How alike two words are, and why; null when they are not. */
export function compareWords(one: string, other: string): { similarity: number; likeness: Likeness } | null {
  if (one === other) return { similarity: 1, likeness: 'SAME' };
  const similarity = jaroWinkler(one, other);
  if (similarity >= alikeFrom && Math.min(one.length, other.length) > 2) return { similarity, likeness: 'ALIKE' };
  if (similarity >= soundsAlikeFrom && Math.min(one.length, other.length) > 2 && soundOf(one) === soundOf(other))
    return { similarity: soundsAlike, likeness: 'SOUNDS_ALIKE' };
  return null;
}
