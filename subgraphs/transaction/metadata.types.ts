// The GraphQL types of what requesters put on transactions. No logic.
import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Something that the requester of a transaction has put on it, for their own side.' })
export class MetadataEntry {
  @Field(() => String, { description: 'What it is, for example "invoice".' })
  key: string;

  @Field(() => String, { description: 'Its value.' })
  value: string;
}

@InputType({ description: 'A key and its value among the metadata of a transaction.' })
export class MetadataEntryInput {
  @Field(() => String, { description: '1 to 64 letters, digits and ". _ -", beginning with a letter.' })
  key: string;

  @Field(() => String, { description: 'One line of 1 to 256 characters.' })
  value: string;
}
