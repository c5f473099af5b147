// The graph's fields about transactions: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { LiveFeed } from '../../platform/events/event.ts';
import { Authenticated, RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { Cursor } from '../../platform/graph/scalars.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { MoneyType, toMoneyType } from '../../platform/money/money.types.ts';
import { TransactionListArgs } from './listing.types.ts';
import { entriesOf } from './metadata.rules.ts';
import { MetadataEntry } from './metadata.types.ts';
import type { MovementRequest } from './transaction.intent.ts';
import type { TransactionReading } from './transaction.reading.ts';
import { loadSteps } from './transaction.reference.ts';
import type { TransactionService } from './transaction.service.ts';
import {
  CreateDepositInput,
  CreateDepositPayload,
  CreateTransferInput,
  CreateTransferPayload,
  CreateWithdrawalInput,
  CreateWithdrawalPayload,
  TransactionConnection,
  TransactionParty,
  TransactionStep,
  TransactionType,
  TransactionUpdate,
  TransactionUpdatedArgs,
  UserStub,
  WalletStub,
} from './transaction.types.ts';
import { toConnectionType, toPartyType, toStepType, toTransactionType, toUpdateType } from './transaction.view.ts';

@Resolver(() => TransactionType)
export class TransactionResolver {
  readonly #service: TransactionService;
  readonly #reading: TransactionReading;
  readonly #feed: LiveFeed;

  constructor(service: TransactionService, reading: TransactionReading, feed: LiveFeed) {
    this.#service = service;
    this.#reading = reading;
    this.#feed = feed;
  }

  @Authenticated()
  @Mutation(() => CreateTransferPayload, {
    description:
      'Moves money from a wallet that you may spend from to another. Answers as soon as the transfer is recorded; follow `transactionUpdated` for its outcome.',
  })
  createTransfer(
    @Arg('input', () => CreateTransferInput, { description: 'The transfer.' }) input: CreateTransferInput,
    @Ctx() context: GraphContext,
  ) {
    return this.#request(
      'TRANSFER',
      { ...input, sourceId: input.sourceWalletId, destinationId: input.destinationWalletId },
      context,
    );
  }

  @RequiresPermission('funds:deposit')
  @Mutation(() => CreateDepositPayload, {
    description:
      'Confirms money that arrived from outside and credits it to a wallet. Answers as soon as the deposit is recorded.',
  })
  createDeposit(
    @Arg('input', () => CreateDepositInput, { description: 'The deposit.' }) input: CreateDepositInput,
    @Ctx() context: GraphContext,
  ) {
    return this.#request('DEPOSIT', { ...input, sourceId: input.externalAccountId, destinationId: input.walletId }, context);
  }

  @Authenticated()
  @Mutation(() => CreateWithdrawalPayload, {
    description:
      'Pays money out of a wallet that you may spend from to an external account of yours. Answers as soon as the withdrawal is recorded.',
  })
  createWithdrawal(
    @Arg('input', () => CreateWithdrawalInput, { description: 'The withdrawal.' }) input: CreateWithdrawalInput,
    @Ctx() context: GraphContext,
  ) {
    return this.#request('WITHDRAWAL', { ...input, sourceId: input.walletId, destinationId: input.externalAccountId }, context);
  }

  @Authenticated()
  @Query(() => TransactionType, {
    nullable: true,
    description: 'A transaction that you may see. TRANSACTION_NOT_FOUND for any other.',
  })
  async transaction(@Arg('id', () => ID, { description: 'Id of the transaction.' }) id: string, @Ctx() context: GraphContext) {
    return toTransactionType(await this.#reading.get(requireIdentity(context.identity), id));
  }

  @Authenticated()
  @Query(() => TransactionConnection, {
    description:
      'Your transactions, newest first: those that you asked for, those from wallets that are yours, and completed ones that paid them. Those of wallets that you only share are at the wallet.',
  })
  async transactions(@Args(() => TransactionListArgs) args: TransactionListArgs, @Ctx() context: GraphContext) {
    return toConnectionType(await this.#reading.listMine(requireIdentity(context.identity), args));
  }

  @Authenticated()
  @Query(() => Cursor, {
    description:
      'The present end of the stream of transactions and of what they come from: with it as `after`, `transactionUpdated`, `paymentRequestUpdated`, `transferScheduleUpdated` and `payoutBatchUpdated` miss nothing from now on.',
  })
  transactionFeedCursor(): Promise<string> {
    return this.#feed.currentCursor();
  }

  @Authenticated()
  @LiveSubscription(() => TransactionUpdate, {
    description:
      'Changes of one transaction, of the transactions of a wallet that you are a member of, or of all of yours, in order and without gaps.',
  })
  async transactionUpdated(@Args(() => TransactionUpdatedArgs) args: TransactionUpdatedArgs, @Ctx() context: GraphContext) {
    const changes = await this.#reading.follow(requireIdentity(context.identity), args, context.signal);
    return updatesOf(changes);
  }

  @FieldResolver(() => [TransactionStep], {
    description: 'The states it has entered so far, oldest first. Its recipient sees the last one only.',
  })
  async steps(@Root() transaction: TransactionType, @Ctx() context: GraphContext): Promise<TransactionStep[]> {
    return (await loadSteps(this.#reading, transaction.record, context)).map(toStepType);
  }

  @FieldResolver(() => TransactionParty, { description: 'Where the money comes from.' })
  async source(@Root() { record }: TransactionType, @Ctx() { identity }: GraphContext): Promise<TransactionParty> {
    return toPartyType(record.source, await this.#reading.mayName(identity, record, record.source));
  }

  @FieldResolver(() => TransactionParty, { description: 'Where the money goes.' })
  async destination(@Root() { record }: TransactionType, @Ctx() { identity }: GraphContext): Promise<TransactionParty> {
    return toPartyType(record.destination, await this.#reading.mayName(identity, record, record.destination));
  }

  @FieldResolver(() => MoneyType, {
    nullable: true,
    description:
      'What its payer pays on top; of a reversal, what is given back on top. Null for its recipient, who is paid in full.',
  })
  async fee(@Root() { record }: TransactionType, @Ctx() { identity }: GraphContext): Promise<MoneyType | null> {
    if (!(await this.#reading.isInsider(identity, record))) return null;
    return toMoneyType({ units: record.feeUnits, asset: record.money.asset });
  }

  @FieldResolver(() => [MetadataEntry], {
    nullable: true,
    description: 'What its requester has put on it, by key. Null for its recipient.',
  })
  async metadata(@Root() { record }: TransactionType, @Ctx() { identity }: GraphContext): Promise<MetadataEntry[] | null> {
    return (await this.#reading.isInsider(identity, record)) ? entriesOf(record.metadata) : null;
  }

  async #request(
    kind: MovementRequest['kind'],
    asked: Omit<MovementRequest, 'kind' | 'requestedBy' | 'requestId'>,
    context: GraphContext,
  ) {
    const requestedBy = requireIdentity(context.identity).userId;
    const record = await this.#service.request({
      ...asked,
      kind,
      requestedBy,
      requestId: context.requestId,
      signal: context.signal,
    });
    return { transaction: toTransactionType(record), cursor: record.feedCursor };
  }
}

async function* updatesOf(changes: AsyncIterable<Parameters<typeof toUpdateType>[0]>): AsyncIterable<TransactionUpdate> {
  for await (const change of changes) yield toUpdateType(change);
}

@Resolver(() => TransactionUpdate)
export class TransactionUpdateResolver {
  readonly #reading: TransactionReading;

  constructor(reading: TransactionReading) {
    this.#reading = reading;
  }

  @FieldResolver(() => TransactionType, {
    description: 'The transaction as it stands now, which may be a later state than that of the change.',
  })
  async transaction(@Root() update: TransactionUpdate): Promise<TransactionType> {
    return toTransactionType(await this.#reading.ofChange(update));
  }
}

@Resolver(() => WalletStub)
export class WalletTransactionsResolver {
  readonly #reading: TransactionReading;

  constructor(reading: TransactionReading) {
    this.#reading = reading;
  }

  @Authenticated()
  @FieldResolver(() => TransactionConnection, {
    nullable: true,
    description: "The wallet's transactions, newest first. Null unless you are a member of the wallet.",
  })
  async transactions(
    @Root() wallet: WalletStub,
    @Args(() => TransactionListArgs) args: TransactionListArgs,
    @Ctx() context: GraphContext,
  ) {
    const list = await this.#reading.listOfWallet(requireIdentity(context.identity), wallet.id, args);
    return list === null ? null : toConnectionType(list);
  }
}

@Resolver(() => UserStub)
export class UserTransactionsResolver {
  readonly #reading: TransactionReading;

  constructor(reading: TransactionReading) {
    this.#reading = reading;
  }

  @Authenticated()
  @FieldResolver(() => TransactionConnection, {
    nullable: true,
    description: "The user's transactions, newest first. Null unless you are the user.",
  })
  async transactions(
    @Root() user: UserStub,
    @Args(() => TransactionListArgs) args: TransactionListArgs,
    @Ctx() context: GraphContext,
  ) {
    const list = await this.#reading.listOfUser(requireIdentity(context.identity), user.id, args);
    return list === null ? null : toConnectionType(list);
  }
}
