// Entities of other domains, as far as this domain refers to them or extends them. No logic.
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@ObjectType('User', { description: 'A person or service that signs in.' })
@Directive('@key(fields: "id")')
export class UserStub {
  @Field(() => ID, { description: 'Id of the user.' })
  id: string;
}

@ObjectType('Transaction', {
  description: 'One movement of money, from request to outcome. Its recipient sees it once it has completed.',
})
@Directive('@key(fields: "id")')
export class TransactionStub {
  @Field(() => ID, { description: 'Id of the transaction.' })
  id: string;
}
