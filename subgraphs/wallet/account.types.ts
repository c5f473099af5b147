// The GraphQL types of ledger accounts and balances. No logic.
import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyType } from '../../platform/money/money.types.ts';

@ObjectType('Balance', { description: 'What there is of one asset: posted, held, and available, which is posted minus held.' })
export class BalanceType {
  @Field(() => AssetType, { description: 'The asset.' })
  asset: AssetType;

  @Field(() => MoneyType, { description: 'Credits minus debits that have been posted.' })
  posted: MoneyType;

  @Field(() => MoneyType, { description: 'Set aside by holds.' })
  held: MoneyType;

  @Field(() => MoneyType, { description: 'What may be spent now.' })
  available: MoneyType;
}

@ObjectType('Account', { description: 'A ledger account: one per wallet and asset, opened when it is first used.' })
export class AccountType {
  @Field(() => ID, { description: 'Id of the account.' })
  id: string;

  @Field(() => AssetType, { description: 'The asset that it counts.' })
  asset: AssetType;

  @Field(() => BalanceType, { description: 'What there is.' })
  balance: BalanceType;

  @Field(() => DateTime, { description: 'When it was first used.' })
  openedAt: Date;

  @Field(() => DateTime, { description: 'When its balance last changed.' })
  updatedAt: Date;
}
