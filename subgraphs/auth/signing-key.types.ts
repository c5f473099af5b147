// Rotation of the signing keys in the graph. Public keys are not in here: they are served as JWKS. No logic.
import { Field, InputType, ObjectType } from 'type-graphql';

@InputType({ description: 'How to rotate the keys that sign access tokens.' })
export class RotateSigningKeysInput {
  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'True when the keys may have been stolen: no token that they signed is accepted any more, as soon as verifiers have fetched the new keys. Clients refresh and go on.',
  })
  isCompromised: boolean;
}

@ObjectType({ description: 'The keys were rotated.' })
export class RotateSigningKeysPayload {
  @Field(() => String, { description: 'Id of the key that signs from now on: the `kid` of new access tokens.' })
  activeKeyId: string;
}
