// The GraphQL type of a wallet itself; apart from its inputs and payloads, because holds and entries refer to it. No logic.
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';

export enum WalletStatusEnum {
  ACTIVE = 'ACTIVE',
  FROZEN = 'FROZEN',
}
registerEnumType(WalletStatusEnum, {
  name: 'WalletStatus',
  description: 'Whether a wallet can be used.',
  valuesConfig: {
    ACTIVE: { description: 'It pays and receives.' },
    FROZEN: { description: 'It neither pays nor receives.' },
  },
});

@ObjectType('Wallet', { description: 'A wallet that holds balances of many assets.' })
@Directive('@key(fields: "id")')
export class WalletType {
  @Field(() => ID, { description: 'Id of the wallet.' })
  id: string;

  @Field(() => String, { description: 'What its owners call it.' })
  name: string;

  @Field(() => WalletStatusEnum, { description: 'Whether it can be used.' })
  status: WalletStatusEnum;

  @Field(() => DateTime, { description: 'When it was opened.' })
  createdAt: Date;

  /** Its owner of record; the graph offers the user. */
  ownerId: string;

  /** Why it is frozen; the graph shows it to those who may freeze. */
  reason: string | null;
}
