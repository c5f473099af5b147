import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { isGenuineRefreshToken, issueRefreshToken, readRefreshToken } from './refresh-token.ts';
import { createSecretBox } from './secret-box.ts';

const box = createSecretBox(randomBytes(32));
const session = { id: uuidIds.next(), refreshSalt: randomBytes(32).toString('base64url') };

describe('a refresh token', () => {
  it('says which session and generation it claims, and proves it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffffffff }), (generation) => {
        const token = issueRefreshToken(box, session, generation);
        expect(readRefreshToken(token)).toEqual({ sessionId: session.id, generation });
        expect(isGenuineRefreshToken(box, token, session, generation)).toBe(true);
      }),
    );
  });

  it('is the same when it is issued again, so that a repeated refresh has the same answer', () => {
    expect(issueRefreshToken(box, session, 2)).toBe(issueRefreshToken(box, session, 2));
  });

  it('does not prove another generation, session, salt or key', () => {
    const token = issueRefreshToken(box, session, 2);
    expect(isGenuineRefreshToken(box, token, session, 3)).toBe(false);
    expect(isGenuineRefreshToken(box, token, { ...session, id: uuidIds.next() }, 2)).toBe(false);
    expect(isGenuineRefreshToken(box, token, { ...session, refreshSalt: 'other' }, 2)).toBe(false);
    expect(isGenuineRefreshToken(createSecretBox(randomBytes(32)), token, session, 2)).toBe(false);
  });

  it('is not genuine with any one character changed', () => {
    const token = issueRefreshToken(box, session, 2);
    fc.assert(
      fc.property(fc.integer({ min: 4, max: token.length - 1 }), fc.constantFrom(...'AZaz09-_'), (index, character) => {
        fc.pre(token[index] !== character);
        const altered = token.slice(0, index) + character + token.slice(index + 1);
        const claim = readRefreshToken(altered);
        const isGenuine = claim?.sessionId === session.id && isGenuineRefreshToken(box, altered, session, claim.generation);
        expect(isGenuine).toBe(false);
      }),
    );
  });

  it('is nothing when it is any other text', () => {
    fc.assert(fc.property(fc.string(), (text) => readRefreshToken(text) === null));
    expect(readRefreshToken(`cpr_${'A'.repeat(500)}`)).toBeNull();
  });
});
