// Every query on the versions of rules, and on the changes that are proposed of them.
import type { Client, Transaction } from './compliance.database.ts';
import { type Rule, type RuleCode, readRule, ruleCodes, writeParameters } from './rule.rules.ts';

/** A version of a rule with who made it, when and why. */
export interface RuleVersion {
  readonly rule: Rule;
  readonly note: string;
  /** User id, or `system` for the defaults. */
  readonly changedBy: string;
  /** The second pair of eyes; null for the defaults. */
  readonly approvedBy: string | null;
  readonly createdAt: Date;
  readonly supersededAt: Date | null;
}

export type RuleChangeState = 'PROPOSED' | 'APPROVED' | 'REJECTED' | 'WITHDRAWN';

/** A change that one person proposes and another decides on. */
export interface RuleChange {
  readonly id: string;
  /** The version that would come into force. */
  readonly rule: Rule;
  readonly note: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly state: RuleChangeState;
  readonly decision: { readonly by: string; readonly at: Date; readonly note: string } | null;
}

/** The versions in force, in the order of the catalogue. */
export async function findCurrentRules(client: Pick<Client, 'ruleVersion'>): Promise<RuleVersion[]> {
  const rows = await client.ruleVersion.findMany({ where: { supersededAt: null } });
  return rows.map(toRuleVersion).sort((a, b) => ruleCodes.indexOf(a.rule.code) - ruleCodes.indexOf(b.rule.code));
}

/** The versions of one rule, newest first. */
export async function findRuleVersions(
  client: Pick<Client, 'ruleVersion'>,
  code: RuleCode,
  limit: number,
): Promise<RuleVersion[]> {
  const rows = await client.ruleVersion.findMany({ where: { code }, orderBy: { version: 'desc' }, take: limit });
  return rows.map(toRuleVersion);
}

/** Closes the version in force; false when it is not in force any more. */
export async function supersedeRule({ client }: Transaction, code: RuleCode, version: number, at: Date): Promise<boolean> {
  const { count } = await client.ruleVersion.updateMany({
    where: { code, version, supersededAt: null },
    data: { supersededAt: at },
  });
  return count === 1;
}

export async function insertRuleVersion({ client }: Transaction, version: RuleVersion): Promise<void> {
  const { rule, ...rest } = version;
  await client.ruleVersion.create({ data: { ...rest, version: rule.version, ...termsOf(rule) } });
}

/** Adds first versions of rules that have none; those that exist stay as they are. */
export async function insertMissingRules({ client }: Transaction, versions: readonly RuleVersion[]): Promise<void> {
  for (const { rule, note, changedBy, createdAt } of versions) {
    const { code, isEnabled, mode, reviewersMin, parameters } = termsOf(rule);
    await client.$executeRaw`
      INSERT INTO rule_version (code, version, is_enabled, mode, reviewers_min, parameters, note, changed_by, created_at)
      VALUES (${code}, ${rule.version}, ${isEnabled}, ${mode}, ${reviewersMin}, ${parameters}, ${note}, ${changedBy}, ${createdAt})
      ON CONFLICT DO NOTHING`;
  }
}

export async function insertRuleChange({ client }: Transaction, change: RuleChange): Promise<void> {
  const { id, rule, note, proposedBy, proposedAt, state } = change;
  await client.ruleChange.create({
    data: { id, baseVersion: rule.version - 1, note, proposedBy, proposedAt, state, ...termsOf(rule) },
  });
}

export async function findRuleChange(client: Pick<Client, 'ruleChange'>, id: string): Promise<RuleChange | null> {
  const row = await client.ruleChange.findUnique({ where: { id } });
  return row && toRuleChange(row);
}

/** A page of changes, newest first. */
export async function listRuleChanges(
  client: Pick<Client, 'ruleChange'>,
  query: { state: RuleChangeState | null; after: { proposedAt: Date; id: string } | null; limit: number },
): Promise<RuleChange[]> {
  const { state, after, limit } = query;
  const rows = await client.ruleChange.findMany({
    where: {
      ...(state !== null && { state }),
      ...(after && {
        proposedAt: { lte: after.proposedAt },
        OR: [{ proposedAt: { lt: after.proposedAt } }, { proposedAt: after.proposedAt, id: { lt: after.id } }],
      }),
    },
    orderBy: [{ proposedAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(toRuleChange);
}

/** Decides on a change; false when it is decided already. */
export async function decideRuleChange(
  { client }: Transaction,
  id: string,
  decision: { state: RuleChangeState; by: string; at: Date; note: string },
): Promise<boolean> {
  const { state, by, at, note } = decision;
  const { count } = await client.ruleChange.updateMany({
    where: { id, state: 'PROPOSED' satisfies RuleChangeState },
    data: { state, decidedBy: by, decidedAt: at, decisionNote: note },
  });
  return count === 1;
}

function termsOf({ code, isEnabled, mode, reviewersMin, parameters }: Rule) {
  return { code, isEnabled, mode, reviewersMin, parameters: writeParameters(parameters) };
}

function toRuleVersion(row: Awaited<ReturnType<Client['ruleVersion']['findMany']>>[number]): RuleVersion {
  const { note, changedBy, approvedBy, createdAt, supersededAt } = row;
  return { rule: readRule({ ...row, code: row.code as RuleCode }), note, changedBy, approvedBy, createdAt, supersededAt };
}

function toRuleChange(row: Awaited<ReturnType<Client['ruleChange']['findMany']>>[number]): RuleChange {
  const { id, note, proposedBy, proposedAt, state, decidedBy, decidedAt, decisionNote } = row;
  return {
    id,
    rule: readRule({ ...row, code: row.code as RuleCode, version: row.baseVersion + 1 }),
    note,
    proposedBy,
    proposedAt,
    state: state as RuleChangeState,
    decision: decidedBy !== null && decidedAt !== null ? { by: decidedBy, at: decidedAt, note: decisionNote ?? '' } : null,
  };
}
