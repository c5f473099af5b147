// Pure rules about e-mail addresses and names: one spelling per mailbox, nothing invisible in a name.
import { domainToASCII } from 'node:url';
import { authErrors } from './auth.errors.ts';

const emailLengthMax = 254; // RFC 5321, a path of 256 with its brackets
const localPartLengthMax = 64;
const displayNameLengthMax = 80;

/** Printable ASCII and letters of any script; no quotes, spaces or second @. */
const localPart = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const domain = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The one spelling under which a mailbox is known: NFKC, lower case, domain in its ASCII form. Dots and tags in the local part are kept,
 * because only the mailbox's own provider knows what they mean.
 *
 * @example
 * normaliseEmail(' Alice@Exämple.ORG '); // 'alice@xn--exmple-cua.org'
 * @throws INVALID_EMAIL
 */
export function normaliseEmail(input: string): string {
  const email = looselyNormalisedEmail(input);
  const at = email.lastIndexOf('@');
  if (at < 1) throw authErrors.INVALID_EMAIL({ problem: 'it has no @ with a name before it' });
  if (email.length > emailLengthMax)
    throw authErrors.INVALID_EMAIL({ problem: `it is longer than ${emailLengthMax} characters` });
  const local = email.slice(0, at);
  if (local.length > localPartLengthMax || !localPart.test(local))
    throw authErrors.INVALID_EMAIL({ problem: 'the part before the @ is not valid' });
  if (!domain.test(email.slice(at + 1))) throw authErrors.INVALID_EMAIL({ problem: 'the part after the @ is not a domain name' });
  return email;
}

/** The same spelling for sign-in, where a malformed address is just one that nobody has: it gets the same answer as any unknown one. */
export function looselyNormalisedEmail(input: string): string {
  const email = input
    .slice(0, 4 * emailLengthMax)
    .normalize('NFKC')
    .trim()
    .toLowerCase();
  const at = email.lastIndexOf('@');
  return at < 0 ? email : `${email.slice(0, at)}@${domainToASCII(email.slice(at + 1))}`;
}

/** @throws INVALID_DISPLAY_NAME */
export function normaliseDisplayName(input: string): string {
  const name = input.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (name === '') throw authErrors.INVALID_DISPLAY_NAME({ problem: 'it is empty' });
  if (name.length > displayNameLengthMax)
    throw authErrors.INVALID_DISPLAY_NAME({ problem: `it is longer than ${displayNameLengthMax} characters` });
  // Control, format (text direction, zero width), private and unassigned characters let one name pass for another.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/u.test(name.replaceAll('\u200d', ''))) {
    throw authErrors.INVALID_DISPLAY_NAME({ problem: 'it has invisible characters' });
  }
  return name;
}
