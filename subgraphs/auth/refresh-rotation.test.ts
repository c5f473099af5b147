import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { type Auth, startAuth } from './auth.fixtures.ts';

// The rules of docs/decisions/0005-identity.md, written a second time as a model, and random histories of one family held against it.
const retryMs = 10_000;
const tokenLifeMs = 30 * 24 * 3_600_000;
const clients = {
  owner: { address: '192.0.2.10', userAgent: 'Owner/1' },
  thief: { address: '203.0.113.66', userAgent: 'Thief/1' },
};
type Who = keyof typeof clients;

interface FamilyModel {
  nowMs: number;
  /** Every token that was given out, the current one last. */
  tokens: string[];
  rotatedAtMs: number;
  expiresAtMs: number;
  lastClient: Who;
  isOver: boolean;
}

/** What must happen when the token of this age (0: the current one) is presented. */
function verdictOf(model: FamilyModel, age: number, who: Who): string {
  if (model.isOver) return 'REVOKED';
  if (model.nowMs >= model.expiresAtMs) return 'EXPIRED';
  if (age === 0) return 'ROTATE';
  const isRetry = age === 1 && model.nowMs - model.rotatedAtMs < retryMs && who === model.lastClient;
  return isRetry ? 'REPEAT' : 'REUSED';
}

/** Carries the verdict over to the model; gives what the caller must have seen. */
function settle(model: FamilyModel, verdict: string, who: Who, token: string | null): string {
  if (verdict === 'ROTATE') {
    expect(model.tokens).not.toContain(token);
    model.tokens.push(token ?? '');
    model.rotatedAtMs = model.nowMs;
    model.expiresAtMs = model.nowMs + tokenLifeMs;
    model.lastClient = who;
  } else if (verdict === 'REPEAT') expect(token).toBe(model.tokens.at(-1));
  else if (verdict === 'REUSED') model.isOver = true;
  return verdict;
}

async function refresh(auth: Auth, token: string, who: Who): Promise<{ token: string | null; code: string }> {
  const query = 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { refreshToken } }';
  const { data, errors } = await auth.subgraph.execute(query, { input: { refreshToken: token } }, { client: clients[who] });
  const extensions = errors?.[0]?.extensions as { code: string; details: { reason?: string } } | undefined;
  return { token: data?.refreshSession?.refreshToken ?? null, code: extensions?.details.reason ?? extensions?.code ?? 'OK' };
}

const seen: Readonly<Record<string, string>> = { ROTATE: 'OK', REPEAT: 'OK', REUSED: 'REFRESH_TOKEN_REUSED' };

class Present implements fc.AsyncCommand<FamilyModel, Auth> {
  constructor(
    readonly age: number,
    readonly who: Who,
  ) {}
  check = (model: Readonly<FamilyModel>) => model.tokens.length > this.age;
  async run(model: FamilyModel, auth: Auth): Promise<void> {
    const verdict = verdictOf(model, this.age, this.who);
    const answer = await refresh(auth, model.tokens.at(-1 - this.age) ?? '', this.who);
    expect(answer.code).toBe(seen[verdict] ?? verdict);
    settle(model, verdict, this.who, answer.token);
  }
  toString = () => `${this.who} presents the token of age ${this.age}`;
}

/** Two present the current token at the same moment: the outcome must be that of one order or of the other. */
class PresentTogether implements fc.AsyncCommand<FamilyModel, Auth> {
  constructor(
    readonly first: Who,
    readonly second: Who,
  ) {}
  check = () => true;
  async run(model: FamilyModel, auth: Auth): Promise<void> {
    const token = model.tokens.at(-1) ?? '';
    const answers = await Promise.all([refresh(auth, token, this.first), refresh(auth, token, this.second)]);
    const [one, other] = answers;
    if (verdictOf(model, 0, this.first) !== 'ROTATE') {
      for (const answer of answers) expect(answer.code).toBe(verdictOf(model, 0, this.first));
      return;
    }
    const winner = one.token === null ? 1 : 0;
    const who = [this.first, this.second] as const;
    settle(model, 'ROTATE', who[winner], answers[winner]?.token ?? null);
    const loser = winner === 0 ? other : one;
    const verdict = verdictOf(model, 1, who[winner === 0 ? 1 : 0]);
    expect(loser.code).toBe(seen[verdict] ?? verdict);
    settle(model, verdict, who[winner === 0 ? 1 : 0], loser.token);
  }
  toString = () => `${this.first} and ${this.second} present the current token together`;
}

class Wait implements fc.AsyncCommand<FamilyModel, Auth> {
  constructor(readonly ms: number) {}
  check = () => true;
  async run(model: FamilyModel, auth: Auth): Promise<void> {
    auth.clock.advance(this.ms);
    model.nowMs += this.ms;
  }
  toString = () => `${this.ms} ms pass`;
}

class SignOut implements fc.AsyncCommand<FamilyModel, Auth> {
  check = () => true;
  async run(model: FamilyModel, auth: Auth): Promise<void> {
    await auth.call('signOut', { refreshToken: model.tokens.at(-1) });
    if (model.nowMs < model.expiresAtMs) model.isOver = true;
  }
  toString = () => 'the owner signs out';
}

// Weighted towards histories that live long: most things that can happen end the family.
const who = fc.constantFrom<Who>('owner', 'owner', 'owner', 'owner', 'owner', 'thief');
const present = who.map((by) => new Present(0, by));
const commands = fc.commands(
  [
    present,
    present,
    fc.tuple(fc.integer({ min: 1, max: 3 }), who).map(([age, by]) => new Present(age, by)),
    fc.tuple(who, who).map(([first, second]) => new PresentTogether(first, second)),
    fc.constantFrom(1, 1, 9_999, 10_000, 600_000, tokenLifeMs - 1, tokenLifeMs).map((ms) => new Wait(ms)),
    fc.constantFrom(new Wait(1), new Wait(1), new SignOut()),
  ],
  { maxCommands: 14 },
);

describe.each(providers)('the rotation of refresh tokens on %s', (provider) => {
  let auth: Auth;
  beforeAll(async () => {
    // The session's maximum life is another rule; here it is out of reach.
    auth = await startAuth(provider, { sessionLifetimeMsMax: 1_000 * tokenLifeMs });
    auth.clock.freezeAt(new Date('2026-11-01T00:00:00Z'));
  });
  afterAll(() => auth.subgraph.stop());

  it('follows its rules through every history', async () => {
    const { email, password } = await auth.aUser();
    await fc.assert(
      fc.asyncProperty(commands, async (history) => {
        const { refreshToken } = await auth.signIn({ email, password }, { client: clients.owner });
        const nowMs = auth.clock.now().getTime();
        const start: FamilyModel = {
          nowMs,
          tokens: [refreshToken],
          rotatedAtMs: nowMs,
          expiresAtMs: nowMs + tokenLifeMs,
          lastClient: 'owner',
          isOver: false,
        };
        await fc.asyncModelRun(() => ({ model: start, real: auth }), history);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
