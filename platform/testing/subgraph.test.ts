import { Args, ArgsType, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import type { LiveFeed } from '../events/event.ts';
import { Authenticated, RequiresPermission } from '../graph/authorisation.ts';
import type { GraphContext } from '../graph/context.ts';
import { LiveSubscription } from '../graph/live-subscription.ts';
import { Cursor } from '../graph/scalars.ts';
import type { SubgraphModule } from '../graph/subgraph.ts';
import { requireIdentity } from '../identity/identity.ts';
import { providers } from './databases.ts';
import { startTestSubgraph } from './subgraph.ts';

// A domain in miniature on the wallet's tables: it notes what it hears of users, and says so itself.

@ObjectType({ description: 'Something that was noted.' })
class Note {
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

@Resolver()
class NoteResolver {
  constructor(readonly feed: LiveFeed) {}
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
  @Authenticated()
  @LiveSubscription(() => Note, { description: 'Notes as they are taken.' })
  async *noted(@Args(() => NoteArgs) args: NoteArgs, @Ctx() context: GraphContext): AsyncIterable<Note> {
    for await (const event of this.feed.follow({ key: 'notes', after: args.after, signal: context.signal })) {
      yield { text: String(event.data.text), cursor: this.feed.cursorOf(event) };
    }
  }
}

const noteModule: SubgraphModule = {
  name: 'wallet',
  schema: { resolvers: [NoteResolver] },
  create: ({ outbox, feed }) => ({
    resolvers: [new NoteResolver(feed)],
    consumers: [
      {
        types: ['clawpurse.auth.user_registered.v1'],
        handler: {
          mode: 'transaction',
          async handle(event, tx) {
            const text = `${String(event.data.displayName)} joined`;
            await outbox.append(tx, [
              {
                type: 'clawpurse.wallet.noted.v1',
                kind: 'integration',
                subject: event.subject,
                data: { text },
                feeds: ['notes'],
              },
            ]);
          },
        },
      },
    ],
  }),
};

const aRegistration = (displayName: string) => ({
  type: 'clawpurse.auth.user_registered.v1',
  subject: displayName,
  data: { displayName },
});

describe.each(providers)('a domain under test on %s', (provider) => {
  it('knows who calls, and refuses nobody and those without the permission', async () => {
    const domain = await startTestSubgraph(noteModule, { provider });
    const alice = domain.identity();
    expect(await domain.data('{ whoAmI }', {}, { as: alice })).toEqual({ whoAmI: alice.userId });
    expect(await domain.refusal('{ whoAmI }')).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await domain.refusal('{ secret }', {}, { as: alice })).toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'wallet:freeze' },
    });
    expect(await domain.data('{ secret }', {}, { as: { roles: ['OPERATOR'] } })).toEqual({ secret: 'open' });
  });

  it('takes events of other domains and tells what it published itself', async () => {
    const domain = await startTestSubgraph(noteModule, { provider });
    await domain.publish(aRegistration('Alice'));
    const noted = await domain.waitForEvent('clawpurse.wallet.noted.v1', (event) => event.subject === 'Alice');
    expect(noted).toMatchObject({ source: 'wallet', position: 1, data: { text: 'Alice joined' } });
    expect(await domain.emitted('clawpurse.wallet.noted.v1')).toHaveLength(1);
  });

  it('streams live, and resumes from a cursor', async () => {
    const domain = await startTestSubgraph(noteModule, { provider });
    const subscription = 'subscription ($after: Cursor) { noted(after: $after) { text cursor } }';
    const live = domain.subscribe(subscription, {}, { as: {} });
    await domain.whenFollowed();
    await domain.publish(aRegistration('Alice'));
    await domain.publish(aRegistration('Bob'));
    const { value } = await live.next();
    expect(value).toMatchObject({ data: { noted: { text: 'Alice joined' } } });
    await live.return();
    const resumed = domain.subscribe(subscription, { after: value?.data.noted.cursor }, { as: {} });
    expect((await resumed.next()).value).toMatchObject({ data: { noted: { text: 'Bob joined' } } });
  });
});

describe('a domain under test', () => {
  it('hides what went wrong inside', async () => {
    const domain = await startTestSubgraph(noteModule);
    const refusal = await domain.refusal('{ broken }', {}, { requestId: 'request-7' });
    expect(refusal.code).toBe('INTERNAL_SERVER_ERROR');
    expect(refusal.message).toContain('request-7');
    expect(JSON.stringify(refusal)).not.toContain('inner');
  });

  it('refuses an expired token with the code that makes clients refresh', async () => {
    const domain = await startTestSubgraph(noteModule);
    const token = await domain.tokenFor({ expiresInSeconds: 60 });
    domain.clock.advance(70_000);
    expect(await domain.refusal('{ whoAmI }', {}, { token })).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('says which events it cannot inject', async () => {
    const domain = await startTestSubgraph(noteModule);
    await expect(domain.publish({ type: 'clawpurse.wallet.noted.v1', subject: 'x', data: {} })).rejects.toThrow(
      'domain under test',
    );
    await expect(domain.publish({ type: 'nonsense', subject: 'x', data: {} })).rejects.toThrow('No domain publishes');
  });

  it('says what did not happen in time', async () => {
    const domain = await startTestSubgraph(noteModule);
    await expect(domain.waitForEvent('clawpurse.wallet.noted.v1', undefined, 20)).rejects.toThrow('did not publish a fitting');
  });
});
