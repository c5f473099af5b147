// The graph's fields of rules: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requirePermission } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import { toAssetType, toMoneyType } from '../../platform/money/money.types.ts';
import type { RuleVersion } from './rule.repository.ts';
import { ruleCatalogue } from './rule.rules.ts';
import type { RuleService } from './rule.service.ts';
import {
  RuleCodeEnum,
  type RuleLimit,
  RuleType,
  RuleVersionsArgs,
  RuleVersionType,
  UpdateRuleInput,
  UpdateRulePayload,
} from './rule.types.ts';

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

  @RequiresPermission('compliance:review')
  @Mutation(() => UpdateRulePayload, { description: 'Changes a rule: a new version comes into force, the old one is kept.' })
  async updateRule(
    @Arg('input', () => UpdateRuleInput, { description: 'The change.' }) input: UpdateRuleInput,
    @Ctx() { identity, requestId }: GraphContext,
  ) {
    const { userId } = requirePermission(identity, 'compliance:review');
    return { rule: toRuleType(await this.#rules.update(input, { userId, requestId })) };
  }

  @FieldResolver(() => [RuleVersionType], { description: 'Its versions, newest first.' })
  async versions(@Root() { code }: RuleType, @Args(() => RuleVersionsArgs) { first }: RuleVersionsArgs) {
    return (await this.#rules.versions(code, first)).map(toRuleVersionType);
  }
}

function toRuleType(version: RuleVersion): RuleType {
  const { code } = version.rule;
  return { code: RuleCodeEnum[code], title: ruleCatalogue[code].title, current: toRuleVersionType(version) };
}

function toRuleVersionType({ rule, note, changedBy, createdAt, supersededAt }: RuleVersion): RuleVersionType {
  const { version, isEnabled, parameters } = rule;
  return {
    version,
    isEnabled,
    limits: 'limits' in parameters ? toLimits(parameters.limits as Parameters<typeof toLimits>[0]) : [],
    windowMinutes: 'windowMinutes' in parameters ? (parameters.windowMinutes as number) : null,
    transactionsMax: 'transactionsMax' in parameters ? (parameters.transactionsMax as number) : null,
    note,
    changedBy: changedBy === 'system' ? null : { id: changedBy },
    createdAt,
    supersededAt,
  };
}

function toLimits(limits: Readonly<Record<string, { reviewFrom: bigint | null; refuseAbove: bigint | null }>>): RuleLimit[] {
  return Object.entries(limits).map(([asset, { reviewFrom, refuseAbove }]) => ({
    asset: toAssetType(requireAsset(asset)),
    reviewFrom: reviewFrom === null ? null : toMoneyType({ units: reviewFrom, asset }),
    refuseAbove: refuseAbove === null ? null : toMoneyType({ units: refuseAbove, asset }),
  }));
}
