// The GraphQL types of the audit log. No logic.
import { IsDate, Max, MaxLength, Min } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { ArgsType, Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime } from '../../platform/graph/scalars.ts';
import { verificationSizeMax } from './audit.service.ts';
import { TransactionStub, UserStub } from './extended.types.ts';

export enum AuditOutcome {
  SUCCEEDED = 'SUCCEEDED',
  REFUSED = 'REFUSED',
}
registerEnumType(AuditOutcome, {
  name: 'AuditOutcome',
  description: 'What came of an action.',
  valuesConfig: {
    SUCCEEDED: { description: 'It took effect.' },
    REFUSED: { description: 'It was refused, and nothing else changed.' },
  },
});

@ObjectType({ description: 'One record of the audit log: who did what to which resource, chained to the record before it.' })
@Directive('@key(fields: "id")')
export class AuditEvent {
  @Field(() => ID, { description: 'Id of the record; the id of the event that told of the action.' })
  id: string;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt: Date;

  @Field(() => String, { description: 'The domain in which it happened: auth, wallet, transaction, compliance.' })
  source: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Id of the user who acted, or "system". Null when it was a member of staff and you lack the permission audit:read.',
  })
  actorId: string | null;

  @Field(() => UserStub, { nullable: true, description: 'The user who acted; null for the system, and where actorId is.' })
  actor: UserStub | null;

  @Field(() => String, { description: 'What was done, as noun and verb: "wallet.freeze".' })
  action: string;

  @Field(() => String, { description: 'Type of what it was done to: "Wallet".' })
  resourceType: string;

  @Field(() => ID, { description: 'Id of what it was done to.' })
  resourceId: string;

  @Field(() => AuditOutcome, { description: 'Whether it took effect.' })
  outcome: AuditOutcome;

  @Field(() => UserStub, { nullable: true, description: "Whose data it concerns; null when nobody's." })
  subjectUser: UserStub | null;

  @Field(() => TransactionStub, { nullable: true, description: 'The transaction that it belongs to, if any.' })
  transaction: TransactionStub | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Values that explain the action, as canonical JSON (RFC 8785). Null for other people's actions unless you have audit:read.",
  })
  details: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The request that led to it. Null under the same rule as details, or when there was none.',
  })
  requestId: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Its place in the log: 1, 2, 3… without gaps. Needs audit:read.' })
  sequence: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When the log took it in. Needs audit:read.' })
  recordedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Hash of the record before it; 64 zeros for the first. Needs audit:read.' })
  previousHash: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256, in hexadecimal, of the canonical JSON of the record together with previousHash. Needs audit:read.',
  })
  hash: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The record as it is hashed and sealed: canonical JSON (RFC 8785) with previousHash. Needs audit:read.',
  })
  canonicalRecord: string | null;
}

export const AuditEventConnection = connectionType(AuditEvent, 'AuditEventConnection');

const textLengthMax = 256;

@InputType({ description: 'Which records of the audit log are wanted. Every given part must match.' })
export class AuditEventFilter {
  @Field(() => ID, { nullable: true, description: 'Only what this user did; "system" for what services did on their own.' })
  @MaxLength(textLengthMax)
  actorId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only this action: "wallet.freeze".' })
  @MaxLength(textLengthMax)
  action?: string | null;

  @Field(() => String, { nullable: true, description: 'Only what was done to resources of this type: "Wallet".' })
  @MaxLength(textLengthMax)
  resourceType?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only what was done to this resource.' })
  @MaxLength(textLengthMax)
  resourceId?: string | null;

  @Field(() => ID, { nullable: true, description: "Only what concerns this user's data." })
  @MaxLength(textLengthMax)
  subjectUserId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only what belongs to this transaction.' })
  @MaxLength(textLengthMax)
  transactionId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Only what happened at this moment or later.' })
  @IsDate()
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only what happened before this moment.' })
  @IsDate()
  to?: Date | null;
}

@ObjectType({ description: 'A record as the log takes it in, with the place to resume from.' })
export class AuditEventUpdate {
  @Field(() => Cursor, { description: 'Send it as `after` to go on behind this record.' })
  cursor: string;

  @Field(() => AuditEvent, { description: 'The record.' })
  auditEvent: AuditEvent;
}

@ArgsType()
export class AuditEventRecordedArgs {
  @Field(() => Cursor, {
    nullable: true,
    description: 'Replay what came after this cursor, then go on live. Without it the stream starts at the present.',
  })
  after?: string | null;

  @Field(() => AuditEventFilter, { nullable: true, description: 'Which records are wanted; all without it.' })
  filter?: AuditEventFilter | null;
}

export enum AuditLogProblemKind {
  MISSING = 'MISSING',
  CHANGED = 'CHANGED',
  UNLINKED = 'UNLINKED',
  BEYOND_HEAD = 'BEYOND_HEAD',
  NOT_AS_SEALED = 'NOT_AS_SEALED',
  TREE_DAMAGED = 'TREE_DAMAGED',
}
registerEnumType(AuditLogProblemKind, {
  name: 'AuditLogProblemKind',
  description: 'How the audit log was tampered with.',
  valuesConfig: {
    MISSING: { description: 'A record was removed.' },
    CHANGED: { description: 'A record does not have the contents that its hash was made of.' },
    UNLINKED: { description: 'A record does not continue the one before it: one of the two was replaced.' },
    BEYOND_HEAD: { description: 'A record was added by somebody other than the log.' },
    NOT_AS_SEALED: { description: 'A record is not the one that was sealed into the tree: the log was rewritten.' },
    TREE_DAMAGED: { description: 'The tree over the log is not the one that was signed.' },
  },
});

@ObjectType({ description: 'The first record that is not what was once written.' })
export class AuditLogProblem {
  @Field(() => GraphQLSafeInt, { description: 'Its place in the log.' })
  sequence: number;

  @Field(() => ID, { nullable: true, description: 'Its id, when it is there.' })
  eventId: string | null;

  @Field(() => AuditLogProblemKind, { description: 'What is wrong with it.' })
  kind: AuditLogProblemKind;

  @Field(() => String, { description: 'The same in words.' })
  message: string;
}

@ObjectType('AuditLogVerification', { description: 'What a verification of the audit log looked at, and what it found.' })
export class AuditLogVerificationType {
  @Field(() => Boolean, { description: 'True when every record looked at is what was once written.' })
  isIntact: boolean;

  @Field(() => GraphQLSafeInt, { description: 'The first record looked at.' })
  fromSequence: number;

  @Field(() => Int, { description: 'How many records were found good.' })
  verified: number;

  @Field(() => GraphQLSafeInt, { description: 'The last record of the log when the verification began; 0 for an empty log.' })
  headSequence: number;

  @Field(() => String, {
    description: 'The hash of that record. Keep it elsewhere: a log that was rewritten as a whole cannot show it again.',
  })
  headHash: string;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Where to go on; null at the end of the log, or at a problem.' })
  nextSequence: number | null;

  @Field(() => AuditLogProblem, { nullable: true, description: 'The first bad record, if any.' })
  problem: AuditLogProblem | null;
}

@ArgsType()
export class AuditLogVerificationArgs {
  @Field(() => GraphQLSafeInt, { defaultValue: 1, description: 'The record to begin with.' })
  from: number;

  @Field(() => Int, { defaultValue: 10_000, description: `How many records to verify: 1 to ${verificationSizeMax}.` })
  @Min(1)
  @Max(verificationSizeMax)
  first: number;
}
