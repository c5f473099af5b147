// The use cases of rules: the defaults of a new installation, reading them, and changing them, each change a new version.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { parseUnits, requireAsset } from '../../platform/money/money.ts';
import { complianceAudit } from './audit.events.ts';
import type { Client } from './compliance.database.ts';
import { defaultRules } from './rule.defaults.ts';
import { ruleErrors } from './rule.errors.ts';
import {
  findCurrentRules,
  findRuleVersions,
  insertMissingRules,
  insertRuleVersion,
  type RuleVersion,
  supersedeRule,
} from './rule.repository.ts';
import {
  type AmountLimit,
  limitProblem,
  type Rule,
  type RuleCode,
  type RuleParameters,
  transactionsMaxMax,
  windowMinutesMax,
  writeParameters,
} from './rule.rules.ts';

/** What is to be different; what is left out stays. */
export interface RuleChange {
  readonly code: RuleCode;
  /** The version that the change was made against. */
  readonly expectedVersion: number;
  readonly isEnabled?: boolean | null | undefined;
  readonly windowMinutes?: number | null | undefined;
  readonly transactionsMax?: number | null | undefined;
  /** Replaces the thresholds of the named assets; null: no such threshold. */
  readonly limits?:
    | readonly { asset: string; reviewFrom?: string | null | undefined; refuseAbove?: string | null | undefined }[]
    | null
    | undefined;
  readonly note: string;
}

/** Who asks, and in which request. */
export interface Actor {
  readonly userId: string;
  readonly requestId: string | null;
}

export interface RuleService {
  /** Gives rules that have no version yet their default one; safe to call from several replicas at once. */
  installDefaults(): Promise<void>;
  current(): Promise<RuleVersion[]>;
  versions(code: RuleCode, limit: number): Promise<RuleVersion[]>;
  /** @throws RULE_CHANGED_MEANWHILE, RULE_CANNOT_BE_DISABLED, RULE_PARAMETER_NOT_TAKEN, RULE_LIMIT_INVALID, and the errors of amounts */
  update(change: RuleChange, actor: Actor): Promise<RuleVersion>;
}

export function createRuleService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
}): RuleService {
  const { database, outbox, clock } = deps;
  return {
    async installDefaults() {
      const known = new Set((await findCurrentRules(database.client)).map(({ rule }) => rule.code));
      const missing = defaultRules.filter(({ code }) => !known.has(code));
      if (missing.length === 0) return;
      const createdAt = clock.now();
      const versions = missing.map((rule) => ({
        rule,
        note: 'Default of a new installation.',
        changedBy: 'system',
        createdAt,
        supersededAt: null,
      }));
      await database.transaction((tx) => insertMissingRules(tx, versions));
    },

    current: () => findCurrentRules(database.client),
    versions: (code, limit) => findRuleVersions(database.client, code, limit),

    update: (change, actor) =>
      database.transaction(async (tx) => {
        const { code, expectedVersion } = change;
        const rules = await findCurrentRules(tx.client);
        const current = rules.find(({ rule }) => rule.code === code);
        if (current === undefined) throw new Error(`The rule ${code} has no version in force.`);
        const rule = applyChange(current.rule, change);
        const at = clock.now();
        const isCurrent = current.rule.version === expectedVersion && (await supersedeRule(tx, code, expectedVersion, at));
        if (!isCurrent)
          throw ruleErrors.RULE_CHANGED_MEANWHILE({ code, expectedVersion, version: await latestVersion(tx.client, code) });
        const version = { rule, note: change.note.trim(), changedBy: actor.userId, createdAt: at, supersededAt: null };
        await insertRuleVersion(tx, version);
        await outbox.append(tx, [ruleUpdated(version, actor)]);
        return version;
      }),
  };
}

async function latestVersion(client: Pick<Client, 'ruleVersion'>, code: RuleCode): Promise<number> {
  const [latest] = await findRuleVersions(client, code, 1);
  return latest?.rule.version ?? 0;
}

function ruleUpdated({ rule, note }: RuleVersion, actor: Actor) {
  const { code, version, isEnabled } = rule;
  const parameters = JSON.parse(writeParameters(rule.parameters as RuleParameters[Rule['kind']]));
  return complianceAudit({
    actorId: actor.userId,
    action: 'rule.update',
    resourceType: 'Rule',
    resourceId: code,
    outcome: 'SUCCEEDED',
    subjectUserId: null,
    details: { version, isEnabled, parameters, note },
    requestId: actor.requestId,
  });
}

/** The next version of a rule. */
function applyChange(rule: Rule, change: RuleChange): Rule {
  const { code } = rule;
  if (change.note.trim() === '')
    throw platformErrors.BAD_USER_INPUT({ field: 'input.note', problem: 'say why the rule changes' });
  const isEnabled = change.isEnabled ?? rule.isEnabled;
  if (!isEnabled && rule.kind === 'SANCTIONS') throw ruleErrors.RULE_CANNOT_BE_DISABLED({ code });
  const next = { code, version: rule.version + 1, isEnabled };
  const refuse = (...parameters: (keyof RuleChange)[]) => {
    const parameter = parameters.find((name) => change[name] !== null && change[name] !== undefined);
    if (parameter !== undefined) throw ruleErrors.RULE_PARAMETER_NOT_TAKEN({ code, parameter });
  };
  switch (rule.kind) {
    case 'AMOUNT':
      refuse('windowMinutes', 'transactionsMax');
      return { ...next, kind: rule.kind, parameters: { limits: changeLimits(rule.parameters.limits, change) } };
    case 'ROLLING_AMOUNT': {
      refuse('transactionsMax');
      const windowMinutes = within('windowMinutes', change.windowMinutes ?? rule.parameters.windowMinutes, 1, windowMinutesMax);
      return { ...next, kind: rule.kind, parameters: { windowMinutes, limits: changeLimits(rule.parameters.limits, change) } };
    }
    case 'VELOCITY': {
      refuse('limits');
      const windowMinutes = within('windowMinutes', change.windowMinutes ?? rule.parameters.windowMinutes, 1, windowMinutesMax);
      const transactionsMax = within(
        'transactionsMax',
        change.transactionsMax ?? rule.parameters.transactionsMax,
        0,
        transactionsMaxMax,
      );
      return { ...next, kind: rule.kind, parameters: { windowMinutes, transactionsMax } };
    }
    case 'SANCTIONS':
      refuse('limits', 'windowMinutes', 'transactionsMax');
      return { ...next, kind: rule.kind, parameters: {} };
  }
}

function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw platformErrors.BAD_USER_INPUT({ field: `input.${name}`, problem: `must be from ${min} to ${max}` });
}

function changeLimits(current: Readonly<Record<string, AmountLimit>>, { code, limits }: RuleChange): Record<string, AmountLimit> {
  const next = { ...current };
  for (const [index, input] of (limits ?? []).entries()) {
    const field = `input.limits.${index}`;
    const asset = requireAsset(input.asset, `${field}.asset`);
    const units = (name: 'reviewFrom' | 'refuseAbove') => {
      const amount = input[name];
      return amount === null || amount === undefined ? null : parseUnits(amount, asset, `${field}.${name}`);
    };
    const limit = { reviewFrom: units('reviewFrom'), refuseAbove: units('refuseAbove') };
    const problem = limitProblem(limit);
    if (problem !== null) throw ruleErrors.RULE_LIMIT_INVALID({ code, asset: asset.code, problem });
    next[asset.code] = limit;
  }
  return next;
}
