// A domain in miniature for the platform's own tests, on the wallet's tables. It notes who registered, and can fail in every way.
import { Arg, Args, ArgsType, Ctx, Directive, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { LiveFeed } from '../events/event.ts';
import { Authenticated, RequiresPermission } from '../graph/authorisation.ts';
import type { GraphContext } from '../graph/context.ts';
import { LiveSubscription } from '../graph/live-subscription.ts';
import { Cursor } from '../graph/scalars.ts';
import type { SubgraphModule } from '../graph/subgraph.ts';
import { requireIdentity } from '../identity/identity.ts';
import { parseMoney } from '../money/money.ts';
import { MoneyInput, MoneyType, toMoneyType } from '../money/money.types.ts';

@ObjectType({ description: 'Something that was noted.' })
@Directive('@key(fields: "id")')
export class Note {
  @Field(() => ID, { description: 'Id.' })
  id: string;
  @Field(() => String, { description: 'What it says.' })
  text: string;
  @Field(() => Cursor, { description: 'Place in the stream.' })
  cursor: string;
}

@ArgsType()
class NoteArgs {
  @Field(() => Cursor, { nullable: true, description: 'Where to go on.' })
  after?: string;
}

@ObjectType({ description: 'What the domain knows of the request.' })
class RequestFacts {
  @Field(() => String, { description: 'Id of the request.' })
  requestId: string;
  @Field(() => String, { nullable: true, description: 'Address of the person.' })
  address: string | null;
  @Field(() => String, { nullable: true, description: 'User agent of the person.' })
  userAgent: string | null;
}

/** Tells a test that a slow query has begun, and that it saw its signal. */
export interface Probe {
  begun: () => void;
  aborted: () => void;
}

@Resolver()
class NoteResolver {
  constructor(
    readonly feed: LiveFeed,
    readonly probe: Probe,
  ) {}

  @Authenticated()
  @Query(() => String, { description: 'Who is asking.' })
  whoAmI(@Ctx() context: GraphContext): string {
    return requireIdentity(context.identity).userId;
  }

  @RequiresPermission('wallet:freeze')
  @Query(() => String, { description: 'Only for operators.' })
  secret(): string {
    return 'open';
  }

  @Query(() => String, { description: 'Breaks.' })
  broken(): string {
    throw new Error('the secret inner reason');
  }

  @Query(() => RequestFacts, { description: 'What the domain knows of the request.' })
  request(@Ctx() { requestId, client }: GraphContext): RequestFacts {
    return { requestId, ...client };
  }

  @Query(() => String, { description: 'Answers when its request is given up, or the time is over.' })
  async slow(@Arg('ms', () => Int, { description: 'How long.' }) ms: number, @Ctx() { signal }: GraphContext): Promise<string> {
    this.probe.begun();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        this.probe.aborted();
        resolve();
      });
    });
    return 'done';
  }

  @Mutation(() => MoneyType, { description: 'Gives the money back.' })
  echoMoney(@Arg('input', () => MoneyInput, { description: 'Any money.' }) input: MoneyInput): MoneyType {
    return toMoneyType(parseMoney(input, 'input.amount'));
  }

  @Authenticated()
  @LiveSubscription(() => Note, { description: 'Notes as they are taken.' })
  async *noted(@Args(() => NoteArgs) args: NoteArgs, @Ctx() context: GraphContext): AsyncIterable<Note> {
    for await (const event of this.feed.follow({ key: 'notes', after: args.after, signal: context.signal })) {
      yield { id: event.id, text: String(event.data.text), cursor: this.feed.cursorOf(event) };
    }
  }

  @LiveSubscription(() => Int, { description: 'Counts down and ends; below zero it breaks.' })
  async *countdown(@Arg('from', () => Int, { description: 'First number.' }) from: number): AsyncIterable<number> {
    for (let count = from; count > 0; count -= 1) yield count;
    if (from < 0) throw new Error('the secret inner reason');
  }

  /** Neither looks at its signal nor ever yields: the worst that a domain can write. */
  @LiveSubscription(() => Int, { description: 'Never says anything.' })
  silence(): AsyncIterable<number> {
    return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  }
}

export function createSampleModule(probe: Probe = { begun: () => {}, aborted: () => {} }): SubgraphModule {
  return {
    name: 'wallet',
    schema: { resolvers: [NoteResolver] },
    create: ({ outbox, feed }) => ({
      resolvers: [new NoteResolver(feed, probe)],
      references: {
        Note: ({ id }) => (id === 'missing' ? null : { id, text: `note ${String(id)}`, cursor: '' }),
      },
      consumers: [
        {
          types: ['clawpurse.auth.user_registered.v1'],
          handler: {
            mode: 'transaction',
            async handle(event, tx) {
              const data = { text: `${String(event.data.displayName)} joined` };
              await outbox.append(tx, [
                { type: 'clawpurse.wallet.noted.v1', kind: 'integration', subject: event.subject, data, feeds: ['notes'] },
              ]);
            },
          },
        },
      ],
    }),
  };
}

/** An event that makes the sample domain take a note. */
export const aRegistration = (displayName: string) => ({
  type: 'clawpurse.auth.user_registered.v1',
  subject: displayName,
  data: { displayName },
});
