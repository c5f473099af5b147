// Every query on the versions of rules.
import type { Client, Transaction } from './compliance.database.ts';
import {
  type Rule,
  type RuleCode,
  type RuleKind,
  type RuleParameters,
  readRule,
  ruleCodes,
  writeParameters,
} from './rule.rules.ts';

/** A version of a rule with who made it, when and why. */
export interface RuleVersion {
  readonly rule: Rule;
  readonly note: string;
  /** User id, or `system` for the defaults. */
  readonly changedBy: string;
  readonly createdAt: Date;
  readonly supersededAt: Date | null;
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
  await client.ruleVersion.create({ data: toRow(version) });
}

/** Adds first versions of rules that have none; those that exist stay as they are. */
export async function insertMissingRules({ client }: Transaction, versions: readonly RuleVersion[]): Promise<void> {
  for (const { code, version, isEnabled, parameters, note, changedBy, createdAt } of versions.map(toRow)) {
    await client.$executeRaw`
      INSERT INTO rule_version (code, version, is_enabled, parameters, note, changed_by, created_at)
      VALUES (${code}, ${version}, ${isEnabled}, ${parameters}, ${note}, ${changedBy}, ${createdAt})
      ON CONFLICT DO NOTHING`;
  }
}

function toRow({ rule, ...rest }: RuleVersion) {
  const { code, version, isEnabled } = rule;
  return { ...rest, code, version, isEnabled, parameters: writeParameters(rule.parameters as RuleParameters[RuleKind]) };
}

function toRuleVersion(row: Awaited<ReturnType<Client['ruleVersion']['findMany']>>[number]): RuleVersion {
  const { note, changedBy, createdAt, supersededAt } = row;
  return { rule: readRule({ ...row, code: row.code as RuleCode }), note, changedBy, createdAt, supersededAt };
}
