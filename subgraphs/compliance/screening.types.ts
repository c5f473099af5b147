// The GraphQL types of screenings and their review. No logic.
import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { MoneyType } from '../../platform/money/money.types.ts';
import { TransactionStub, UserStub } from './extended.types.ts';
import { RuleCodeEnum } from './rule.types.ts';

export enum ScreeningDecision {
  CLEARED = 'CLEARED',
  HELD = 'HELD',
  REJECTED = 'REJECTED',
}
registerEnumType(ScreeningDecision, {
  name: 'ScreeningDecision',
  description: 'What a screening decided.',
  valuesConfig: {
    CLEARED: { description: 'The transaction may go on.' },
    HELD: { description: 'A person has to decide.' },
    REJECTED: { description: 'The transaction is refused.' },
  },
});

export enum RuleResultEnum {
  PASS = 'PASS',
  REVIEW = 'REVIEW',
  REFUSE = 'REFUSE',
}
registerEnumType(RuleResultEnum, {
  name: 'RuleResult',
  description: 'What one rule said of a transaction.',
  valuesConfig: {
    PASS: { description: 'Nothing against it.' },
    REVIEW: { description: 'A person should look at it.' },
    REFUSE: { description: 'It must not happen.' },
  },
});

@ObjectType('RuleOutcome', { description: 'What one version of a rule said of a transaction, and why.' })
export class RuleOutcomeType {
  @Field(() => RuleCodeEnum, { description: 'The rule.' })
  ruleCode: RuleCodeEnum;

  @Field(() => Int, { description: 'The version that judged.' })
  ruleVersion: number;

  @Field(() => RuleResultEnum, { description: 'What it said.' })
  result: RuleResultEnum;

  @Field(() => Boolean, { description: 'True when the rule was on trial (SHADOW): recorded, without effect on the decision.' })
  isShadow: boolean;

  @Field(() => String, { description: 'Why, in a sentence.' })
  explanation: string;

  @Field(() => String, { description: 'The values that it looked at, as JSON.' })
  inputs: string;
}

@ObjectType('Screening', { description: 'The screening of a transaction before money moves. For staff: customers never see it.' })
@Directive('@key(fields: "id")')
export class ScreeningType {
  @Field(() => ID, { description: 'Id of the screening.' })
  id: string;

  @Field(() => TransactionStub, { description: 'The transaction.' })
  transaction: TransactionStub;

  @Field(() => UserStub, { nullable: true, description: 'Who requested it; null when you may not see that user.' })
  requestedBy: UserStub | null;

  @Field(() => MoneyType, { description: 'The amount that was screened.' })
  amount: MoneyType;

  @Field(() => ScreeningDecision, { description: 'The decision that stands.' })
  decision: ScreeningDecision;

  @Field(() => [RuleOutcomeType], { description: 'What every rule that concerns the transaction said of it.' })
  outcomes: RuleOutcomeType[];

  @Field(() => DateTime, { description: 'When the transaction was requested.' })
  requestedAt: Date;

  @Field(() => DateTime, { description: 'When the rules judged it.' })
  screenedAt: Date;

  @Field(() => UserStub, { nullable: true, description: 'Who decided on it; null when the rules did, or when it is held.' })
  reviewedBy: UserStub | null;

  @Field(() => DateTime, { nullable: true, description: 'When a person decided on it.' })
  reviewedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Why that person decided so.' })
  reviewNote: string | null;
}

export const ScreeningConnection = connectionType(ScreeningType, 'ScreeningConnection');

@InputType({ description: 'A decision to let a held transaction go on.' })
export class ApproveScreeningInput {
  @Field(() => ID, { description: 'The held screening.' })
  screeningId: string;

  @Field(() => String, { description: 'Why; at most 2,000 characters.' })
  note: string;
}

@InputType({ description: 'A decision to refuse a held transaction.' })
export class RejectScreeningInput {
  @Field(() => ID, { description: 'The held screening.' })
  screeningId: string;

  @Field(() => String, { description: 'Why; at most 2,000 characters.' })
  note: string;
}

@ObjectType({ description: 'The approved screening.' })
export class ApproveScreeningPayload {
  @Field(() => ScreeningType, { description: 'The screening with its decision.' })
  screening: ScreeningType;
}

@ObjectType({ description: 'The rejected screening.' })
export class RejectScreeningPayload {
  @Field(() => ScreeningType, { description: 'The screening with its decision.' })
  screening: ScreeningType;
}
