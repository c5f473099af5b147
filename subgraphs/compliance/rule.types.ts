// The GraphQL types of rules. No logic.
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { pageSizeMax } from '../../platform/graph/connection.ts';
import { DateTime, Decimal } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyType } from '../../platform/money/money.types.ts';
import { UserStub } from './extended.types.ts';
import { reviewersMax, ruleCatalogue, ruleCodes, transactionsMaxMax, windowMinutesMax } from './rule.rules.ts';

export enum RuleCodeEnum {
  TRANSACTION_LIMIT = 'TRANSACTION_LIMIT',
  DEPOSIT_LIMIT = 'DEPOSIT_LIMIT',
  DAILY_LIMIT = 'DAILY_LIMIT',
  DAILY_DEPOSIT_LIMIT = 'DAILY_DEPOSIT_LIMIT',
  VELOCITY = 'VELOCITY',
  DEPOSIT_VELOCITY = 'DEPOSIT_VELOCITY',
  SANCTIONED_NAME = 'SANCTIONED_NAME',
  STRUCTURING = 'STRUCTURING',
  RAPID_IN_OUT = 'RAPID_IN_OUT',
  DORMANT_ACCOUNT = 'DORMANT_ACCOUNT',
  NEW_PAYEE = 'NEW_PAYEE',
  ROUND_AMOUNTS = 'ROUND_AMOUNTS',
  RISKY_COUNTRY = 'RISKY_COUNTRY',
}
registerEnumType(RuleCodeEnum, {
  name: 'RuleCode',
  description: 'The rules that transactions are screened with.',
  valuesConfig: Object.fromEntries(ruleCodes.map((code) => [code, { description: `${ruleCatalogue[code].title}.` }])),
});

export enum RuleModeEnum {
  ENFORCED = 'ENFORCED',
  SHADOW = 'SHADOW',
}
registerEnumType(RuleModeEnum, {
  name: 'RuleMode',
  description: 'Whether a rule takes effect.',
  valuesConfig: {
    ENFORCED: { description: 'What it says counts.' },
    SHADOW: { description: 'On trial: it judges and is recorded, and changes no decision.' },
  },
});

@ObjectType({ description: 'Thresholds of a rule for one asset.' })
export class RuleLimit {
  @Field(() => AssetType, { description: 'The asset.' })
  asset: AssetType;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'This much, or more, is held for review, or looked at by a rule about behaviour; null: no such threshold.',
  })
  reviewFrom: MoneyType | null;

  @Field(() => MoneyType, { nullable: true, description: 'More than this is refused; null: no such threshold.' })
  refuseAbove: MoneyType | null;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'This much, or more, is released by two people; null: no such threshold.',
  })
  twoReviewersFrom: MoneyType | null;
}

/** What a version judges by: the same for one in force and for one that is proposed. */
@ObjectType('RuleTerms', { description: 'What a version of a rule judges by. Parameters that its kind does not take are null.' })
export class RuleTerms {
  @Field(() => Boolean, { description: 'Whether the rule takes part in screening.' })
  isEnabled: boolean;

  @Field(() => RuleModeEnum, { description: 'Whether it takes effect.' })
  mode: RuleModeEnum;

  @Field(() => Int, { description: 'How many people must agree to release what it holds.' })
  reviewersMin: number;

  @Field(() => [RuleLimit], { description: 'Thresholds by asset; empty for rules that have none.' })
  limits: RuleLimit[];

  @Field(() => Int, { nullable: true, description: 'How far the rule looks back.' })
  windowMinutes: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many transactions a user may request in the window before the next is held.',
  })
  transactionsMax: number | null;

  @Field(() => Int, { nullable: true, description: 'How many transactions of a kind make a pattern.' })
  countMin: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'STRUCTURING: how far below the threshold an amount is just below it. RAPID_IN_OUT: which share goes out again.',
  })
  percent: number | null;

  @Field(() => Int, { nullable: true, description: 'How long a silence makes an account dormant.' })
  days: number | null;

  @Field(() => Int, { nullable: true, description: 'How alike a listed name must be to be looked at.' })
  reviewFromPercent: number | null;

  @Field(() => Int, { nullable: true, description: 'How alike a listed name must be to be refused; 101: no name alone is.' })
  refuseFromPercent: number | null;

  @Field(() => [String], { nullable: true, description: 'Countries that are looked at (ISO 3166-1 alpha-2).' })
  reviewCountries: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Countries that are refused (ISO 3166-1 alpha-2).' })
  refuseCountries: string[] | null;
}

@ObjectType('RuleVersion', { description: 'One version of a rule. A version never changes.' })
export class RuleVersionType extends RuleTerms {
  @Field(() => Int, { description: '1, 2, 3…; screenings name the version that judged them.' })
  version: number;

  @Field(() => String, { description: 'Why it was made.' })
  note: string;

  @Field(() => UserStub, { nullable: true, description: 'Who proposed it; null for the defaults.' })
  changedBy: UserStub | null;

  @Field(() => UserStub, { nullable: true, description: 'Who approved it; null for the defaults.' })
  approvedBy: UserStub | null;

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

@InputType({ description: 'New thresholds of a rule for one asset. They replace all old ones.' })
export class RuleLimitInput {
  @Field(() => String, { description: 'Code of the asset: "USD".' })
  @MaxLength(32)
  asset: string;

  @Field(() => Decimal, { nullable: true, description: 'Hold this much, or more, for review; null: never.' })
  reviewFrom?: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Refuse more than this; null: never. Only for limits.' })
  refuseAbove?: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'Let two people agree to release this much, or more; null: by the rule. Only for limits of one amount.',
  })
  twoReviewersFrom?: string | null;
}

@InputType({ description: 'A change of a rule. What is left out stays as it is.' })
export class ProposeRuleChangeInput {
  @Field(() => RuleCodeEnum, { description: 'The rule to change.' })
  code: RuleCodeEnum;

  @Field(() => Int, { description: 'The version that you looked at. RULE_CHANGED_MEANWHILE when somebody else was faster.' })
  expectedVersion: number;

  @Field(() => Boolean, { nullable: true, description: 'Switch the rule on or off. The sanctions rule cannot be switched off.' })
  isEnabled?: boolean | null;

  @Field(() => RuleModeEnum, { nullable: true, description: 'Put the rule on trial, or enforce it.' })
  mode?: RuleModeEnum | null;

  @Field(() => Int, { nullable: true, description: `How many people must agree to release what it holds: 1 or ${reviewersMax}.` })
  reviewersMin?: number | null;

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

  @Field(() => Int, { nullable: true, description: 'How many transactions make a pattern: 2 to 20.' })
  countMin?: number | null;

  @Field(() => Int, { nullable: true, description: 'As in RuleTerms: 1 to 100.' })
  percent?: number | null;

  @Field(() => Int, { nullable: true, description: 'How long a silence makes an account dormant: 1 to 3650 days.' })
  days?: number | null;

  @Field(() => Int, { nullable: true, description: 'How alike a listed name must be to be looked at: 80 to 100.' })
  reviewFromPercent?: number | null;

  @Field(() => Int, { nullable: true, description: 'How alike a listed name must be to be refused: 80 to 101.' })
  refuseFromPercent?: number | null;

  @Field(() => [String], { nullable: true, description: 'Countries to look at (ISO 3166-1 alpha-2). Replaces the old list.' })
  @ArrayMaxSize(300)
  reviewCountries?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Countries to refuse (ISO 3166-1 alpha-2). Replaces the old list.' })
  @ArrayMaxSize(300)
  refuseCountries?: string[] | null;

  @Field(() => String, { description: 'Why the rule changes; kept with the version.' })
  @MaxLength(2_000)
  note: string;
}
