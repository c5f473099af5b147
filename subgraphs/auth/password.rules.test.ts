import { describe, expect, it } from 'vitest';
import { demoUsers } from '../../platform/demo.ts';
import { assertAcceptablePassword } from './password.rules.ts';

const alice = { email: 'alice.archer@example.org', displayName: 'Alice Archer' };
const check = (password: string) => () => assertAcceptablePassword(password, alice);

describe('a password', () => {
  it.each(['correct horse battery', 'tiny-otters-juggle', 'Ωμέγα ταξίδι στη θάλασσα', 'j8#kQz!mv2Lp', 'xxx-quiet-lantern-walks'])(
    '%j is accepted',
    (password) => {
      expect(check(password)).not.toThrow();
    },
  );

  it.each([
    ['short', 'at least 12'],
    ['elevenchars', 'at least 12'],
    ['🙂'.repeat(11), 'at least 12'],
    ['ab'.repeat(65), 'at most 128'],
    ['aaaaaaaaaaaaaaa', 'same few characters'],
    ['abcxyabcxyabcxy', 'same few characters'],
    ['passwordpassword', 'tried first'],
    ['P@ssw0rd12345!', 'tried first'],
    ['Correct-Horse-Battery-Staple', 'tried first'],
    ['qwertyuiopasdf', 'sequence'],
    ['abcdefghijklmnop', 'sequence'],
    ['987654321098', 'sequence'],
    ['alicearcher123', 'too much like'],
    ['ClawPurse-alice', 'too much like'],
    ['archer@example.org', 'too much like'],
  ])('%j is refused: %s', (password, problem) => {
    expect(check(password)).toThrow(
      expect.objectContaining({ code: 'WEAK_PASSWORD', message: expect.stringContaining(problem) }),
    );
  });

  it.each(Object.values(demoUsers))('of the demo user $displayName is accepted', (user) => {
    expect(() => assertAcceptablePassword(user.password, user)).not.toThrow();
  });
});
