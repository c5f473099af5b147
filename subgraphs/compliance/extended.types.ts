// Types that other domains own and this one adds fields to. No logic.
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@ObjectType('User', { description: 'A person or service that signs in.' })
@Directive('@key(fields: "id")')
export class UserStub {
  @Field(() => ID, { description: 'Id of the user.' })
  id: string;
}

@ObjectType('Transaction', { description: 'One movement of money, from its request to its end.' })
@Directive('@key(fields: "id")')
export class TransactionStub {
  @Field(() => ID, { description: 'Id of the transaction.' })
  id: string;
}
