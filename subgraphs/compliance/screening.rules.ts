// How each rule judges a transaction, and what follows from all of them: facts in, outcomes out. No I/O, no clock.
import type { JsonObject } from '../../platform/errors.ts';
import { assetRegistry } from '../../platform/money/assets.ts';
import { describeMoney } from '../../platform/money/money.ts';
import {
  type Activity,
  describeWindow,
  judgeCountries,
  judgeDormant,
  judgeNewPayee,
  judgeRapidInOut,
  judgeRoundAmounts,
  judgeStructuring,
} from './behaviour.rules.ts';
import { type Flow, type Limits, type Rule, type RuleCode, type RuleParameters, ruleCatalogue } from './rule.rules.ts';

export const transactionKinds = ['TRANSFER', 'DEPOSIT', 'WITHDRAWAL'] as const;
export type TransactionKind = (typeof transactionKinds)[number];

export const ruleResults = ['PASS', 'REVIEW', 'REFUSE'] as const;
export type RuleResult = (typeof ruleResults)[number];

export const decisions = ['CLEARED', 'HELD', 'REJECTED'] as const;
export type Decision = (typeof decisions)[number];

export const partyRoles = ['REQUESTER', 'SOURCE_OWNER', 'SOURCE_HOLDER', 'DESTINATION_OWNER', 'DESTINATION_HOLDER'] as const;
export type PartyRole = (typeof partyRoles)[number];

export interface SanctionsMatch {
  readonly list: string;
  readonly listVersion: string;
  /** The listed party's number in the list. */
  readonly reference: string;
  /** How alike the names are: 100 is the same. */
  readonly percent: number;
  /** What people have decided about this likeness before; null: nobody has. */
  readonly verdict: 'TRUE_MATCH' | 'FALSE_POSITIVE' | null;
  /** How the words of the two names go together, without the words. */
  readonly why: string;
}

/** Somebody whose name is screened: a user, or the holder of an external account. */
export interface ScreenedParty {
  /** The id of the user or of the external account. */
  readonly id: string;
  readonly roles: readonly PartyRole[];
  /** As `normaliseName` gives it. Null: the name has not reached this domain. Empty: it has no letter or digit. */
  readonly normalisedName: string | null;
  /** ISO 3166-1 alpha-2; null: nobody has told. */
  readonly country: string | null;
  readonly matches: readonly SanctionsMatch[];
}

/** What a user moved within one minute. */
export interface Usage {
  readonly asset: string;
  /** Minutes since 1970. */
  readonly minute: number;
  readonly units: bigint;
  readonly transactions: number;
}

export interface ScreeningFacts {
  readonly kind: TransactionKind;
  readonly asset: string;
  readonly units: bigint;
  readonly requestedAt: Date;
  /** Earlier movements of the requester in the same flow, in any order; this transaction is not among them. */
  readonly usage: readonly Usage[];
  /** The requester's latest movements in the same flow, the last one first; bounded. */
  readonly history: readonly Activity[];
  /** What the owner of the money received lately, the last first; bounded. */
  readonly incoming: readonly Activity[];
  /** Whether the requester has paid this recipient before. */
  readonly isPayeeKnown: boolean;
  readonly parties: readonly ScreenedParty[];
}

export interface RuleOutcome {
  readonly ruleCode: RuleCode;
  readonly ruleVersion: number;
  readonly result: RuleResult;
  /** The values that the rule looked at; no names. */
  readonly inputs: JsonObject;
  /** One sentence for reviewers. Never shown to customers, whom it would tip off. */
  readonly explanation: string;
  /** True when the rule is on trial: recorded, without effect. */
  readonly isShadow: boolean;
  /** How many people must agree to release what this outcome holds. */
  readonly reviewersMin: number;
}

export type Judgement = Pick<RuleOutcome, 'result' | 'inputs' | 'explanation'>;

export function flowOf(kind: TransactionKind): Flow {
  return kind === 'DEPOSIT' ? 'DEPOSIT' : 'OUTGOING';
}

/** Whose money a transaction moves: not the operator who confirms a deposit, but the one who gets it. */
export function ownerOfMoney({
  source,
  destination,
}: Record<'source' | 'destination', { type: string; ownerId: string }>): string {
  return source.type === 'WALLET' ? source.ownerId : destination.ownerId;
}

export function minuteOf(time: Date): number {
  return Math.floor(time.getTime() / 60_000);
}

/** What every enabled rule that concerns the transaction says of it, in the order of the rules. */
export function evaluateRules(rules: readonly Rule[], facts: ScreeningFacts): RuleOutcome[] {
  return rules
    .filter((rule) => rule.isEnabled && concerns(rule.code, facts.kind))
    .map((rule) => ({
      ruleCode: rule.code,
      ruleVersion: rule.version,
      isShadow: rule.mode === 'SHADOW',
      reviewersMin: reviewersFor(rule, facts),
      ...judge(rule, facts),
    }));
}

/** What one rule says of a transaction; null when it does not concern it. */
export function evaluateRule(rule: Rule, facts: ScreeningFacts): RuleOutcome | null {
  return evaluateRules([rule], facts)[0] ?? null;
}

/** How many people must agree to release a transaction that these outcomes hold. */
export function reviewersNeeded(outcomes: readonly RuleOutcome[]): number {
  const holding = outcomes.filter(({ result, isShadow }) => result === 'REVIEW' && !isShadow);
  return Math.max(1, ...holding.map(({ reviewersMin }) => reviewersMin));
}

function reviewersFor(rule: Rule, { asset, units }: ScreeningFacts): number {
  const limits = rule.kind === 'AMOUNT' ? rule.parameters.limits : {};
  const twoFrom = Object.hasOwn(limits, asset) ? (limits[asset]?.twoReviewersFrom ?? null) : null;
  return twoFrom !== null && units >= twoFrom ? 2 : rule.reviewersMin;
}

/** The strictest outcome decides; those on trial do not count. No rule at all is no clearance. */
export function decide(all: readonly Pick<RuleOutcome, 'result' | 'isShadow'>[]): Decision {
  const outcomes = all.filter(({ isShadow }) => !isShadow);
  if (outcomes.some(({ result }) => result === 'REFUSE')) return 'REJECTED';
  if (outcomes.length === 0 || outcomes.some(({ result }) => result === 'REVIEW')) return 'HELD';
  return 'CLEARED';
}

/** The movements that a window of this length, ending at `at`, touches: minutes are never split, so a limit is kept to the safe side. */
export function usageWithin(usage: readonly Usage[], at: Date, windowMinutes: number): Usage[] {
  const firstMinute = minuteOf(at) - windowMinutes;
  return usage.filter(({ minute }) => minute >= firstMinute);
}

function concerns(code: RuleCode, kind: TransactionKind): boolean {
  const { flow } = ruleCatalogue[code];
  return flow === null || flow === flowOf(kind);
}

function judge(rule: Rule, facts: ScreeningFacts): Judgement {
  switch (rule.kind) {
    case 'AMOUNT':
      return judgeTotal({ limits: rule.parameters.limits, asset: facts.asset, total: facts.units, what: 'The amount' });
    case 'ROLLING_AMOUNT': {
      const { windowMinutes, limits } = rule.parameters;
      const earlier = usageWithin(facts.usage, facts.requestedAt, windowMinutes)
        .filter(({ asset }) => asset === facts.asset)
        .reduce((sum, { units }) => sum + units, 0n);
      const what = `The total of ${describeWindow(windowMinutes)}, this transaction included,`;
      const judged = judgeTotal({ limits, asset: facts.asset, total: earlier + facts.units, what });
      return { ...judged, inputs: { ...judged.inputs, windowMinutes, earlierUnits: earlier.toString() } };
    }
    case 'VELOCITY': {
      const { windowMinutes, transactionsMax } = rule.parameters;
      const earlier = usageWithin(facts.usage, facts.requestedAt, windowMinutes).reduce(
        (sum, { transactions }) => sum + transactions,
        0,
      );
      const transactions = earlier + 1;
      const isTooMany = transactions > transactionsMax;
      return {
        result: isTooMany ? 'REVIEW' : 'PASS',
        inputs: { transactions, transactionsMax, windowMinutes },
        explanation: `${transactions} transactions in ${describeWindow(windowMinutes)} ${isTooMany ? 'are more than' : 'are within'} the ${transactionsMax} allowed.`,
      };
    }
    case 'SANCTIONS':
      return judgeNames(rule.parameters, facts.parties);
    case 'STRUCTURING':
      return judgeStructuring(rule.parameters, facts);
    case 'RAPID_IN_OUT':
      return judgeRapidInOut(rule.parameters, facts);
    case 'DORMANT':
      return judgeDormant(rule.parameters, facts);
    case 'NEW_PAYEE':
      return judgeNewPayee(rule.parameters, facts);
    case 'ROUND_AMOUNTS':
      return judgeRoundAmounts(rule.parameters, facts);
    case 'COUNTRY':
      return judgeCountries(rule.parameters, facts.parties);
  }
}

function judgeTotal({ limits, asset, total, what }: { limits: Limits; asset: string; total: bigint; what: string }): Judgement {
  const limit = Object.hasOwn(limits, asset) ? limits[asset] : undefined;
  if (limit === undefined || assetRegistry.find(asset) === undefined) {
    // An asset that nobody has set a limit for is not an asset without limits.
    return { result: 'REVIEW', inputs: { asset, units: total.toString() }, explanation: `No limit is set for ${asset}.` };
  }
  const inputs = {
    asset,
    units: total.toString(),
    reviewFromUnits: limit.reviewFrom?.toString() ?? null,
    refuseAboveUnits: limit.refuseAbove?.toString() ?? null,
  };
  const text = (units: bigint) => describeMoney({ units, asset });
  if (limit.refuseAbove !== null && total > limit.refuseAbove) {
    return {
      result: 'REFUSE',
      inputs,
      explanation: `${what} of ${text(total)} is above the limit of ${text(limit.refuseAbove)}.`,
    };
  }
  if (limit.reviewFrom !== null && total >= limit.reviewFrom) {
    return {
      result: 'REVIEW',
      inputs,
      explanation: `${what} of ${text(total)} reaches the review threshold of ${text(limit.reviewFrom)}.`,
    };
  }
  return { result: 'PASS', inputs, explanation: `${what} of ${text(total)} is within the limits.` };
}

function judgeNames(parameters: RuleParameters['SANCTIONS'], parties: readonly ScreenedParty[]): Judgement {
  const { reviewFromPercent, refuseFromPercent } = parameters;
  const inputs = {
    reviewFromPercent,
    refuseFromPercent,
    parties: parties.map(({ id, roles, normalisedName, matches }) => ({
      id,
      roles,
      isNameKnown: normalisedName !== null,
      matches: matches.map((match) => ({ ...match })),
    })),
  };
  const [best] = parties
    .flatMap((party) => party.matches.map((match) => ({ party, match })))
    .filter(({ match }) => match.verdict !== 'FALSE_POSITIVE' && (match.verdict !== null || match.percent >= reviewFromPercent))
    .sort((a, b) => strictness(b.match) - strictness(a.match));
  if (best !== undefined) {
    const { party, match } = best;
    const entry = `entry ${match.reference} of the list ${match.list}, version ${match.listVersion}`;
    const who = `The name of the ${describeRoles(party)}`;
    if (match.verdict === 'TRUE_MATCH')
      return { result: 'REFUSE', inputs, explanation: `${who} is that of ${entry}, as two reviewers have decided.` };
    if (match.percent >= refuseFromPercent) return { result: 'REFUSE', inputs, explanation: `${who} is ${entry}.` };
    const explanation = `${who} resembles ${entry}, by ${match.percent} % (${match.why}); from ${reviewFromPercent} % on it is looked at.`;
    return { result: 'REVIEW', inputs, explanation };
  }
  const unknown = parties.find(({ normalisedName }) => normalisedName === null);
  if (unknown !== undefined) {
    return {
      result: 'REVIEW',
      inputs,
      explanation: `The name of the ${describeRoles(unknown)} had not arrived, so it could not be screened.`,
    };
  }
  const unreadable = parties.find(({ normalisedName }) => normalisedName === '');
  if (unreadable !== undefined) {
    return {
      result: 'REVIEW',
      inputs,
      explanation: `The name of the ${describeRoles(unreadable)} has no letter or digit to screen.`,
    };
  }
  return { result: 'PASS', inputs, explanation: 'No party is on a sanctions list.' };
}

function strictness({ verdict, percent }: SanctionsMatch): number {
  return verdict === 'TRUE_MATCH' ? 200 : percent;
}

function describeRoles({ roles }: Pick<ScreenedParty, 'roles'>): string {
  return roles.map((role) => role.toLowerCase().replace('_', ' ')).join(' and ');
}
