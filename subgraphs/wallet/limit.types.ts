// The GraphQL types of spending limits. No logic.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';
import { UserStub } from './stub.types.ts';
import { WalletType } from './wallet.entity.types.ts';

export enum SpendingPeriodEnum {
  TRANSACTION = 'TRANSACTION',
  DAY = 'DAY',
  MONTH = 'MONTH',
}
registerEnumType(SpendingPeriodEnum, {
  name: 'SpendingPeriod',
  description: 'What a spending limit is for. Days and months are those of the calendar in UTC.',
  valuesConfig: {
    TRANSACTION: { description: 'Each payment by itself.' },
    DAY: { description: 'All payments of a calendar day, UTC.' },
    MONTH: { description: 'All payments of a calendar month, UTC.' },
  },
});

@ObjectType({ description: 'How much may be spent from a wallet in one asset, fees included.' })
export class SpendingLimit {
  @Field(() => ID, { description: 'Id of the limit.' })
  id: string;

  @Field(() => UserStub, { nullable: true, description: 'Whose spending it limits; null for that of all members together.' })
  user: UserStub | null;

  @Field(() => SpendingPeriodEnum, { description: 'What it is for.' })
  period: SpendingPeriodEnum;

  @Field(() => MoneyType, { description: 'How much may be spent.' })
  limit: MoneyType;

  @Field(() => MoneyType, {
    description: 'How much has been spent or set aside in the present period; zero for single payments.',
  })
  used: MoneyType;

  @Field(() => MoneyType, { description: 'How much may still be spent now, as far as this limit goes.' })
  remaining: MoneyType;

  @Field(() => DateTime, { nullable: true, description: 'When the next period begins; null for single payments.' })
  renewsAt: Date | null;
}

@InputType({ description: 'A limit to what may be spent.' })
export class SetSpendingLimitInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => ID, { nullable: true, description: 'The member whose spending to limit; without it, that of all together.' })
  userId?: string | null;

  @Field(() => SpendingPeriodEnum, { description: 'What it is for.' })
  period: SpendingPeriodEnum;

  @Field(() => MoneyInput, { description: 'How much may be spent, of which asset; zero for nothing.' })
  limit: MoneyInput;
}

@InputType({ description: 'A spending limit to remove.' })
export class RemoveSpendingLimitInput {
  @Field(() => ID, { description: 'The limit.' })
  limitId: string;
}

@ObjectType({ description: 'The limit that was set.' })
export class SetSpendingLimitPayload {
  @Field(() => SpendingLimit, { description: 'The limit as it stands now.' })
  spendingLimit: SpendingLimit;
}

@ObjectType({ description: 'The wallet whose limit was removed.' })
export class RemoveSpendingLimitPayload {
  @Field(() => WalletType, { description: 'The wallet as it is now.' })
  wallet: WalletType;
}
