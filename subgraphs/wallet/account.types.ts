// The GraphQL types of ledger accounts and balances. No logic.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyInput, MoneyType } from '../../platform/money/money.types.ts';

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

export enum AccountStatusEnum {
  ACTIVE = 'ACTIVE',
  FROZEN = 'FROZEN',
}
registerEnumType(AccountStatusEnum, {
  name: 'AccountStatus',
  description: 'Whether a ledger account can be used.',
  valuesConfig: {
    ACTIVE: { description: 'It pays and receives.' },
    FROZEN: { description: 'It neither pays nor receives; other assets of the wallet are not concerned.' },
  },
});

export enum TimeAxisEnum {
  RECORDED = 'RECORDED',
  EFFECTIVE = 'EFFECTIVE',
}
registerEnumType(TimeAxisEnum, {
  name: 'TimeAxis',
  description: 'Which time of a posting counts.',
  valuesConfig: {
    RECORDED: { description: 'When it was written: what was known at the moment. Never changes.' },
    EFFECTIVE: { description: 'When it counts from: with everything that has been back-dated since.' },
  },
});

@ObjectType({ description: 'What a wallet held of one asset at a moment.' })
export class BalanceAt {
  @Field(() => AssetType, { description: 'The asset.' })
  asset: AssetType;

  @Field(() => MoneyType, { description: 'Credits minus debits up to the moment.' })
  posted: MoneyType;
}

@ArgsType()
export class BalancesAtArgs {
  @Field(() => DateTime, { description: 'The moment; not later than now.' })
  at: Date;

  @Field(() => TimeAxisEnum, { defaultValue: TimeAxisEnum.RECORDED, description: 'Which time of a posting counts.' })
  by: TimeAxisEnum;
}

@InputType({ description: 'An account to freeze or unfreeze, and why.' })
abstract class AccountFreezeInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => String, { description: 'Code of the asset.' })
  asset: string;

  @Field(() => String, { description: 'Why, for the record: 1 to 280 characters.' })
  reason: string;
}

@InputType({ description: 'An account to freeze, and why.' })
export class FreezeAccountInput extends AccountFreezeInput {}

@InputType({ description: 'An account to unfreeze, and why.' })
export class UnfreezeAccountInput extends AccountFreezeInput {}

@InputType({ description: 'How far below zero a wallet may go in one asset.' })
export class GrantOverdraftInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => MoneyInput, { description: 'The limit; zero takes the overdraft back.' })
  limit: MoneyInput;
}

@ObjectType('Account', { description: 'A ledger account: one per wallet and asset, opened when it is first used.' })
export class AccountType {
  @Field(() => ID, { description: 'Id of the account.' })
  id: string;

  @Field(() => AssetType, { description: 'The asset that it counts.' })
  asset: AssetType;

  @Field(() => BalanceType, { description: 'What there is.' })
  balance: BalanceType;

  @Field(() => AccountStatusEnum, { description: 'Whether it can be used.' })
  status: AccountStatusEnum;

  @Field(() => MoneyType, { description: 'How far below zero it may go.' })
  overdraftLimit: MoneyType;

  @Field(() => DateTime, { description: 'When it was first used.' })
  openedAt: Date;

  @Field(() => DateTime, { description: 'When its balance last changed.' })
  updatedAt: Date;
}

@ObjectType({ description: 'What became of an account.' })
abstract class AccountPayload {
  @Field(() => AccountType, { description: 'The account as it is now.' })
  account: AccountType;
}

@ObjectType({ description: 'The frozen account.' })
export class FreezeAccountPayload extends AccountPayload {}

@ObjectType({ description: 'The unfrozen account.' })
export class UnfreezeAccountPayload extends AccountPayload {}

@ObjectType({ description: 'The account with its new limit.' })
export class GrantOverdraftPayload extends AccountPayload {}
