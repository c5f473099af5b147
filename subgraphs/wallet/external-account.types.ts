// The GraphQL types of external accounts. No logic.
import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { AssetType } from '../../platform/money/money.types.ts';

@ObjectType('ExternalAccount', { description: 'A named account outside the platform.' })
@Directive('@key(fields: "id")')
export class ExternalAccountType {
  @Field(() => ID, { description: 'Id of the external account.' })
  id: string;

  @Field(() => String, { description: 'What its owner calls it.' })
  name: string;

  @Field(() => String, { description: 'Whose name it stands in, there.' })
  holderName: string;

  @Field(() => AssetType, { description: 'The asset that it holds.' })
  asset: AssetType;

  @Field(() => DateTime, { description: 'When it was added.' })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was removed; null while it can be used.' })
  removedAt: Date | null;

  /** Its owner; the graph offers the user. */
  ownerId: string;
}

export const ExternalAccountConnection = connectionType(ExternalAccountType, 'ExternalAccountConnection');

@InputType({ description: 'An account outside, to take money from or send it to.' })
export class AddExternalAccountInput {
  @Field(() => String, { description: 'What to call it: 1 to 60 characters.' })
  name: string;

  @Field(() => String, { description: 'Whose name it stands in, there: 1 to 140 characters.' })
  holderName: string;

  @Field(() => String, { description: 'The asset that it holds, by its code.' })
  asset: string;
}

@InputType({ description: 'An external account to remove.' })
export class RemoveExternalAccountInput {
  @Field(() => ID, { description: 'Your external account.' })
  externalAccountId: string;
}

@ObjectType({ description: 'What became of an external account.' })
abstract class ExternalAccountPayload {
  @Field(() => ExternalAccountType, { description: 'The external account as it is now.' })
  externalAccount: ExternalAccountType;
}

@ObjectType({ description: 'The added external account.' })
export class AddExternalAccountPayload extends ExternalAccountPayload {}

@ObjectType({ description: 'The removed external account.' })
export class RemoveExternalAccountPayload extends ExternalAccountPayload {}
