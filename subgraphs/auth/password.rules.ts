// Which passwords are accepted (NIST SP 800-63B-4, OWASP ASVS 5 6.2): long, not common, not the account's own name. No composition rules.
import { authErrors } from './auth.errors.ts';
import { commonPasswords } from './common-passwords.ts';

export const passwordLengthMin = 12;
export const passwordLengthMax = 128;
/** What must be left once the words that an attacker knows about the person are struck out. */
const ownLengthMin = 8;
const distinctCharactersMin = 5;
const sequences = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789012345678901234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
];

/** The form that is hashed, so that a password typed on another keyboard or system is the same one. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Refuses a password that is too easy to guess.
 *
 * @throws WEAK_PASSWORD saying what is wrong with it.
 */
export function assertAcceptablePassword(password: string, person: { email: string; displayName: string }): void {
  const problem = passwordProblem(normalisePassword(password), person);
  if (problem !== null) throw authErrors.WEAK_PASSWORD({ problem });
}

function passwordProblem(password: string, person: { email: string; displayName: string }): string | null {
  const length = [...password].length;
  if (length < passwordLengthMin) return `it needs at least ${passwordLengthMin} characters`;
  if (length > passwordLengthMax) return `it may have at most ${passwordLengthMax} characters`;
  const lower = password.toLowerCase();
  if (new Set(lower).size < distinctCharactersMin || isRepetition(lower)) return 'it repeats the same few characters';
  if (isSequence(lower)) return 'it is a sequence of keys or letters';
  if (commonPasswords.has(canonical(lower)) || commonPasswords.has(lower))
    return 'it is one of the passwords that are tried first';
  if (withoutKnownWords(lower, person).length < ownLengthMin) return 'it is too much like your e-mail address, your name or ours';
  return null;
}

/** `P@ssw0rd-2026!` and `password` are one guess: letters for look-alikes, no punctuation, no digits at the ends. */
function canonical(lower: string): string {
  const lookalikes: Readonly<Record<string, string>> = {
    '0': 'o',
    '1': 'i',
    '3': 'e',
    '4': 'a',
    '5': 's',
    '7': 't',
    '@': 'a',
    $: 's',
    '!': 'i',
  };
  return lower
    .replace(/^[\d\W_]+|[\d\W_]+$/g, '')
    .replace(/[013457@$!]/g, (character) => lookalikes[character] ?? character)
    .replace(/[\W_]/g, '');
}

/** `abcabcabcabc`: a unit of at most a third of the length, repeated to the end. */
function isRepetition(text: string): boolean {
  for (let size = 1; size <= text.length / 3; size++) {
    if (
      text ===
      text
        .slice(0, size)
        .repeat(Math.ceil(text.length / size))
        .slice(0, text.length)
    )
      return true;
  }
  return false;
}

function isSequence(text: string): boolean {
  return sequences.some((sequence) => {
    const looped = sequence + sequence;
    return looped.includes(text) || [...looped].toReversed().join('').includes(text);
  });
}

function withoutKnownWords(lower: string, person: { email: string; displayName: string }): string {
  const words = `${person.email} ${person.displayName} clawpurse`
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= 3)
    .toSorted((one, other) => other.length - one.length);
  return words.reduce((rest, word) => rest.replaceAll(word, ''), lower);
}
