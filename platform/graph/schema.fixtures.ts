// Two small subgraphs for the tests of schema building. Both have a class for the type User, as real domains do.
import { Arg, Args, Ctx, Directive, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { silentLogger } from '../log.ts';
import { parseMoney } from '../money/money.ts';
import { MoneyInput, MoneyType, toMoneyType } from '../money/money.types.ts';
import { Authenticated, RequiresPermission } from './authorisation.ts';
import { ConnectionArgs, connectionType, toConnection } from './connection.ts';
import type { GraphContext } from './context.ts';
import { LiveSubscription } from './live-subscription.ts';
import { DateTime } from './scalars.ts';
import { buildSubgraph, type Subgraph } from './schema.ts';

@ObjectType('User', { description: 'A person.' })
@Directive('@key(fields: "id")')
class UserType {
  @Field(() => ID, { description: 'Id.' })
  id: string;
  @Field(() => String, { description: 'Name.' })
  name: string;
  @Field(() => DateTime, { description: 'Since when.' })
  since: Date;
  @RequiresPermission('user:read')
  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email?: string;
}

@Resolver(() => UserType)
class UserResolver {
  readonly #greeting: string;
  constructor(greeting: string) {
    this.#greeting = greeting;
  }
  @Query(() => UserType, { nullable: true, description: 'A user by id.' })
  user(@Arg('id', () => ID, { description: 'Id of the user.' }) id: string): UserType | null {
    return { id, name: `${this.#greeting} ${id}`, since: new Date(0), email: 'a@b.c' };
  }
  @Authenticated()
  @Query(() => UserType, { description: 'Who is asking.' })
  me(@Ctx() context: GraphContext): UserType {
    return { id: context.identity?.userId ?? '', name: 'me', since: new Date(0) };
  }
}

@ObjectType('User', { description: 'A person.' })
@Directive('@key(fields: "id")')
class UserStub {
  @Field(() => ID, { description: 'Id.' })
  id: string;
}

@ObjectType('Purse', { description: 'Holds money.' })
@Directive('@key(fields: "id")')
class PurseType {
  @Field(() => ID, { description: 'Id.' })
  id: string;
  @Field(() => MoneyType, { description: 'What is in it.' })
  balance: MoneyType;
  @Field(() => UserStub, { description: 'Whose it is.' })
  owner: UserStub;
}
const PurseConnection = connectionType(PurseType, 'PurseConnection');

const aPurse = (id: string): PurseType => ({ id, balance: toMoneyType({ units: 1250n, asset: 'USD' }), owner: { id: 'u1' } });

@Resolver(() => UserStub)
export class PurseResolver {
  @FieldResolver(() => PurseConnection, { description: 'Purses of the user.' })
  purses(@Root() user: UserStub, @Args(() => ConnectionArgs) args: ConnectionArgs) {
    return toConnection(
      [aPurse(`${user.id}-1`), aPurse(`${user.id}-2`)],
      args,
      (purse) => purse.id,
      (purse) => purse,
    );
  }
  @RequiresPermission('wallet:freeze')
  @Mutation(() => PurseType, { description: 'Freezes a purse.' })
  freezePurse(@Arg('input', () => MoneyInput, { description: 'Any money.' }) input: MoneyInput): PurseType {
    return { ...aPurse('frozen'), balance: toMoneyType(parseMoney(input)) };
  }
  @RequiresPermission('audit:read')
  @LiveSubscription(() => PurseType, { description: 'Purses as they change.' })
  async *purseChanged(@Args(() => ConnectionArgs) args: ConnectionArgs): AsyncIterable<PurseType> {
    for (let count = 1; count <= args.first; count += 1) yield aPurse(`live-${count}`);
  }
}

export const auth = { name: 'auth', schema: { resolvers: [UserResolver] } };
export const purse = { name: 'purse', schema: { resolvers: [PurseResolver], orphanedTypes: [UserStub] } };

export function aContext(permissions: string[] | null = null): GraphContext {
  const identity =
    permissions === null
      ? null
      : {
          userId: 'u1',
          issuer: 'test',
          sessionId: 's1',
          roles: [],
          permissions: new Set(permissions),
          methods: ['pwd'],
          expiresAt: new Date(),
          token: '',
          claims: {},
        };
  const loaders = new Map<string, unknown>();
  return {
    identity,
    requestId: 'r1',
    log: silentLogger(),
    signal: new AbortController().signal,
    client: { address: null, userAgent: null },
    loader: <Loader>(key: string, create: () => Loader) => {
      if (!loaders.has(key)) loaders.set(key, create());
      return loaders.get(key) as Loader;
    },
  };
}

export function buildAuth(): Subgraph {
  return buildSubgraph(auth, { resolvers: [new UserResolver('hello')] });
}

export function buildPurse(): Subgraph {
  return buildSubgraph(purse, {
    resolvers: [new PurseResolver()],
    references: {
      Purse: (reference) => (reference.id === 'gone' ? null : Object.freeze(aPurse(String(reference.id)))),
    },
  });
}
