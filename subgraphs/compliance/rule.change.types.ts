// The GraphQL types of proposed changes of rules, and of what they would have done. No logic.
import { MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { UserStub } from './extended.types.ts';
import { RuleCodeEnum, RuleTerms } from './rule.types.ts';
import { RuleOutcomeType, ScreeningDecision, ScreeningType } from './screening.types.ts';

export enum RuleChangeStateEnum {
  PROPOSED = 'PROPOSED',
  APPROVED = 'APPROVED',
  REJECTED = 'REJECTED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(RuleChangeStateEnum, {
  name: 'RuleChangeState',
  description: 'What became of a proposed change of a rule.',
  valuesConfig: {
    PROPOSED: { description: 'It waits for a second person.' },
    APPROVED: { description: 'It is in force, as a version of its own.' },
    REJECTED: { description: 'A second person turned it down.' },
    WITHDRAWN: { description: 'Who proposed it took it back.' },
  },
});

@ObjectType('RuleChange', { description: 'A change of a rule that one person proposes and another decides on.' })
export class RuleChangeType {
  @Field(() => ID, { description: 'Id of the change.' })
  id: string;

  @Field(() => RuleCodeEnum, { description: 'The rule.' })
  code: RuleCodeEnum;

  @Field(() => Int, { description: 'The version that it was made against.' })
  baseVersion: number;

  @Field(() => RuleTerms, { description: 'What the next version would judge by, whole.' })
  terms: RuleTerms;

  @Field(() => String, { description: 'Why the rule is to change.' })
  note: string;

  @Field(() => UserStub, { description: 'Who proposed it.' })
  proposedBy: UserStub;

  @Field(() => DateTime, { description: 'When it was proposed.' })
  proposedAt: Date;

  @Field(() => RuleChangeStateEnum, { description: 'What became of it.' })
  state: RuleChangeStateEnum;

  @Field(() => UserStub, { nullable: true, description: 'Who decided on it; null while it is proposed.' })
  decidedBy: UserStub | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was decided on.' })
  decidedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was decided so.' })
  decisionNote: string | null;
}

export const RuleChangeConnection = connectionType(RuleChangeType, 'RuleChangeConnection');

@ObjectType({ description: 'How many screenings a change would have decided otherwise.' })
export class RuleBacktestTransition {
  @Field(() => ScreeningDecision, { description: 'What the rules decided then.' })
  from: ScreeningDecision;

  @Field(() => ScreeningDecision, { description: 'What they would have decided.' })
  to: ScreeningDecision;

  @Field(() => Int, { description: 'How many.' })
  count: number;
}

@ObjectType({
  description: 'A screening that a change would have decided otherwise, or that its rule on trial would have named.',
})
export class RuleBacktestExample {
  @Field(() => ScreeningType, { description: 'The screening.' })
  screening: ScreeningType;

  @Field(() => ScreeningDecision, { description: 'What the rules decided then.' })
  from: ScreeningDecision;

  @Field(() => ScreeningDecision, { description: 'What they would have decided.' })
  to: ScreeningDecision;

  @Field(() => RuleOutcomeType, { nullable: true, description: 'What the changed rule says; null when it would not be asked.' })
  outcome: RuleOutcomeType | null;
}

@ObjectType({ description: 'A changed rule, run over past screenings as if it had been in force.' })
export class RuleBacktest {
  @Field(() => Int, { description: 'Screenings that it was run over, the latest ones.' })
  evaluated: number;

  @Field(() => DateTime, { nullable: true, description: 'When the first of them was requested.' })
  since: Date | null;

  @Field(() => Int, { description: 'How often the changed rule says anything but PASS.' })
  hits: number;

  @Field(() => Int, { description: 'How many decisions would have been others.' })
  changed: number;

  @Field(() => [RuleBacktestTransition], { description: 'Those decisions, by what they were and would have been.' })
  transitions: RuleBacktestTransition[];

  @Field(() => [RuleBacktestExample], { description: 'Some of them, the latest first.' })
  examples: RuleBacktestExample[];

  @Field(() => Boolean, {
    description:
      'False when there were more screenings than were read: what came before them is not known to the rules that look back.',
  })
  isComplete: boolean;
}

@ArgsType()
export class RuleBacktestArgs {
  @Field(() => Int, { defaultValue: 1_000, description: 'Over how many screenings to run it: 1 to 5,000, the latest.' })
  screenings: number;

  @Field(() => Int, { defaultValue: 10, description: 'How many examples to give: 0 to 50.' })
  examples: number;
}

@InputType({ description: 'A decision on a proposed change of a rule.' })
export class DecideRuleChangeInput {
  @Field(() => ID, { description: 'The change.' })
  changeId: string;

  @Field(() => String, { defaultValue: '', description: 'Why; at most 2,000 characters.' })
  @MaxLength(2_000)
  note: string;
}

@ObjectType({ description: 'The change of the rule, as it is now.' })
export class RuleChangePayload {
  @Field(() => RuleChangeType, { description: 'The change.' })
  ruleChange: RuleChangeType;
}
