// The graph's fields about external accounts: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import type { ExternalAccountService } from './external-account.service.ts';
import {
  AddExternalAccountInput,
  AddExternalAccountPayload,
  ExternalAccountConnection,
  ExternalAccountType,
  RemoveExternalAccountInput,
  RemoveExternalAccountPayload,
} from './external-account.types.ts';
import { UserStub } from './stub.types.ts';
import { actorOf } from './wallet.resolver.ts';
import { toExternalAccountType } from './wallet.view.ts';

const accountCursor = keysetCursor('externalAccounts', { createdAt: 'date', id: 'string' });

@Resolver(() => ExternalAccountType)
export class ExternalAccountResolver {
  readonly #externalAccounts: ExternalAccountService;

  constructor(externalAccounts: ExternalAccountService) {
    this.#externalAccounts = externalAccounts;
  }

  @Authenticated()
  @Query(() => ExternalAccountConnection, { description: 'Your external accounts that have not been removed, oldest first.' })
  async externalAccounts(@Args(() => ConnectionArgs) args: ConnectionArgs, @Ctx() context: GraphContext) {
    const ownerId = requireIdentity(context.identity).userId;
    const rows = await this.#externalAccounts.list({ ownerId, after: accountCursor.decode(args.after), limit: rowLimit(args) });
    return toConnection(rows, args, accountCursor.encode, toExternalAccountType);
  }

  @Authenticated()
  @Mutation(() => AddExternalAccountPayload, { description: 'Adds an account outside, to take money from or send it to.' })
  async addExternalAccount(
    @Arg('input', () => AddExternalAccountInput, { description: 'The account.' }) input: AddExternalAccountInput,
    @Ctx() context: GraphContext,
  ): Promise<AddExternalAccountPayload> {
    const { name, holderName, asset } = input;
    return {
      externalAccount: toExternalAccountType(await this.#externalAccounts.add(actorOf(context), { name, holderName, asset })),
    };
  }

  @Authenticated()
  @Mutation(() => RemoveExternalAccountPayload, {
    description: 'Removes one of your external accounts: nothing new goes to or comes from it. Its history stays.',
  })
  async removeExternalAccount(
    @Arg('input', () => RemoveExternalAccountInput, { description: 'The account.' }) input: RemoveExternalAccountInput,
    @Ctx() context: GraphContext,
  ): Promise<RemoveExternalAccountPayload> {
    return { externalAccount: toExternalAccountType(await this.#externalAccounts.remove(actorOf(context), input)) };
  }

  @FieldResolver(() => UserStub, { nullable: true, description: 'Whose external account it is.' })
  owner(@Root() account: ExternalAccountType): UserStub {
    return { id: account.ownerId };
  }
}
