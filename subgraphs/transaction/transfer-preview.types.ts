// The GraphQL types of what a transfer would come to. No logic.
import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';
import { ChargedKindEnum } from './fee.types.ts';
import { TransactionReason } from './transaction.types.ts';

@ObjectType('TransferPreview', {
  description: 'What would come of a transfer or withdrawal at present. It promises nothing, and is kept nowhere.',
})
@Directive('@key(fields: "id")')
export class TransferPreviewType {
  @Field(() => ID, { description: 'What it is about. It means nothing outside of the answer that it is in.' })
  id: string;

  @Field(() => MoneyType, { description: 'What its recipient gets.' })
  amount: MoneyType;

  @Field(() => MoneyType, { description: 'What it costs. Send it as `quotedFee` to be sure of it.' })
  fee: MoneyType;

  @Field(() => MoneyType, { description: 'What its payer pays: amount and fee.' })
  total: MoneyType;

  @Field(() => TransactionReason, {
    nullable: true,
    description:
      'Why it would be refused at once, as the error would say; null when it would be recorded. Whether there is money enough is in `funds`; what screening says is known afterwards.',
  })
  refusal: TransactionReason | null;
}

@InputType({ description: 'A transfer or withdrawal that you think of.' })
export class PreviewTransferInput {
  @Field(() => ChargedKindEnum, { defaultValue: ChargedKindEnum.TRANSFER, description: 'The kind of transaction.' })
  kind: ChargedKindEnum;

  @Field(() => ID, { description: 'The wallet that pays, in which you are at least a spender.' })
  sourceWalletId: string;

  @Field(() => ID, { description: 'The wallet that receives; for a withdrawal, your external account.' })
  destinationId: string;

  @Field(() => MoneyInput, { description: 'What the recipient shall get.' })
  amount: MoneyInput;
}
