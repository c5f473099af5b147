// What this domain adds to the transaction domain's previews of transfers. No logic.
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { MoneyType } from '../../platform/money/money.types.ts';
import { LedgerRefusal } from './manual-posting.types.ts';

@ObjectType('TransferPreview', {
  description: 'What would come of a transfer or withdrawal at present. It promises nothing, and is kept nowhere.',
})
@Directive('@key(fields: "id")')
export class TransferPreviewStub {
  @Field(() => ID, { description: 'What it is about. It means nothing outside of the answer that it is in.' })
  id: string;
}

@ObjectType({ description: 'Whether a wallet has the money, as the ledger would decide at present.' })
export class FundsPreview {
  @Field(() => Boolean, { description: 'Whether the money would be set aside.' })
  isCovered: boolean;

  @Field(() => LedgerRefusal, {
    nullable: true,
    description: 'Why not: funds, a spending limit, your role, a freeze. Null when it would be.',
  })
  refusal: LedgerRefusal | null;

  @Field(() => MoneyType, { description: 'What may be spent now.' })
  availableNow: MoneyType;

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What might be spent afterwards, fee included; null when the money would not be set aside.',
  })
  availableAfter: MoneyType | null;
}
