// The GraphQL types of cases. No logic.
import { MaxLength } from 'class-validator';
import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { UserStub } from './extended.types.ts';
import { RuleCodeEnum } from './rule.types.ts';
import { ScreeningType } from './screening.types.ts';

export enum CaseKindEnum {
  HELD_TRANSACTION = 'HELD_TRANSACTION',
  SANCTIONS_HIT = 'SANCTIONS_HIT',
}
registerEnumType(CaseKindEnum, {
  name: 'CaseKind',
  description: 'What a case is about.',
  valuesConfig: {
    HELD_TRANSACTION: { description: 'A transaction that the rules hold.' },
    SANCTIONS_HIT: { description: 'A user, or the holder of an external account, who resembles a listed party.' },
  },
});

export enum CaseStateEnum {
  OPEN = 'OPEN',
  IN_PROGRESS = 'IN_PROGRESS',
  AWAITING_SECOND = 'AWAITING_SECOND',
  CLOSED = 'CLOSED',
}
registerEnumType(CaseStateEnum, {
  name: 'CaseState',
  description: 'Where a case stands.',
  valuesConfig: {
    OPEN: { description: 'Nobody works on it.' },
    IN_PROGRESS: { description: 'Somebody works on it.' },
    AWAITING_SECOND: { description: 'Somebody has voted; it takes a second person.' },
    CLOSED: { description: 'It is decided, or its time is up.' },
  },
});

export enum CaseVerdictEnum {
  RELEASE = 'RELEASE',
  REJECT = 'REJECT',
  FALSE_POSITIVE = 'FALSE_POSITIVE',
  TRUE_MATCH = 'TRUE_MATCH',
}
registerEnumType(CaseVerdictEnum, {
  name: 'CaseVerdict',
  description: 'What a reviewer votes.',
  valuesConfig: {
    RELEASE: { description: 'Let the held transaction go on. Takes as many as the case asks for.' },
    REJECT: { description: 'Refuse the held transaction. Takes one.' },
    FALSE_POSITIVE: { description: 'It is somebody else than the listed party. Takes as many as the case asks for.' },
    TRUE_MATCH: {
      description: 'It is the listed party: every transaction is refused from now on. Takes as many as the case asks for.',
    },
  },
});

export enum CaseOutcomeEnum {
  RELEASED = 'RELEASED',
  REJECTED = 'REJECTED',
  FALSE_POSITIVE = 'FALSE_POSITIVE',
  TRUE_MATCH = 'TRUE_MATCH',
  EXPIRED = 'EXPIRED',
}
registerEnumType(CaseOutcomeEnum, {
  name: 'CaseOutcome',
  description: 'What came of a case.',
  valuesConfig: {
    RELEASED: { description: 'The transaction went on.' },
    REJECTED: { description: 'The transaction was refused.' },
    FALSE_POSITIVE: { description: 'Somebody else than the listed party.' },
    TRUE_MATCH: { description: 'The listed party.' },
    EXPIRED: { description: 'Nobody decided in time, or the transaction ended before; it was refused.' },
  },
});

@ObjectType('CaseAlert', { description: 'What raised a case.' })
export class CaseAlertType {
  @Field(() => RuleCodeEnum, { description: 'The rule.' })
  ruleCode: RuleCodeEnum;

  @Field(() => Int, { description: 'Its version.' })
  ruleVersion: number;

  @Field(() => Boolean, { description: 'True when the rule was on trial: said for what it is worth.' })
  isShadow: boolean;

  @Field(() => String, { description: 'What it said, in a sentence.' })
  explanation: string;
}

@ObjectType('CaseVote', { description: "One reviewer's verdict." })
export class CaseVoteType {
  @Field(() => UserStub, { description: 'Who voted.' })
  reviewer: UserStub;

  @Field(() => CaseVerdictEnum, { description: 'What they voted.' })
  verdict: CaseVerdictEnum;

  @Field(() => String, { description: 'Why.' })
  note: string;

  @Field(() => DateTime, { description: 'When.' })
  votedAt: Date;
}

@ObjectType('CaseNote', { description: 'A remark on a case.' })
export class CaseNoteType {
  @Field(() => ID, { description: 'Id of the remark.' })
  id: string;

  @Field(() => UserStub, { description: 'Who wrote it.' })
  author: UserStub;

  @Field(() => String, { description: 'The remark.' })
  text: string;

  @Field(() => DateTime, { description: 'When.' })
  writtenAt: Date;
}

@ObjectType('Case', { description: 'Something that people have to decide on. For staff: customers never see it.' })
@Directive('@key(fields: "id")')
export class CaseType {
  @Field(() => ID, { description: 'Id of the case.' })
  id: string;

  @Field(() => CaseKindEnum, { description: 'What it is about.' })
  kind: CaseKindEnum;

  @Field(() => CaseStateEnum, { description: 'Where it stands.' })
  state: CaseStateEnum;

  @Field(() => CaseOutcomeEnum, { nullable: true, description: 'What came of it; null while it is open.' })
  outcome: CaseOutcomeEnum | null;

  screeningId: string | null;

  @Field(() => ID, { nullable: true, description: 'SANCTIONS_HIT: the user or external account that resembles a listed party.' })
  partyId: string | null;

  @Field(() => [CaseAlertType], { description: 'What raised it.' })
  alerts: CaseAlertType[];

  @Field(() => Int, { description: 'How many people must agree to let it go.' })
  reviewersNeeded: number;

  @Field(() => [CaseVoteType], { description: 'The verdicts so far, oldest first.' })
  votes: CaseVoteType[];

  @Field(() => [CaseNoteType], { description: 'The latest 100 remarks, oldest first.' })
  notes: CaseNoteType[];

  @Field(() => UserStub, { nullable: true, description: 'Who works on it.' })
  assignee: UserStub | null;

  @Field(() => DateTime, { description: 'When it was opened.' })
  openedAt: Date;

  @Field(() => DateTime, { description: 'When it should be decided. A held transaction is refused then.' })
  dueAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was closed.' })
  closedAt: Date | null;

  @Field(() => ScreeningType, { nullable: true, description: 'HELD_TRANSACTION: the screening that holds it.' })
  screening?: ScreeningType | null;
}

export const CaseConnection = connectionType(CaseType, 'CaseConnection');

@InputType({ description: 'Which cases are wanted. Every given part must match.' })
export class CaseFilterInput {
  @Field(() => CaseStateEnum, { nullable: true, description: 'Only cases in this state.' })
  state?: CaseStateEnum | null;

  @Field(() => Boolean, { nullable: true, description: 'Only cases that are not closed, or only closed ones.' })
  isOpen?: boolean | null;

  @Field(() => CaseKindEnum, { nullable: true, description: 'Only cases of this kind.' })
  kind?: CaseKindEnum | null;

  @Field(() => ID, { nullable: true, description: 'Only cases that this user works on.' })
  @MaxLength(256)
  assigneeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only cases about this user or external account.' })
  @MaxLength(256)
  partyId?: string | null;
}

@InputType({ description: 'Who is to work on a case.' })
export class AssignCaseInput {
  @Field(() => ID, { description: 'The case.' })
  caseId: string;

  @Field(() => ID, { nullable: true, description: 'Who is to work on it; null gives it back to the queue.' })
  @MaxLength(256)
  assigneeId?: string | null;
}

@InputType({ description: 'A remark on a case.' })
export class AddCaseNoteInput {
  @Field(() => ID, { description: 'The case.' })
  caseId: string;

  @Field(() => String, { description: 'The remark; at most 2,000 characters.' })
  text: string;
}

@InputType({ description: 'A verdict on a case.' })
export class DecideCaseInput {
  @Field(() => ID, { description: 'The case.' })
  caseId: string;

  @Field(() => CaseVerdictEnum, { description: 'The verdict.' })
  verdict: CaseVerdictEnum;

  @Field(() => String, { description: 'Why; at most 2,000 characters.' })
  note: string;
}

@ObjectType({ description: 'The case, as it is now.' })
export class CasePayload {
  @Field(() => CaseType, { description: 'The case.' })
  case: CaseType;
}
