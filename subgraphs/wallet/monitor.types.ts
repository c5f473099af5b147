// The GraphQL types of balance monitors and their alerts. No logic.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime, Decimal } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import type { BalanceCauseKindEnum } from './wallet.types.ts';

export enum WatchedBalanceEnum {
  POSTED = 'POSTED',
  AVAILABLE = 'AVAILABLE',
}
registerEnumType(WatchedBalanceEnum, {
  name: 'WatchedBalance',
  description: 'Which balance a monitor watches.',
  valuesConfig: {
    POSTED: { description: 'All that is there, with what holds keep.' },
    AVAILABLE: { description: 'What may be spent.' },
  },
});

export enum BalanceConditionEnum {
  BELOW = 'BELOW',
  ABOVE = 'ABOVE',
}
registerEnumType(BalanceConditionEnum, {
  name: 'BalanceCondition',
  description: 'When a threshold is crossed.',
  valuesConfig: {
    BELOW: { description: 'When the balance is less.' },
    ABOVE: { description: 'When the balance is more.' },
  },
});

@ObjectType({
  description: 'A threshold on the balance of one asset in a wallet, watched for you. It is told of once for each crossing.',
})
export class BalanceMonitor {
  @Field(() => ID, { description: 'Id of the monitor.' })
  id: string;

  @Field(() => WatchedBalanceEnum, { description: 'Which balance it watches.' })
  balance: WatchedBalanceEnum;

  @Field(() => BalanceConditionEnum, { description: 'When it is crossed.' })
  condition: BalanceConditionEnum;

  @Field(() => MoneyType, { description: 'The threshold.' })
  threshold: MoneyType;

  @Field(() => MoneyType, {
    description:
      'Once crossed, it is armed again when the balance has come back to this: the threshold itself unless you said otherwise.',
  })
  rearmAt: MoneyType;

  @Field(() => Boolean, { description: 'True from a crossing until it is armed again.' })
  isCrossed: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was last crossed; null before.' })
  lastCrossedAt: Date | null;
}

@ObjectType({ description: 'A crossing of a threshold of yours, as it was told.' })
export class BalanceAlert {
  @Field(() => ID, { description: 'Id of the alert.' })
  id: string;

  @Field(() => ID, { description: 'Id of the monitor, which may have been removed since.' })
  monitorId: string;

  @Field(() => WatchedBalanceEnum, { description: 'Which balance crossed it.' })
  balance: WatchedBalanceEnum;

  @Field(() => BalanceConditionEnum, { description: 'Which way.' })
  condition: BalanceConditionEnum;

  @Field(() => MoneyType, { description: 'The threshold.' })
  threshold: MoneyType;

  @Field(() => MoneyType, { description: 'The balance that crossed it.' })
  amount: MoneyType;

  @Field(() => DateTime, { description: 'When it happened.' })
  raisedAt: Date;

  /** What the graph resolves. */
  causeKind: BalanceCauseKindEnum;
  causeId: string;
}

export const BalanceAlertConnection = connectionType(BalanceAlert, 'BalanceAlertConnection');

@ObjectType({ description: 'A crossing of a threshold, as it happens.' })
export class BalanceAlertUpdate {
  @Field(() => Cursor, { description: 'Place in the stream. After a lost connection, subscribe again with it as `after`.' })
  cursor: string;

  @Field(() => BalanceAlert, { description: 'The crossing.' })
  alert: BalanceAlert;

  /** Id that the graph resolves. */
  walletId: string;
}

@InputType({ description: 'A threshold to watch.' })
export class SetBalanceMonitorInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => WatchedBalanceEnum, { defaultValue: WatchedBalanceEnum.AVAILABLE, description: 'Which balance to watch.' })
  balance: WatchedBalanceEnum;

  @Field(() => BalanceConditionEnum, { description: 'When it is crossed.' })
  condition: BalanceConditionEnum;

  @Field(() => MoneyInput, { description: 'The threshold, and the asset.' })
  threshold: MoneyInput;

  @Field(() => Decimal, {
    nullable: true,
    description:
      'Amount of the same asset that the balance must come back to before another crossing is told: not below the threshold for BELOW, not above it for ABOVE. Without it, the threshold.',
  })
  rearmAt?: string | null;
}

@InputType({ description: 'A balance monitor to remove.' })
export class RemoveBalanceMonitorInput {
  @Field(() => ID, { description: 'The monitor.' })
  monitorId: string;
}

@ObjectType({ description: 'The monitor that was set.' })
export class SetBalanceMonitorPayload {
  @Field(() => BalanceMonitor, { description: 'The monitor as it stands now.' })
  balanceMonitor: BalanceMonitor;
}

@ObjectType({ description: 'The wallet whose monitor was removed.' })
export class RemoveBalanceMonitorPayload {
  @Field(() => WalletType, { description: 'The wallet as it is now.' })
  wallet: WalletType;
}

@ArgsType()
export class BalanceAlertRaisedArgs {
  @Field(() => ID, { nullable: true, description: 'Follow this wallet only; without it, all that you have monitors on.' })
  walletId?: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description:
      'Begin with what came after this cursor (`walletFeedCursor` gives the present one); without it, with what comes from now on.',
  })
  after?: string | null;
}
