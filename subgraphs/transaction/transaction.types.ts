// The GraphQL types of transactions, and the stubs of what other domains own. No logic.
import { ArrayMaxSize } from 'class-validator';
import { ArgsType, Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';
import { MetadataEntryInput } from './metadata.types.ts';
import type { TransactionRecord } from './transaction.repository.ts';

export enum TransactionKindEnum {
  TRANSFER = 'TRANSFER',
  DEPOSIT = 'DEPOSIT',
  WITHDRAWAL = 'WITHDRAWAL',
}
registerEnumType(TransactionKindEnum, {
  name: 'TransactionKind',
  description: 'Which way a transaction moves money.',
  valuesConfig: {
    TRANSFER: { description: 'From one wallet to another.' },
    DEPOSIT: { description: 'From an external account into a wallet.' },
    WITHDRAWAL: { description: 'From a wallet to an external account.' },
  },
});

export enum TransactionStateEnum {
  REQUESTED = 'REQUESTED',
  SCREENING = 'SCREENING',
  IN_REVIEW = 'IN_REVIEW',
  APPROVED = 'APPROVED',
  POSTING = 'POSTING',
  COMPLETED = 'COMPLETED',
  REJECTED = 'REJECTED',
  FAILED = 'FAILED',
  EXPIRED = 'EXPIRED',
  REVERSED = 'REVERSED',
}
registerEnumType(TransactionStateEnum, {
  name: 'TransactionState',
  description:
    'Where a transaction is in its life. REJECTED, FAILED, EXPIRED and REVERSED are final; a COMPLETED one can only be REVERSED.',
  valuesConfig: {
    REQUESTED: { description: 'Recorded; the money is being set aside.' },
    SCREENING: { description: 'The money is set aside; being screened.' },
    IN_REVIEW: { description: 'Held until a person has looked at it; the money stays set aside.' },
    APPROVED: { description: 'Cleared. A payout of an all-or-none batch waits here for the others.' },
    POSTING: { description: 'The ledger has been told to move the money.' },
    COMPLETED: { description: 'The money has moved.' },
    REJECTED: { description: 'Refused by screening or review; no money has moved, and none is set aside any more.' },
    FAILED: { description: 'Could not be made, for example for want of funds; no money has moved.' },
    EXPIRED: { description: 'Not decided in time; no money has moved, and none is set aside any more.' },
    REVERSED: { description: 'The money had moved, and was sent back by another transaction.' },
  },
});

export enum PartyTypeEnum {
  WALLET = 'WALLET',
  EXTERNAL_ACCOUNT = 'EXTERNAL_ACCOUNT',
}
registerEnumType(PartyTypeEnum, {
  name: 'TransactionPartyType',
  description: 'What kind of place money comes from or goes to.',
  valuesConfig: {
    WALLET: { description: 'A wallet of this platform.' },
    EXTERNAL_ACCOUNT: { description: 'An account elsewhere, for example at a bank.' },
  },
});

@ObjectType('User', { description: 'A person or service that signs in.' })
@Directive('@key(fields: "id")')
export class UserStub {
  @Field(() => ID, { description: 'Id of the user.' })
  id: string;
}

@ObjectType('Wallet', { description: 'A wallet that holds balances of many assets.' })
@Directive('@key(fields: "id")')
export class WalletStub {
  @Field(() => ID, { description: 'Id of the wallet.' })
  id: string;
}

@ObjectType('ExternalAccount', { description: 'A named account outside the platform.' })
@Directive('@key(fields: "id", resolvable: false)')
export class ExternalAccountStub {
  @Field(() => ID, { description: 'Id of the external account.' })
  id: string;
}

@ObjectType({ description: 'One end of a transaction: a wallet or an external account.' })
export class TransactionParty {
  @Field(() => PartyTypeEnum, { description: 'Which of the two it is.' })
  type: PartyTypeEnum;

  @Field(() => WalletStub, {
    nullable: true,
    description: 'The wallet; null when it is an external account, or a wallet that you may not see.',
  })
  wallet: WalletStub | null;

  @Field(() => ExternalAccountStub, {
    nullable: true,
    description: 'The external account; null when it is a wallet, or an account that you may not see.',
  })
  externalAccount: ExternalAccountStub | null;
}

@ObjectType({ description: 'Why something happened to a transaction, for people and for programs.' })
export class TransactionReason {
  @Field(() => String, { description: 'Stable code, for example INSUFFICIENT_FUNDS or COMPLIANCE_REJECTED.' })
  code: string;

  @Field(() => String, { description: 'One sentence for people.' })
  message: string;
}

@ObjectType({ description: 'A state that a transaction entered.' })
export class TransactionStep {
  @Field(() => Int, { description: "The transaction's version from this step on: 1, 2, 3…" })
  version: number;

  @Field(() => TransactionStateEnum, { description: 'The state entered.' })
  state: TransactionStateEnum;

  @Field(() => TransactionReason, { nullable: true, description: 'Why, where there is something to explain.' })
  reason: TransactionReason | null;

  @Field(() => DateTime, { description: 'When.' })
  at: Date;
}

@ObjectType('Transaction', {
  description: 'One movement of money, from request to outcome. Its recipient sees it once it has completed.',
})
@Directive('@key(fields: "id")')
export class TransactionType {
  @Field(() => ID, { description: 'Id of the transaction.' })
  id: string;

  @Field(() => TransactionKindEnum, { description: 'Which way it moves money.' })
  kind: TransactionKindEnum;

  @Field(() => TransactionStateEnum, { description: 'Where it is in its life.' })
  state: TransactionStateEnum;

  @Field(() => Int, { description: 'Number of states it has entered; grows by one with each change.' })
  version: number;

  @Field(() => MoneyType, { description: 'What it moves.' })
  amount: MoneyType;

  @Field(() => UserStub, { nullable: true, description: 'Who asked for it; null when you may not see that user.' })
  requestedBy: UserStub | null;

  @Field(() => String, { nullable: true, description: 'A line from the requester to the recipient.' })
  memo: string | null;

  @Field(() => TransactionReason, { nullable: true, description: 'Why it was rejected, failed or expired; null unless it was.' })
  failure: TransactionReason | null;

  @Field(() => DateTime, { description: 'When it was requested.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When it entered its present state.' })
  updatedAt: Date;

  /** The record that the fields were made from; not in the graph. */
  record: TransactionRecord;
}

export const TransactionConnection = connectionType(TransactionType, 'TransactionConnection');

@ObjectType({ description: 'A change of state of a transaction, as it happened.' })
export class TransactionUpdate {
  @Field(() => Cursor, { description: 'Place in the stream. After a lost connection, subscribe again with it as `after`.' })
  cursor: string;

  @Field(() => TransactionStateEnum, { description: 'The state that the transaction entered.' })
  state: TransactionStateEnum;

  @Field(() => TransactionStateEnum, { nullable: true, description: 'The state that it left; null for a new transaction.' })
  previousState: TransactionStateEnum | null;

  @Field(() => Int, { description: "The transaction's version with this change." })
  version: number;

  @Field(() => TransactionReason, { nullable: true, description: 'Why, where there is something to explain.' })
  reason: TransactionReason | null;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt: Date;

  @Field(() => TransactionStep, { description: 'The change as the step that it is in the timeline of the transaction.' })
  step: TransactionStep;

  /** Id of the transaction; the graph offers the transaction itself. */
  transactionId: string;
}

@InputType({ description: 'What every request to move money says.' })
abstract class MovementInput {
  @Field(() => String, {
    description:
      'A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe: it returns the first transaction.',
  })
  idempotencyKey: string;

  @Field(() => MoneyInput, { description: 'How much of which asset.' })
  amount: MoneyInput;

  @Field(() => String, { nullable: true, description: 'A line for the recipient, at most 140 characters.' })
  memo?: string | null;

  @Field(() => [MetadataEntryInput], {
    nullable: true,
    description:
      'Keys and values of your own, at most 16, by which your side finds it again; its recipient does not see them. They are part of the request: with another one the idempotency key is refused.',
  })
  @ArrayMaxSize(16)
  metadata?: MetadataEntryInput[] | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'The fee that `quoteTransfer` gave you: with another fee the request is refused with FEE_CHANGED. Left out, any fee will do.',
  })
  quotedFee?: MoneyInput | null;
}

@InputType({ description: 'A transfer from a wallet that you may spend from to another wallet.' })
export class CreateTransferInput extends MovementInput {
  @Field(() => ID, { description: 'The wallet that pays, in which you are at least a spender.' })
  sourceWalletId: string;

  @Field(() => ID, { description: 'The wallet that receives.' })
  destinationWalletId: string;
}

@InputType({ description: 'Money that has arrived from outside, to be credited to a wallet.' })
export class CreateDepositInput extends MovementInput {
  @Field(() => ID, { description: "The external account that it came from: yours, or one of the wallet's owner." })
  externalAccountId: string;

  @Field(() => ID, { description: 'The wallet that receives.' })
  walletId: string;
}

@InputType({ description: 'Money to be paid out from a wallet that you may spend from to one of your external accounts.' })
export class CreateWithdrawalInput extends MovementInput {
  @Field(() => ID, { description: 'The wallet that pays, in which you are at least a spender.' })
  walletId: string;

  @Field(() => ID, { description: 'Your external account, which receives.' })
  externalAccountId: string;
}

@ObjectType({ description: 'A recorded movement of money.' })
abstract class MovementPayload {
  @Field(() => TransactionType, {
    description: 'The transaction as recorded; for a repeated request, the first one as it stands now.',
  })
  transaction: TransactionType;

  @Field(() => Cursor, {
    description:
      'Subscribe to `transactionUpdated(id:, after:)` with it to miss nothing of the transaction, not even its first state.',
  })
  cursor: string;
}

@ObjectType({ description: 'The recorded transfer.' })
export class CreateTransferPayload extends MovementPayload {}

@ObjectType({ description: 'The recorded deposit.' })
export class CreateDepositPayload extends MovementPayload {}

@ObjectType({ description: 'The recorded withdrawal.' })
export class CreateWithdrawalPayload extends MovementPayload {}

@ArgsType()
export class TransactionUpdatedArgs {
  @Field(() => ID, { nullable: true, description: 'Follow this transaction only.' })
  id?: string | null;

  @Field(() => ID, { nullable: true, description: 'Follow the transactions of this wallet only.' })
  walletId?: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'Begin with what came after this cursor; without it, with what comes from now on.',
  })
  after?: string | null;
}
