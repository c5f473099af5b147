// The GraphQL types of exchanges and their quotes. No logic.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Decimal } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyInput, MoneyType } from '../../platform/money/money.types.ts';

export enum FixedSideEnum {
  SELL = 'SELL',
  BUY = 'BUY',
}
registerEnumType(FixedSideEnum, {
  name: 'ExchangeSide',
  description: 'Which amount of an exchange is given, so that the other one follows from the rate.',
  valuesConfig: {
    SELL: { description: 'What leaves the wallet; what it gets is rounded down to a whole smallest unit.' },
    BUY: { description: 'What the wallet gets; what leaves it is rounded up to a whole smallest unit.' },
  },
});

@ObjectType({ description: 'The terms of an exchange.' })
abstract class ExchangeTermsType {
  @Field(() => MoneyType, { description: 'What leaves the wallet, everything included.' })
  sold: MoneyType;

  @Field(() => MoneyType, { description: 'What the wallet gets.' })
  bought: MoneyType;

  @Field(() => FixedSideEnum, { description: 'Which of the two was given.' })
  fixed: FixedSideEnum;

  @Field(() => AssetType, { description: 'The asset that the rate is of one unit of.' })
  base: AssetType;

  @Field(() => AssetType, { description: 'The asset that the rate is told in.' })
  quote: AssetType;

  @Field(() => Decimal, { description: 'What one unit of the base is worth in the quote, before the spread; exact.' })
  rate: string;

  @Field(() => Int, { description: 'Version of the rate.' })
  rateVersion: number;

  @Field(() => Int, { description: 'Hundredths of a percent of the value that the house keeps.' })
  spreadBasisPoints: number;

  @Field(() => MoneyType, { description: 'What the house keeps of what is sold, for that.' })
  spread: MoneyType;

  @Field(() => MoneyType, {
    description:
      'What rounding leaves over: less than the smallest unit of the other asset is worth. It goes to an account of its own.',
  })
  residue: MoneyType;
}

@ObjectType('ExchangeQuote', {
  description: 'An offer to you, for one wallet and one exchange, until it expires. It sets no money aside.',
})
export class ExchangeQuoteType extends ExchangeTermsType {
  @Field(() => ID, { description: 'Id of the quote, to exchange with.' })
  id: string;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'From when on it cannot be used any more, by the clock of the database.' })
  expiresAt: Date;

  /** The wallet that the graph resolves. */
  walletId: string;
}

@ObjectType('Exchange', { description: 'One asset of a wallet that was exchanged for another, at the terms of a quote.' })
export class ExchangeType extends ExchangeTermsType {
  @Field(() => ID, { description: 'Id of the exchange: that of the quote that it used.' })
  id: string;

  @Field(() => DateTime, { description: 'When it was posted.' })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was taken back; null while it stands.' })
  reversedAt: Date | null;

  /** The wallet that the graph resolves. */
  walletId: string;
}

@InputType({ description: 'An exchange to be quoted.' })
export class QuoteExchangeInput {
  @Field(() => ID, { description: 'The wallet, which you may spend from.' })
  walletId: string;

  @Field(() => FixedSideEnum, { description: 'Whether `amount` is what to sell or what to buy.' })
  side: FixedSideEnum;

  @Field(() => MoneyInput, { description: 'How much is sold, or bought, exactly.' })
  amount: MoneyInput;

  @Field(() => String, { description: 'Code of the other asset: what is bought for it, or what is sold for it.' })
  counterAsset: string;
}

@ObjectType({ description: 'What was quoted.' })
export class QuoteExchangePayload {
  @Field(() => ExchangeQuoteType, { description: 'The quote.' })
  quote: ExchangeQuoteType;
}

@InputType({ description: 'A quote to use.' })
export class ExchangeInput {
  @Field(() => ID, {
    description:
      'A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The quote, which was made to you.' })
  quoteId: string;
}

@ObjectType({ description: 'What was exchanged.' })
export class ExchangePayload {
  @Field(() => ExchangeType, { description: 'The exchange.' })
  exchange: ExchangeType;
}

@InputType({ description: 'An exchange to take back, and why.' })
export class ReverseExchangeInput {
  @Field(() => ID, {
    description:
      'A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The exchange.' })
  exchangeId: string;

  @Field(() => String, { description: 'Why, for the record and for the wallet: 1 to 280 characters.' })
  reason: string;
}

@ObjectType({ description: 'What was taken back.' })
export class ReverseExchangePayload {
  @Field(() => ExchangeType, { description: 'The exchange.' })
  exchange: ExchangeType;
}
