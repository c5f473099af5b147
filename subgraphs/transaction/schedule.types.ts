// The GraphQL types of schedules. No logic.
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';

export enum ScheduleStateEnum {
  ACTIVE = 'ACTIVE',
  PAUSED = 'PAUSED',
  COMPLETED = 'COMPLETED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(ScheduleStateEnum, {
  name: 'TransferScheduleState',
  description: 'Whether a schedule makes transfers.',
  valuesConfig: {
    ACTIVE: { description: 'It makes its transfers when their time comes.' },
    PAUSED: { description: 'It makes none until it is resumed; what falls into the pause is left out.' },
    COMPLETED: { description: 'Its last occurrence has come.' },
    CANCELLED: { description: 'Its owner has ended it.' },
  },
});

export enum ScheduleFrequencyEnum {
  ONCE = 'ONCE',
  DAILY = 'DAILY',
  WEEKLY = 'WEEKLY',
  MONTHLY = 'MONTHLY',
}
registerEnumType(ScheduleFrequencyEnum, {
  name: 'TransferScheduleFrequency',
  description: 'How often a schedule makes a transfer.',
  valuesConfig: {
    ONCE: { description: 'At its start alone.' },
    DAILY: { description: 'Every so many days.' },
    WEEKLY: { description: 'Every so many weeks.' },
    MONTHLY: {
      description: 'Every so many months, on the day of the start, or on the last day of a month that has no such day.',
    },
  },
});

export enum ScheduleFailurePolicyEnum {
  CONTINUE = 'CONTINUE',
  PAUSE = 'PAUSE',
}
registerEnumType(ScheduleFailurePolicyEnum, {
  name: 'TransferScheduleFailurePolicy',
  description: 'What happens to a schedule when one of its transfers cannot be made.',
  valuesConfig: { CONTINUE: { description: 'The next one is made all the same.' }, PAUSE: { description: 'It is paused.' } },
});

@ObjectType({ description: 'An occurrence of a schedule that has come.' })
export class ScheduleRunType {
  @Field(() => Int, { description: 'Number of the occurrence: 1, 2, 3…' })
  occurrence: number;

  @Field(() => DateTime, { description: 'When it was due.' })
  dueAt: Date;

  @Field(() => DateTime, { description: 'When it ran: later than due after a downtime.' })
  ranAt: Date;

  @Field(() => String, { nullable: true, description: 'Why there is no transfer, as a stable code; null when there is one.' })
  refusalCode: string | null;

  /** The graph offers the transaction itself. */
  transactionId: string | null;
}

@ObjectType('TransferSchedule', { description: 'A transfer that is made at a time, or again and again. Only its owner sees it.' })
export class ScheduleType {
  @Field(() => ID, { description: 'Id of the schedule.' })
  id: string;

  @Field(() => ScheduleStateEnum, { description: 'Whether it makes transfers.' })
  state: ScheduleStateEnum;

  @Field(() => MoneyType, { description: 'What each transfer moves.' })
  amount: MoneyType;

  @Field(() => String, { nullable: true, description: 'The line to the recipient.' })
  memo: string | null;

  @Field(() => ScheduleFrequencyEnum, { description: 'How often.' })
  frequency: ScheduleFrequencyEnum;

  @Field(() => Int, { description: 'Every so many days, weeks or months.' })
  interval: number;

  @Field(() => DateTime, { description: 'The first occurrence.' })
  startsAt: Date;

  @Field(() => String, { description: 'IANA name of the time zone in which the time of day stays the same.' })
  timeZone: string;

  @Field(() => DateTime, { nullable: true, description: 'No occurrence after it; null for no end.' })
  endsAt: Date | null;

  @Field(() => Int, { nullable: true, description: 'How many occurrences there are at most; null for no limit.' })
  occurrencesMax: number | null;

  @Field(() => ScheduleFailurePolicyEnum, { description: 'What happens when a transfer cannot be made.' })
  onFailure: ScheduleFailurePolicyEnum;

  @Field(() => DateTime, { nullable: true, description: 'The next occurrence; null when there is none any more.' })
  nextAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was paused by itself, as a stable code; null unless it was.' })
  pauseCode: string | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt: Date;
}

export enum ScheduleChangeEnum {
  CREATED = 'CREATED',
  RAN = 'RAN',
  PAUSED = 'PAUSED',
  RESUMED = 'RESUMED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(ScheduleChangeEnum, {
  name: 'TransferScheduleChange',
  description: 'What happened to a schedule.',
  valuesConfig: {
    CREATED: { description: 'It was made.' },
    RAN: { description: 'An occurrence has come; after the last one the schedule is COMPLETED.' },
    PAUSED: { description: 'Its owner paused it, or a transfer that could not be made did.' },
    RESUMED: { description: 'Its owner let it go on; when nothing was left to come, it is COMPLETED.' },
    CANCELLED: { description: 'Its owner ended it.' },
  },
});

@ObjectType('TransferScheduleUpdate', { description: 'A change of a schedule, as it happened.' })
export class ScheduleUpdateType {
  @Field(() => Cursor, { description: 'Place in the stream. After a lost connection, subscribe again with it as `after`.' })
  cursor: string;

  @Field(() => ScheduleChangeEnum, { description: 'What happened.' })
  change: ScheduleChangeEnum;

  @Field(() => ScheduleStateEnum, { description: 'Whether the schedule makes transfers after it.' })
  state: ScheduleStateEnum;

  @Field(() => ScheduleRunType, { nullable: true, description: 'The occurrence that has come; null for every other change.' })
  run: ScheduleRunType | null;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt: Date;

  /** Id of the schedule; the graph offers the schedule itself. */
  scheduleId: string;
}

@ArgsType()
export class TransferScheduleUpdatedArgs {
  @Field(() => ID, { nullable: true, description: 'Follow this schedule only.' })
  id?: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'Begin with what came after this cursor; without it, with what comes from now on.',
  })
  after?: string | null;
}

export const ScheduleConnection = connectionType(ScheduleType, 'TransferScheduleConnection');

@ArgsType()
export class ScheduleListArgs extends ConnectionArgs {}

@InputType({ description: 'A transfer to be made at a time, or again and again.' })
export class ScheduleTransferInput {
  @Field(() => String, {
    description: 'A key of your own for this request, at most 128 visible ASCII characters. Sending it again is safe.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'Your wallet, which pays.' })
  sourceWalletId: string;

  @Field(() => ID, { description: 'The wallet that receives.' })
  destinationWalletId: string;

  @Field(() => MoneyInput, { description: 'How much of which asset each time.' })
  amount: MoneyInput;

  @Field(() => String, { nullable: true, description: 'A line for the recipient, at most 140 characters.' })
  memo?: string | null;

  @Field(() => DateTime, { description: 'The first occurrence, in the future.' })
  startsAt: Date;

  @Field(() => ScheduleFrequencyEnum, { defaultValue: ScheduleFrequencyEnum.ONCE, description: 'How often.' })
  frequency: ScheduleFrequencyEnum;

  @Field(() => Int, { defaultValue: 1, description: 'Every so many days, weeks or months: 1 to 366.' })
  interval: number;

  @Field(() => String, { defaultValue: 'UTC', description: 'IANA name of the time zone whose calendar and time of day count.' })
  timeZone: string;

  @Field(() => DateTime, { nullable: true, description: 'No occurrence after it.' })
  endsAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'No more occurrences than this: 1 to 10,000.' })
  occurrencesMax?: number | null;

  @Field(() => ScheduleFailurePolicyEnum, {
    defaultValue: ScheduleFailurePolicyEnum.CONTINUE,
    description: 'What happens when a transfer cannot be made.',
  })
  onFailure: ScheduleFailurePolicyEnum;
}

@InputType({ description: 'One of your schedules.' })
export class ChangeScheduleInput {
  @Field(() => ID, { description: 'The schedule.' })
  scheduleId: string;
}

@ObjectType({ description: 'The schedule as it stands now.' })
export class SchedulePayload {
  @Field(() => ScheduleType, { description: 'The schedule.' })
  schedule: ScheduleType;
}
