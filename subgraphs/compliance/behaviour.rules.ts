// How the rules about behaviour judge a transaction: structuring, rapid in and out, dormant accounts, new payees, round amounts, and
// risky countries. Facts in, judgements out; no I/O, no clock.
import { describeMoney } from '../../platform/money/money.ts';
import type { Limits, RuleParameters } from './rule.rules.ts';
import type { Judgement, ScreenedParty, ScreeningFacts } from './screening.rules.ts';

/** An earlier movement, as the rules about behaviour look at it. */
export interface Activity {
  readonly asset: string;
  readonly units: bigint;
  readonly at: Date;
  /** A rejected one moved nothing; it was still tried. */
  readonly isRejected: boolean;
}

/** How many of a user's movements, the latest, are looked at: bounds the time of a screening. */
export const historySizeMax = 50;

const dayMs = 24 * 60 * 60_000;

export function judgeStructuring(parameters: RuleParameters['STRUCTURING'], facts: ScreeningFacts): Judgement {
  const { windowMinutes, countMin, percent, limits } = parameters;
  const threshold = thresholdOf(limits, facts.asset);
  if (threshold === null) return noThreshold(facts.asset);
  const floor = threshold - (threshold * BigInt(percent)) / 100n;
  const isJustBelow = (units: bigint) => units >= floor && units < threshold;
  const earlier = within(facts, facts.history, windowMinutes).filter(({ units }) => isJustBelow(units)).length;
  const count = earlier + (isJustBelow(facts.units) ? 1 : 0);
  const band = `${text(floor, facts)} to below ${text(threshold, facts)}`;
  return {
    result: isJustBelow(facts.units) && count >= countMin ? 'REVIEW' : 'PASS',
    inputs: { asset: facts.asset, floorUnits: `${floor}`, thresholdUnits: `${threshold}`, count, countMin, windowMinutes },
    explanation: `${count} of the amounts in ${describeWindow(windowMinutes)}, this one included, lie just under the threshold (${band}); ${countMin} are looked at.`,
  };
}

export function judgeRapidInOut(parameters: RuleParameters['RAPID_IN_OUT'], facts: ScreeningFacts): Judgement {
  const { windowMinutes, percent, limits } = parameters;
  const threshold = thresholdOf(limits, facts.asset);
  if (threshold === null) return noThreshold(facts.asset);
  const sum = (list: readonly Activity[]) =>
    within(facts, list, windowMinutes)
      .filter(({ isRejected }) => !isRejected)
      .reduce((total, { units }) => total + units, 0n);
  const [incoming, outgoing] = [sum(facts.incoming), sum(facts.history) + facts.units];
  const isRapid = incoming >= threshold && outgoing * 100n >= incoming * BigInt(percent);
  const share = incoming === 0n ? 0 : Number((outgoing * 100n) / incoming);
  return {
    result: isRapid ? 'REVIEW' : 'PASS',
    inputs: {
      asset: facts.asset,
      incomingUnits: `${incoming}`,
      outgoingUnits: `${outgoing}`,
      fromUnits: `${threshold}`,
      percent,
      windowMinutes,
    },
    explanation: `In ${describeWindow(windowMinutes)}, ${text(incoming, facts)} came in and ${text(outgoing, facts)} goes out again (${share} %); from ${text(threshold, facts)} on, ${percent} % are looked at.`,
  };
}

export function judgeDormant({ days, limits }: RuleParameters['DORMANT'], facts: ScreeningFacts): Judgement {
  const threshold = thresholdOf(limits, facts.asset);
  if (threshold === null) return noThreshold(facts.asset);
  const last = facts.history[0]?.at ?? null;
  const silentDays = last === null ? null : Math.floor((facts.requestedAt.getTime() - last.getTime()) / dayMs);
  const isAwake = silentDays !== null && silentDays >= days && facts.units >= threshold;
  const silence = silentDays === null ? 'This is the first movement of the user' : `The last movement was ${silentDays} days ago`;
  return {
    result: isAwake ? 'REVIEW' : 'PASS',
    inputs: { asset: facts.asset, units: `${facts.units}`, fromUnits: `${threshold}`, silentDays, days },
    explanation: `${silence}; after ${days} days, ${text(threshold, facts)} or more is looked at.`,
  };
}

export function judgeNewPayee({ limits }: RuleParameters['NEW_PAYEE'], facts: ScreeningFacts): Judgement {
  const threshold = thresholdOf(limits, facts.asset);
  if (threshold === null) return noThreshold(facts.asset);
  const isLarge = facts.units >= threshold;
  const payee = facts.isPayeeKnown ? 'The recipient was paid before' : 'The recipient was never paid before';
  return {
    result: isLarge && !facts.isPayeeKnown ? 'REVIEW' : 'PASS',
    inputs: { asset: facts.asset, units: `${facts.units}`, fromUnits: `${threshold}`, isPayeeKnown: facts.isPayeeKnown },
    explanation: `${payee}, and ${text(facts.units, facts)} is ${isLarge ? 'not below' : 'below'} the ${text(threshold, facts)} from which that is looked at.`,
  };
}

export function judgeRoundAmounts(parameters: RuleParameters['ROUND_AMOUNTS'], facts: ScreeningFacts): Judgement {
  const { windowMinutes, countMin, limits } = parameters;
  const step = thresholdOf(limits, facts.asset);
  if (step === null || step === 0n) return noThreshold(facts.asset);
  const isRound = (units: bigint) => units % step === 0n;
  const earlier = within(facts, facts.history, windowMinutes).filter(({ units }) => isRound(units)).length;
  const count = earlier + (isRound(facts.units) ? 1 : 0);
  return {
    result: isRound(facts.units) && count >= countMin ? 'REVIEW' : 'PASS',
    inputs: { asset: facts.asset, stepUnits: `${step}`, count, countMin, windowMinutes },
    explanation: `${count} of the amounts in ${describeWindow(windowMinutes)}, this one included, are whole multiples of ${text(step, facts)}; ${countMin} are looked at.`,
  };
}

export function judgeCountries(parameters: RuleParameters['COUNTRY'], parties: readonly ScreenedParty[]): Judgement {
  const { reviewCountries, refuseCountries } = parameters;
  const known = parties.flatMap(({ id, roles, country }) => (country === null ? [] : [{ id, roles, country }]));
  const inputs = { parties: known, partiesWithoutCountry: parties.length - known.length };
  const name = ({ roles, country }: (typeof known)[number]) =>
    `The country of the ${roles.join(' and ').toLowerCase().replaceAll('_', ' ')} is ${country}`;
  const refused = known.find(({ country }) => refuseCountries.includes(country));
  if (refused !== undefined) return { result: 'REFUSE', inputs, explanation: `${name(refused)}, which is refused.` };
  const reviewed = known.find(({ country }) => reviewCountries.includes(country));
  if (reviewed !== undefined) return { result: 'REVIEW', inputs, explanation: `${name(reviewed)}, which is looked at.` };
  const explanation = `None of the ${known.length} countries that are known is a risky one; of ${inputs.partiesWithoutCountry} parties none is known.`;
  return { result: 'PASS', inputs, explanation };
}

export function describeWindow(minutes: number): string {
  if (minutes % 60 === 0) return minutes === 60 ? 'an hour' : `${minutes / 60} hours`;
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

function within({ asset, requestedAt }: ScreeningFacts, list: readonly Activity[], windowMinutes: number): Activity[] {
  const since = requestedAt.getTime() - windowMinutes * 60_000;
  return list.filter((activity) => activity.asset === asset && activity.at.getTime() >= since);
}

function thresholdOf(limits: Limits, asset: string): bigint | null {
  return Object.hasOwn(limits, asset) ? (limits[asset]?.reviewFrom ?? null) : null;
}

/** Other than a limit, which holds what it does not know: these rules look at patterns, and the limits have looked already. */
function noThreshold(asset: string): Judgement {
  return { result: 'PASS', inputs: { asset }, explanation: `No threshold is set for ${asset}.` };
}

function text(units: bigint, { asset }: ScreeningFacts): string {
  return describeMoney({ units, asset });
}
