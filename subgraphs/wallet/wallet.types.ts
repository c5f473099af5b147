// The GraphQL types of wallets. No logic.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyType } from '../../platform/money/money.types.ts';
import { ExchangeType } from './exchange.types.ts';
import { HoldType } from './hold.types.ts';
import { TransactionStub } from './stub.types.ts';
import { WalletType } from './wallet.entity.types.ts';

export const WalletConnection = connectionType(WalletType, 'WalletConnection');

@InputType({ description: 'A wallet to open.' })
export class OpenWalletInput {
  @Field(() => String, { description: 'What to call it: 1 to 60 characters.' })
  name: string;
}

@InputType({ description: 'A new name for a wallet.' })
export class RenameWalletInput {
  @Field(() => ID, { description: 'The wallet, of which you are an owner or administrator.' })
  walletId: string;

  @Field(() => String, { description: 'What to call it from now on: 1 to 60 characters.' })
  name: string;
}

@InputType({ description: 'A wallet to freeze, and why.' })
export class FreezeWalletInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => String, { description: 'Why, for the record: 1 to 280 characters.' })
  reason: string;
}

@InputType({ description: 'A wallet to unfreeze, and why.' })
export class UnfreezeWalletInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => String, { description: 'Why, for the record: 1 to 280 characters.' })
  reason: string;
}

@ObjectType({ description: 'What became of a wallet.' })
abstract class WalletPayload {
  @Field(() => WalletType, { description: 'The wallet as it is now.' })
  wallet: WalletType;
}

@ObjectType({ description: 'The opened wallet.' })
export class OpenWalletPayload extends WalletPayload {}

@ObjectType({ description: 'The renamed wallet.' })
export class RenameWalletPayload extends WalletPayload {}

@ObjectType({ description: 'The frozen wallet.' })
export class FreezeWalletPayload extends WalletPayload {}

@ObjectType({ description: 'The unfrozen wallet.' })
export class UnfreezeWalletPayload extends WalletPayload {}

export enum BalanceCauseKindEnum {
  TRANSACTION = 'TRANSACTION',
  HOLD = 'HOLD',
  EXCHANGE = 'EXCHANGE',
  MANUAL = 'MANUAL',
}
registerEnumType(BalanceCauseKindEnum, {
  name: 'BalanceCauseKind',
  description: 'What kind of thing changed a balance.',
  valuesConfig: {
    TRANSACTION: { description: 'A transaction was posted.' },
    HOLD: { description: 'A hold was placed, captured, voided or has expired.' },
    EXCHANGE: { description: 'One asset was exchanged for another.' },
    MANUAL: { description: 'An operator has posted by hand.' },
  },
});

@ObjectType({ description: 'What changed a balance.' })
export class BalanceCause {
  @Field(() => BalanceCauseKindEnum, { description: 'Which of them it was.' })
  kind: BalanceCauseKindEnum;

  @Field(() => TransactionStub, { nullable: true, description: 'The transaction; null when it was something else.' })
  transaction: TransactionStub | null;

  @Field(() => HoldType, {
    nullable: true,
    description: 'The hold as it stands now; null when it was something else, or when it is on a wallet that you may not see.',
  })
  hold: HoldType | null;

  @Field(() => ExchangeType, {
    nullable: true,
    description: 'The exchange; null when it was something else, or when it is on a wallet that you may not see.',
  })
  exchange: ExchangeType | null;
}

@ObjectType({ description: 'A change of the balance of one asset in one wallet, as it happened.' })
export class WalletBalanceUpdate {
  @Field(() => Cursor, { description: 'Place in the stream. After a lost connection, subscribe again with it as `after`.' })
  cursor: string;

  @Field(() => AssetType, { description: 'The asset.' })
  asset: AssetType;

  @Field(() => MoneyType, { description: 'The posted balance after the change.' })
  posted: MoneyType;

  @Field(() => MoneyType, { description: 'What holds keep after the change.' })
  held: MoneyType;

  @Field(() => MoneyType, { description: 'What may be spent after the change.' })
  available: MoneyType;

  @Field(() => MoneyType, {
    description: 'Change of the posted balance: negative when money left, zero when only holds changed.',
  })
  change: MoneyType;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt: Date;

  /** Ids that the graph resolves. */
  walletId: string;
  causeKind: BalanceCauseKindEnum;
  causeId: string;
}

@ArgsType()
export class WalletBalanceChangedArgs {
  @Field(() => ID, { nullable: true, description: 'Follow this wallet only; without it, all that you are a member of.' })
  walletId?: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'Begin with what came after this cursor; without it, with what comes from now on.',
  })
  after?: string | null;
}
