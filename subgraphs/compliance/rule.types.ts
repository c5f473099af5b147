// The GraphQL types of rules. No logic.
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { pageSizeMax } from '../../platform/graph/connection.ts';
import { DateTime, Decimal } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyType } from '../../platform/money/money.types.ts';
import { UserStub } from './extended.types.ts';
import { ruleCatalogue, ruleCodes, transactionsMaxMax, windowMinutesMax } from './rule.rules.ts';

export enum RuleCodeEnum {
  TRANSACTION_LIMIT = 'TRANSACTION_LIMIT',
  DEPOSIT_LIMIT = 'DEPOSIT_LIMIT',
  DAILY_LIMIT = 'DAILY_LIMIT',
  DAILY_DEPOSIT_LIMIT = 'DAILY_DEPOSIT_LIMIT',
  VELOCITY = 'VELOCITY',
  DEPOSIT_VELOCITY = 'DEPOSIT_VELOCITY',
  SANCTIONED_NAME = 'SANCTIONED_NAME',
}
registerEnumType(RuleCodeEnum, {
  name: 'RuleCode',
  description: 'The rules that transactions are screened with.',
  valuesConfig: Object.fromEntries(ruleCodes.map((code) => [code, { description: `${ruleCatalogue[code].title}.` }])),
});

@ObjectType({ description: 'Thresholds of a rule for one asset.' })
export class RuleLimit {
  @Field(() => AssetType, { description: 'The asset.' })
  asset: AssetType;

  @Field(() => MoneyType, { nullable: true, description: 'This much, or more, is held for review; null: no such threshold.' })
  reviewFrom: MoneyType | null;

  @Field(() => MoneyType, { nullable: true, description: 'More than this is refused; null: no such threshold.' })
  refuseAbove: MoneyType | null;
}

@ObjectType('RuleVersion', { description: 'One version of a rule. A version never changes.' })
export class RuleVersionType {
  @Field(() => Int, { description: '1, 2, 3…; screenings name the version that judged them.' })
  version: number;

  @Field(() => Boolean, { description: 'Whether the rule takes part in screening.' })
  isEnabled: boolean;

  @Field(() => [RuleLimit], { description: 'Thresholds by asset; empty for rules that have none.' })
  limits: RuleLimit[];

  @Field(() => Int, { nullable: true, description: 'How far the rule looks back; null for rules that do not.' })
  windowMinutes: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many transactions a user may request in the window before the next is held.',
  })
  transactionsMax: number | null;

  @Field(() => String, { description: 'Why it was made.' })
  note: string;

  @Field(() => UserStub, { nullable: true, description: 'Who made it; null for the defaults.' })
  changedBy: UserStub | null;

  @Field(() => DateTime, { description: 'When it came into force.' })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the next version replaced it; null for the one in force.' })
  supersededAt: Date | null;
}

@ObjectType('Rule', { description: 'A rule that transactions are screened with.' })
export class RuleType {
  @Field(() => RuleCodeEnum, { description: 'Which rule it is.' })
  code: RuleCodeEnum;

  @Field(() => String, { description: 'What it looks at.' })
  title: string;

  @Field(() => RuleVersionType, { description: 'The version in force.' })
  current: RuleVersionType;
}

@ArgsType()
export class RuleVersionsArgs {
  @Field(() => Int, { defaultValue: 20, description: 'How many versions to return: 1 to 100.' })
  @Min(1)
  @Max(pageSizeMax)
  first: number;
}

@InputType({ description: 'New thresholds of a rule for one asset. They replace both old ones.' })
export class RuleLimitInput {
  @Field(() => String, { description: 'Code of the asset: "USD".' })
  @MaxLength(32)
  asset: string;

  @Field(() => Decimal, { nullable: true, description: 'Hold this much, or more, for review; null: never.' })
  reviewFrom?: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Refuse more than this; null: never.' })
  refuseAbove?: string | null;
}

@InputType({ description: 'A change of a rule. What is left out stays as it is.' })
export class UpdateRuleInput {
  @Field(() => RuleCodeEnum, { description: 'The rule to change.' })
  code: RuleCodeEnum;

  @Field(() => Int, { description: 'The version that you looked at. RULE_CHANGED_MEANWHILE when somebody else was faster.' })
  expectedVersion: number;

  @Field(() => Boolean, { nullable: true, description: 'Switch the rule on or off. The sanctions rule cannot be switched off.' })
  isEnabled?: boolean | null;

  @Field(() => [RuleLimitInput], { nullable: true, description: 'New thresholds of the named assets.' })
  @ArrayMaxSize(100)
  limits?: RuleLimitInput[] | null;

  @Field(() => Int, { nullable: true, description: `How far to look back: 1 to ${windowMinutesMax} minutes.` })
  windowMinutes?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many transactions to let pass in the window: 0 to ${transactionsMaxMax}.`,
  })
  transactionsMax?: number | null;

  @Field(() => String, { description: 'Why the rule changes; kept with the version.' })
  @MaxLength(2_000)
  note: string;
}

@ObjectType({ description: 'The changed rule.' })
export class UpdateRulePayload {
  @Field(() => RuleType, { description: 'The rule, with its new version in force.' })
  rule: RuleType;
}
