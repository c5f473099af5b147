// The graph's fields of rules and of their changes: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import type { BacktestService } from './rule.backtest.ts';
import {
  DecideRuleChangeInput,
  RuleBacktest,
  RuleBacktestArgs,
  RuleChangeConnection,
  RuleChangePayload,
  RuleChangeStateEnum,
  RuleChangeType,
} from './rule.change.types.ts';
import type { RuleService } from './rule.service.ts';
import { ProposeRuleChangeInput, RuleType, RuleVersionsArgs, RuleVersionType } from './rule.types.ts';
import { toBacktestType, toRuleChangeType, toRuleType, toRuleVersionType } from './rule.view.ts';

@Resolver(() => RuleType)
export class RuleResolver {
  readonly #rules: RuleService;

  constructor(rules: RuleService) {
    this.#rules = rules;
  }

  @RequiresPermission('compliance:read')
  @Query(() => [RuleType], { description: 'All rules, with the versions in force.' })
  async rules() {
    return (await this.#rules.current()).map(toRuleType);
  }

  @FieldResolver(() => [RuleVersionType], { description: 'Its versions, newest first.' })
  async versions(@Root() { code }: RuleType, @Args(() => RuleVersionsArgs) { first }: RuleVersionsArgs) {
    return (await this.#rules.versions(code, first)).map(toRuleVersionType);
  }
}

@Resolver(() => RuleChangeType)
export class RuleChangeResolver {
  readonly #rules: RuleService;
  readonly #backtests: BacktestService;

  constructor(rules: RuleService, backtests: BacktestService) {
    this.#rules = rules;
    this.#backtests = backtests;
  }

  @RequiresPermission('compliance:read')
  @Query(() => RuleChangeType, { nullable: true, description: 'A proposed change by its id; null when there is none.' })
  async ruleChange(@Arg('id', () => ID, { description: 'Id of the change.' }) id: string) {
    const change = await this.#rules.findChange(id);
    return change && toRuleChangeType(change);
  }

  @RequiresPermission('compliance:read')
  @Query(() => RuleChangeConnection, { description: 'Changes of rules, newest first.' })
  async ruleChanges(
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg('state', () => RuleChangeStateEnum, { nullable: true, description: 'Only those; all without it.' })
    state?: RuleChangeStateEnum | null,
  ) {
    const { edges, pageInfo } = await this.#rules.changes(args, state ?? null);
    const mapped = edges.map(({ cursor, node }) => ({ cursor, node: toRuleChangeType(node) }));
    return { edges: mapped, nodes: mapped.map(({ node }) => node), pageInfo };
  }

  @FieldResolver(() => RuleBacktest, {
    nullable: true,
    description:
      'What the change would have done to past transactions, as if it had been enforced. Null when the change is not there.',
  })
  async backtest(@Root() { id }: RuleChangeType, @Args(() => RuleBacktestArgs) args: RuleBacktestArgs) {
    const change = await this.#rules.findChange(id);
    return change && toBacktestType(await this.#backtests.run(change.rule, args));
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => RuleChangePayload, {
    description: 'Proposes a change of a rule. It takes effect when another person approves it.',
  })
  async proposeRuleChange(
    @Arg('input', () => ProposeRuleChangeInput, { description: 'The change.' }) input: ProposeRuleChangeInput,
    @Ctx() context: GraphContext,
  ) {
    return { ruleChange: toRuleChangeType(await this.#rules.propose(input, this.#actor(context))) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => RuleChangePayload, {
    description: 'Brings a proposed change into force: a new version, the old one is kept. Not for your own proposals.',
  })
  async approveRuleChange(
    @Arg('input', () => DecideRuleChangeInput, { description: 'The decision.' }) input: DecideRuleChangeInput,
    @Ctx() context: GraphContext,
  ) {
    return { ruleChange: toRuleChangeType(await this.#rules.approve(input, this.#actor(context))) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => RuleChangePayload, { description: 'Turns a proposed change down. Not for your own proposals.' })
  async rejectRuleChange(
    @Arg('input', () => DecideRuleChangeInput, { description: 'The decision.' }) input: DecideRuleChangeInput,
    @Ctx() context: GraphContext,
  ) {
    return { ruleChange: toRuleChangeType(await this.#rules.reject(input, this.#actor(context))) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => RuleChangePayload, { description: 'Takes your own proposal back.' })
  async withdrawRuleChange(
    @Arg('input', () => DecideRuleChangeInput, { description: 'The decision.' }) input: DecideRuleChangeInput,
    @Ctx() context: GraphContext,
  ) {
    return { ruleChange: toRuleChangeType(await this.#rules.withdraw(input, this.#actor(context))) };
  }

  #actor({ identity, requestId }: GraphContext) {
    const { userId } = requireIdentity(identity);
    return { userId, requestId };
  }
}
