// Runs a version of a rule over past screenings, as if it had been in force: the facts of then, replayed in their order.
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import { createBehaviour } from './behaviour.facts.ts';
import type { Client } from './compliance.database.ts';
import type { Rule } from './rule.rules.ts';
import { listLatest, type RecordedOutcome, type Screening } from './screening.repository.ts';
import {
  type Decision,
  decide,
  evaluateRule,
  flowOf,
  minuteOf,
  partyRoles,
  type RuleOutcome,
  type SanctionsMatch,
  type ScreenedParty,
} from './screening.rules.ts';
import { createUsageTally } from './usage.tally.ts';

export const backtestSizeMax = 5_000;
export const backtestExamplesMax = 50;

export interface BacktestExample {
  readonly screening: Screening;
  readonly from: Decision;
  readonly to: Decision;
  readonly outcome: RuleOutcome | null;
}

export interface Backtest {
  readonly evaluated: number;
  readonly since: Date | null;
  readonly hits: number;
  readonly changed: number;
  readonly transitions: readonly { readonly from: Decision; readonly to: Decision; readonly count: number }[];
  readonly examples: readonly BacktestExample[];
  readonly isComplete: boolean;
}

export interface BacktestService {
  /** As if the rule had been enforced, whatever its mode. @throws BAD_USER_INPUT */
  run(rule: Rule, size: { screenings: number; examples: number }): Promise<Backtest>;
}

export function createBacktestService({ database }: { readonly database: Database<Client> }): BacktestService {
  return {
    async run(rule, { screenings: count, examples: examplesMax }) {
      requireRange('screenings', count, 1, backtestSizeMax);
      requireRange('examples', examplesMax, 0, backtestExamplesMax);
      const latest = await listLatest(database.client, count + 1);
      const isComplete = latest.length <= count;
      const screenings = latest.slice(0, count).reverse();
      const judged = replay({ ...rule, mode: 'ENFORCED' }, screenings);
      const different = judged.filter(({ from, to }) => from !== to);
      const hits = judged.filter(({ outcome }) => outcome !== null && outcome.result !== 'PASS');
      return {
        evaluated: judged.length,
        since: screenings[0]?.requestedAt ?? null,
        hits: hits.length,
        changed: different.length,
        transitions: countTransitions(different),
        examples: [...new Set([...different.toReversed(), ...hits.toReversed()])].slice(0, examplesMax),
        isComplete,
      };
    },
  };
}

/** Judges past screenings in their order, each with what had happened before it. */
export function replay(rule: Rule, screenings: readonly Screening[]): BacktestExample[] {
  const tally = createUsageTally([]);
  const behaviour = createBehaviour(new Map(), new Map(), new Set());
  return screenings.map((screening) => {
    const { kind, asset, units, requestedAt, requestedBy, outcomes } = screening;
    const flow = flowOf(kind);
    const usage = tally.of(requestedBy, flow);
    const facts = { kind, asset, units, requestedAt, usage, ...behaviour.of(screening), parties: partiesOf(outcomes) };
    const outcome = evaluateRule(rule, facts);
    const others = outcomes.filter(({ ruleCode }) => ruleCode !== rule.code);
    const from = decide(outcomes);
    const to = decide(outcome === null ? others : [...others, outcome]);
    const counted = from === 'REJECTED' ? 0n : units;
    tally.add({ userId: requestedBy, flow, asset, minute: minuteOf(requestedAt), units: counted, transactions: 1 });
    behaviour.add(screening, requestedAt, from);
    return { screening, from, to, outcome };
  });
}

/** The parties as the rules on names and countries recorded them then; names themselves are not kept. */
function partiesOf(outcomes: readonly RecordedOutcome[]): ScreenedParty[] {
  const inputsOf = (code: string) => outcomes.find(({ ruleCode }) => ruleCode === code)?.inputs as RecordedInputs | undefined;
  const countries = new Map((inputsOf('RISKY_COUNTRY')?.parties ?? []).map(({ id, country }) => [id, country ?? null]));
  return (inputsOf('SANCTIONED_NAME')?.parties ?? []).map(({ id, roles, isNameKnown, matches }) => ({
    id,
    roles: partyRoles.filter((role) => roles.includes(role)),
    normalisedName: isNameKnown === false ? null : id,
    country: countries.get(id) ?? null,
    // Screenings from before names were compared by likeness recorded only names that were the same.
    matches: (matches ?? []).map((match) => ({ percent: 100, verdict: null, why: '', ...match })),
  }));
}

interface RecordedInputs {
  readonly parties?: readonly {
    readonly id: string;
    readonly roles: readonly string[];
    readonly country?: string;
    readonly isNameKnown?: boolean;
    readonly matches?: readonly (Pick<SanctionsMatch, 'list' | 'listVersion' | 'reference'> & Partial<SanctionsMatch>)[];
  }[];
}

function countTransitions(changed: readonly BacktestExample[]): { from: Decision; to: Decision; count: number }[] {
  const counts = new Map<string, { from: Decision; to: Decision; count: number }>();
  for (const { from, to } of changed) {
    const known = counts.get(`${from}>${to}`) ?? { from, to, count: 0 };
    counts.set(`${from}>${to}`, { ...known, count: known.count + 1 });
  }
  return [...counts.values()];
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (value < min || value > max) throw platformErrors.BAD_USER_INPUT({ field: name, problem: `must be from ${min} to ${max}` });
}
