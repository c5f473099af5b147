// The graph's fields about schedules.
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import { pageSizeMax } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { Actor } from './payment-request.service.ts';
import type { Followed } from './record.feed.ts';
import type { ScheduleUpdate } from './schedule.events.ts';
import type { Schedule } from './schedule.repository.ts';
import type { ScheduleService } from './schedule.service.ts';
import {
  ChangeScheduleInput,
  ScheduleChangeEnum,
  ScheduleConnection,
  ScheduleFailurePolicyEnum,
  ScheduleFrequencyEnum,
  ScheduleListArgs,
  SchedulePayload,
  ScheduleRunType,
  ScheduleStateEnum,
  ScheduleTransferInput,
  ScheduleType,
  ScheduleUpdateType,
  TransferScheduleUpdatedArgs,
} from './schedule.types.ts';
import type { TransactionReading } from './transaction.reading.ts';
import { loadTransaction } from './transaction.reference.ts';
import { TransactionType } from './transaction.types.ts';
import { toTransactionType } from './transaction.view.ts';

@Resolver(() => ScheduleType)
export class ScheduleResolver {
  readonly #schedules: ScheduleService;

  constructor(schedules: ScheduleService) {
    this.#schedules = schedules;
  }

  @Authenticated()
  @Mutation(() => SchedulePayload, { description: 'Plans a transfer for a time to come, once or again and again.' })
  async scheduleTransfer(
    @Arg('input', () => ScheduleTransferInput, { description: 'The transfer and its times.' }) input: ScheduleTransferInput,
    @Ctx() context: GraphContext,
  ): Promise<SchedulePayload> {
    return { schedule: toScheduleType(await this.#schedules.create(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => SchedulePayload, { description: 'Stops a schedule until it is resumed.' })
  async pauseSchedule(
    @Arg('input', () => ChangeScheduleInput, { description: 'The schedule.' }) { scheduleId }: ChangeScheduleInput,
    @Ctx() context: GraphContext,
  ): Promise<SchedulePayload> {
    return { schedule: toScheduleType(await this.#schedules.pause(actorOf(context), scheduleId)) };
  }

  @Authenticated()
  @Mutation(() => SchedulePayload, { description: 'Goes on with a paused schedule, from its next occurrence from now on.' })
  async resumeSchedule(
    @Arg('input', () => ChangeScheduleInput, { description: 'The schedule.' }) { scheduleId }: ChangeScheduleInput,
    @Ctx() context: GraphContext,
  ): Promise<SchedulePayload> {
    return { schedule: toScheduleType(await this.#schedules.resume(actorOf(context), scheduleId)) };
  }

  @Authenticated()
  @Mutation(() => SchedulePayload, { description: 'Ends a schedule. Transfers that it has requested already go on.' })
  async cancelSchedule(
    @Arg('input', () => ChangeScheduleInput, { description: 'The schedule.' }) { scheduleId }: ChangeScheduleInput,
    @Ctx() context: GraphContext,
  ): Promise<SchedulePayload> {
    return { schedule: toScheduleType(await this.#schedules.cancel(actorOf(context), scheduleId)) };
  }

  @Authenticated()
  @Query(() => ScheduleType, { nullable: true, description: 'One of your schedules. SCHEDULE_NOT_FOUND for any other.' })
  async transferSchedule(@Arg('id', () => ID, { description: 'Id of the schedule.' }) id: string, @Ctx() context: GraphContext) {
    return toScheduleType(await this.#schedules.get(requireIdentity(context.identity).userId, id));
  }

  @Authenticated()
  @Query(() => ScheduleConnection, { description: 'Your schedules, newest first.' })
  async transferSchedules(@Args(() => ScheduleListArgs) args: ScheduleListArgs, @Ctx() context: GraphContext) {
    const list = await this.#schedules.list(requireIdentity(context.identity).userId, args);
    const edges = list.edges.map(({ cursor, node }) => ({ cursor, node: toScheduleType(node) }));
    return { edges, nodes: edges.map(({ node }) => node), pageInfo: list.pageInfo };
  }

  @Authenticated()
  @LiveSubscription(() => ScheduleUpdateType, {
    description: 'Changes and runs of one of your schedules, or of all of them, in order and without gaps.',
  })
  async transferScheduleUpdated(
    @Args(() => TransferScheduleUpdatedArgs) args: TransferScheduleUpdatedArgs,
    @Ctx() context: GraphContext,
  ) {
    const { userId } = requireIdentity(context.identity);
    return updatesOf(await this.#schedules.follow(userId, args, context.signal));
  }

  @FieldResolver(() => [ScheduleRunType], { description: 'Its latest runs, newest first.' })
  runs(
    @Root() { id }: ScheduleType,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many to return: 1 to 100.' }) first: number,
  ) {
    return this.#schedules.runs(id, Math.min(Math.max(first, 1), pageSizeMax));
  }
}

@Resolver(() => ScheduleRunType)
export class ScheduleRunResolver {
  readonly #reading: TransactionReading;

  constructor(reading: TransactionReading) {
    this.#reading = reading;
  }

  @FieldResolver(() => TransactionType, { nullable: true, description: 'Its transfer; null when none could be requested.' })
  async transaction(@Root() { transactionId }: ScheduleRunType, @Ctx() context: GraphContext) {
    const record = transactionId === null ? null : await loadTransaction(this.#reading, transactionId, context);
    return record === null ? null : toTransactionType(record);
  }
}

@Resolver(() => ScheduleUpdateType)
export class ScheduleUpdateResolver {
  readonly #schedules: ScheduleService;

  constructor(schedules: ScheduleService) {
    this.#schedules = schedules;
  }

  @FieldResolver(() => ScheduleType, { description: 'The schedule as it stands now, which may be later than the change.' })
  async schedule(@Root() { scheduleId }: ScheduleUpdateType, @Ctx() context: GraphContext) {
    return toScheduleType(await this.#schedules.get(requireIdentity(context.identity).userId, scheduleId));
  }
}

async function* updatesOf(updates: AsyncIterable<Followed<ScheduleUpdate>>): AsyncIterable<ScheduleUpdateType> {
  for await (const { change, state, ...same } of updates)
    yield { ...same, change: ScheduleChangeEnum[change], state: ScheduleStateEnum[state] };
}

function actorOf(context: GraphContext): Actor {
  return { userId: requireIdentity(context.identity).userId, requestId: context.requestId };
}

export function toScheduleType(schedule: Schedule): ScheduleType {
  const { id, money, memo, interval, startsAt, timeZone, endsAt, occurrencesMax, nextAt, pauseCode, createdAt } = schedule;
  return {
    id,
    memo,
    interval,
    startsAt,
    timeZone,
    endsAt,
    occurrencesMax,
    nextAt,
    pauseCode,
    createdAt,
    state: ScheduleStateEnum[schedule.state],
    amount: toMoneyType(money),
    frequency: ScheduleFrequencyEnum[schedule.frequency],
    onFailure: ScheduleFailurePolicyEnum[schedule.onFailure],
  };
}
