// The use cases of rules: the defaults of a new installation, reading them, and changing them. One person proposes a change, and
// another brings it into force as a new version.
import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { JsonObject } from '../../platform/errors.ts';
import type { AuditRecord, Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { complianceAudit } from './audit.events.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { applyChange, type RuleChangeInput } from './rule.change.rules.ts';
import { defaultRules } from './rule.defaults.ts';
import { ruleErrors } from './rule.errors.ts';
import {
  decideRuleChange,
  findCurrentRules,
  findRuleChange,
  findRuleVersions,
  insertMissingRules,
  insertRuleChange,
  insertRuleVersion,
  listRuleChanges,
  type RuleChange,
  type RuleChangeState,
  type RuleVersion,
  supersedeRule,
} from './rule.repository.ts';
import { type Rule, type RuleCode, writeParameters } from './rule.rules.ts';

/** Who asks, and in which request. */
export interface Actor {
  readonly userId: string;
  readonly requestId: string | null;
}

export interface ChangeDecision {
  readonly changeId: string;
  readonly note: string;
}

export interface RuleService {
  /** Gives rules that have no version yet their default one; safe to call from several replicas at once. */
  installDefaults(): Promise<void>;
  current(): Promise<RuleVersion[]>;
  versions(code: RuleCode, limit: number): Promise<RuleVersion[]>;
  /** Newest first. @throws INVALID_CURSOR */
  changes(args: ConnectionArgs, state: RuleChangeState | null): Promise<Connection<RuleChange>>;
  findChange(id: string): Promise<RuleChange | null>;
  /** @throws RULE_CHANGED_MEANWHILE, RULE_CANNOT_BE_DISABLED, RULE_PARAMETER_NOT_TAKEN, RULE_LIMIT_INVALID, and the errors of amounts */
  propose(input: RuleChangeInput, actor: Actor, id?: string): Promise<RuleChange>;
  /** @throws RULE_CHANGE_NOT_FOUND, RULE_CHANGE_NEEDS_ANOTHER, RULE_CHANGE_ALREADY_DECIDED, RULE_CHANGED_MEANWHILE */
  approve(decision: ChangeDecision, actor: Actor): Promise<RuleChange>;
  /** By another than who proposed it. @throws RULE_CHANGE_NOT_FOUND, RULE_CHANGE_NEEDS_ANOTHER, RULE_CHANGE_ALREADY_DECIDED */
  reject(decision: ChangeDecision, actor: Actor): Promise<RuleChange>;
  /** By who proposed it. @throws RULE_CHANGE_NOT_FOUND, RULE_CHANGE_NOT_YOURS, RULE_CHANGE_ALREADY_DECIDED */
  withdraw(decision: ChangeDecision, actor: Actor): Promise<RuleChange>;
}

const changeCursor = keysetCursor('ruleChanges', { proposedAt: 'date', id: 'string' });

export function createRuleService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
}): RuleService {
  const { database, outbox, clock, ids } = deps;

  async function requireChange(client: Pick<Client, 'ruleChange'>, changeId: string): Promise<RuleChange> {
    const change = await findRuleChange(client, changeId);
    if (change === null) throw ruleErrors.RULE_CHANGE_NOT_FOUND({ changeId });
    return change;
  }

  /** Decides on a change, once. `effect` runs in the same database transaction. */
  async function decide(
    state: Exclude<RuleChangeState, 'PROPOSED'>,
    { changeId, note }: ChangeDecision,
    actor: Actor,
    effect: (tx: Transaction, change: RuleChange, at: Date) => Promise<void> = async () => {},
  ): Promise<RuleChange> {
    return database.transaction(async (tx) => {
      const change = await requireChange(tx.client, changeId);
      const decision = { by: actor.userId, at: clock.now(), note: note.trim() };
      if (!(await decideRuleChange(tx, changeId, { state, ...decision }))) {
        const { state: settled } = await requireChange(tx.client, changeId);
        throw ruleErrors.RULE_CHANGE_ALREADY_DECIDED({ changeId, state: settled });
      }
      await effect(tx, change, decision.at);
      const decided = { ...change, state, decision };
      await outbox.append(tx, [changeAudit(`rule_change.${actionOf[state]}`, decided, actor)]);
      return decided;
    });
  }

  async function requireAnother(change: RuleChange, action: string, actor: Actor): Promise<void> {
    if (change.proposedBy !== actor.userId) return;
    // Somebody tried; that is worth knowing, so it is recorded although nothing else happens.
    await database.transaction((tx) => outbox.append(tx, [changeAudit(action, change, actor, 'REFUSED')]));
    throw ruleErrors.RULE_CHANGE_NEEDS_ANOTHER({ changeId: change.id });
  }

  return {
    async installDefaults() {
      const known = new Set((await findCurrentRules(database.client)).map(({ rule }) => rule.code));
      const missing = defaultRules.filter(({ code }) => !known.has(code));
      if (missing.length === 0) return;
      const origin = { note: 'Default of a new installation.', changedBy: 'system', approvedBy: null };
      const versions = missing.map((rule) => ({ rule, ...origin, createdAt: clock.now(), supersededAt: null }));
      await database.transaction((tx) => insertMissingRules(tx, versions));
    },

    current: () => findCurrentRules(database.client),
    versions: (code, limit) => findRuleVersions(database.client, code, limit),
    findChange: (id) => findRuleChange(database.client, id),

    async changes(args, state) {
      const after = changeCursor.decode(args.after);
      const rows = await listRuleChanges(database.client, { state, after, limit: rowLimit(args) });
      return toConnection(rows, args, changeCursor.encode, (change) => change);
    },

    propose: (input, actor, id = ids.next()) =>
      database.transaction(async (tx) => {
        const current = (await findCurrentRules(tx.client)).find(({ rule }) => rule.code === input.code);
        if (current === undefined) throw new Error(`The rule ${input.code} has no version in force.`);
        requireVersion(current.rule, input.expectedVersion);
        const rule = applyChange(current.rule, input);
        const proposal = { proposedBy: actor.userId, proposedAt: clock.now(), note: input.note.trim() };
        const change: RuleChange = { id, rule, ...proposal, state: 'PROPOSED', decision: null };
        await insertRuleChange(tx, change);
        await outbox.append(tx, [changeAudit('rule_change.propose', change, actor)]);
        return change;
      }),

    async approve(decision, actor) {
      await requireAnother(await requireChange(database.client, decision.changeId), 'rule_change.approve', actor);
      return decide('APPROVED', decision, actor, async (tx, { rule, note, proposedBy }, at) => {
        if (!(await supersedeRule(tx, rule.code, rule.version - 1, at))) {
          const [latest] = await findRuleVersions(tx.client, rule.code, 1);
          requireVersion(latest?.rule ?? rule, rule.version - 1);
        }
        const version = { rule, note, changedBy: proposedBy, approvedBy: actor.userId, createdAt: at, supersededAt: null };
        await insertRuleVersion(tx, version);
        await outbox.append(tx, [ruleUpdated(version, actor)]);
      });
    },

    async reject(decision, actor) {
      await requireAnother(await requireChange(database.client, decision.changeId), 'rule_change.reject', actor);
      return decide('REJECTED', decision, actor);
    },

    async withdraw(decision, actor) {
      const { changeId } = decision;
      const { proposedBy } = await requireChange(database.client, changeId);
      if (proposedBy !== actor.userId) throw ruleErrors.RULE_CHANGE_NOT_YOURS({ changeId });
      return decide('WITHDRAWN', decision, actor);
    },
  };
}

const actionOf = { APPROVED: 'approve', REJECTED: 'reject', WITHDRAWN: 'withdraw' } as const;

function requireVersion({ code, version }: Rule, expectedVersion: number): void {
  if (version !== expectedVersion) throw ruleErrors.RULE_CHANGED_MEANWHILE({ code, expectedVersion, version });
}

function termsOf({ version, isEnabled, mode, reviewersMin, parameters }: Rule): JsonObject {
  return { version, isEnabled, mode, reviewersMin, parameters: JSON.parse(writeParameters(parameters)) };
}

function changeAudit(action: string, change: RuleChange, actor: Actor, outcome: AuditRecord['outcome'] = 'SUCCEEDED') {
  const { id, rule, note, proposedBy } = change;
  return complianceAudit({
    actorId: actor.userId,
    action,
    resourceType: 'RuleChange',
    resourceId: id,
    outcome,
    subjectUserId: null,
    details: { code: rule.code, ...termsOf(rule), note, proposedBy },
    requestId: actor.requestId,
  });
}

function ruleUpdated({ rule, note, changedBy }: RuleVersion, actor: Actor) {
  return complianceAudit({
    actorId: actor.userId,
    action: 'rule.update',
    resourceType: 'Rule',
    resourceId: rule.code,
    outcome: 'SUCCEEDED',
    subjectUserId: null,
    details: { ...termsOf(rule), note, proposedBy: changedBy },
    requestId: actor.requestId,
  });
}
