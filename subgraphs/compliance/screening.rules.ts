// How each rule judges a transaction, and what follows from all of them: facts in, outcomes out. No I/O, no clock.
import type { JsonObject } from '../../platform/errors.ts';
import { assetRegistry } from '../../platform/money/assets.ts';
import { describeMoney } from '../../platform/money/money.ts';
import { type AmountLimit, type Flow, type Rule, type RuleCode, ruleCatalogue } from './rule.rules.ts';

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
}

/** Somebody whose name is screened: a user, or the holder of an external account. */
export interface ScreenedParty {
  /** The id of the user or of the external account. */
  readonly id: string;
  readonly roles: readonly PartyRole[];
  /** As `normaliseName` gives it. Null: the name has not reached this domain. Empty: it has no letter or digit. */
  readonly normalisedName: string | null;
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
}

type Judgement = Pick<RuleOutcome, 'result' | 'inputs' | 'explanation'>;

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
    .map((rule) => ({ ruleCode: rule.code, ruleVersion: rule.version, ...judge(rule, facts) }));
}

/** The strictest outcome decides. No rule at all is no clearance. */
export function decide(outcomes: readonly Pick<RuleOutcome, 'result'>[]): Decision {
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
      return judgeNames(facts.parties);
  }
}

function judgeTotal({
  limits,
  asset,
  total,
  what,
}: {
  limits: Readonly<Record<string, AmountLimit>>;
  asset: string;
  total: bigint;
  what: string;
}): Judgement {
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

function judgeNames(parties: readonly ScreenedParty[]): Judgement {
  const inputs = {
    parties: parties.map(({ id, roles, normalisedName, matches }) => ({
      id,
      roles,
      isNameKnown: normalisedName !== null,
      matches: matches.map((match) => ({ ...match })),
    })),
  };
  const listed = parties.find(({ matches }) => matches.length > 0);
  const match = listed?.matches[0];
  if (listed !== undefined && match !== undefined) {
    const where = `${match.reference} of the list ${match.list}, version ${match.listVersion}`;
    return { result: 'REFUSE', inputs, explanation: `The name of the ${describeRoles(listed)} is entry ${where}.` };
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

function describeRoles({ roles }: ScreenedParty): string {
  return roles.map((role) => role.toLowerCase().replace('_', ' ')).join(' and ');
}

function describeWindow(minutes: number): string {
  if (minutes % 60 === 0) return minutes === 60 ? 'an hour' : `${minutes / 60} hours`;
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}
