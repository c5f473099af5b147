// The GraphQL types of exchange rates, and of what the house exchanges from. No logic.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { CacheableWithParent } from '../../platform/graph/cache-hint.ts';
import { DateTime, Decimal } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyInput } from '../../platform/money/money.types.ts';
import { BalanceType } from './account.types.ts';

@ObjectType('ExchangeRate', { description: 'The rate between two assets. It serves both directions.' })
export class ExchangeRateType {
  @CacheableWithParent()
  @Field(() => AssetType, { description: 'The asset that the rate is of one unit of.' })
  base: AssetType;

  @CacheableWithParent()
  @Field(() => AssetType, { description: 'The asset that the rate is told in.' })
  quote: AssetType;

  @Field(() => Decimal, { description: 'What one unit of the base is worth in the quote, before the spread; exact.' })
  rate: string;

  @Field(() => Int, { description: 'Hundredths of a percent of the value that the house keeps, either way.' })
  spreadBasisPoints: number;

  @Field(() => Int, { description: 'Version: grows by one with each change.' })
  version: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'From when on nothing is quoted from it; null when it is good until the next version.',
  })
  validUntil: Date | null;

  @Field(() => DateTime, { description: 'Since when.' })
  createdAt: Date;
}

@InputType({ description: 'A new version of the rate between two assets.' })
export class SetExchangeRateInput {
  @Field(() => String, { description: 'Code of the asset that the rate is of one unit of: "EUR".' })
  base: string;

  @Field(() => String, { description: 'Code of the asset that the rate is told in: "USD".' })
  quote: string;

  @Field(() => Int, { description: 'The version that you change, whichever way it was told; 0 when there is none yet.' })
  expectedVersion: number;

  @Field(() => Decimal, {
    description: 'What one unit of the base is worth in the quote, with at most 18 digits before and after the point: "1.0845".',
  })
  rate: string;

  @Field(() => Int, { defaultValue: 0, description: 'Hundredths of a percent of the value that the house keeps: 0 to 5,000.' })
  spreadBasisPoints: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'From when on nothing is to be quoted from it; left out, it has no end.',
  })
  validUntil?: Date | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Confirms a rate that is more than 10 percent above or below the version before; else it is refused with RATE_JUMP.',
  })
  allowsJump: boolean;
}

@ObjectType({ description: 'The rate from now on.' })
export class SetExchangeRatePayload {
  @Field(() => ExchangeRateType, { description: 'The new version.' })
  exchangeRate: ExchangeRateType;
}

@InputType({ description: 'Money that has arrived for the house to exchange from.' })
export class FundLiquidityInput {
  @Field(() => ID, {
    description:
      'A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'Your external account that it came from.' })
  externalAccountId: string;

  @Field(() => MoneyInput, { description: 'How much of which asset.' })
  amount: MoneyInput;
}

@ObjectType({ description: 'What the house has to exchange from.' })
export class FundLiquidityPayload {
  @Field(() => BalanceType, { description: 'What there is of the asset now.' })
  liquidity: BalanceType;
}
