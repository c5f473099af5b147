// The GraphQL types of lists of transactions: which, and where to go on. No logic.
import { ArrayMaxSize } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { ConnectionArgs } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { MetadataEntryInput } from './metadata.types.ts';
import { TransactionKindEnum, TransactionStateEnum } from './transaction.types.ts';

@InputType({ description: 'Which transactions to list; what is left out does not restrict.' })
export class TransactionFilterInput {
  @Field(() => [TransactionStateEnum], { nullable: true, description: 'In one of these states.' })
  @ArrayMaxSize(10)
  states?: TransactionStateEnum[] | null;

  @Field(() => [TransactionKindEnum], { nullable: true, description: 'Of one of these kinds.' })
  @ArrayMaxSize(3)
  kinds?: TransactionKindEnum[] | null;

  @Field(() => ID, { nullable: true, description: 'From or to this wallet.' })
  walletId?: string | null;

  @Field(() => String, { nullable: true, description: 'In this asset, by its code.' })
  asset?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Requested at this time or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Requested before this time.' })
  to?: Date | null;

  @Field(() => [MetadataEntryInput], {
    nullable: true,
    description: 'With all of these among its metadata. Finds none of which you, or the wallet, are only the recipient.',
  })
  @ArrayMaxSize(4)
  metadata?: MetadataEntryInput[] | null;
}

@ArgsType()
export class TransactionListArgs extends ConnectionArgs {
  @Field(() => TransactionFilterInput, { nullable: true, description: 'Which transactions to list.' })
  filter?: TransactionFilterInput | null;
}
