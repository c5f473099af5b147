// The graph's fields about wallets: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated, RequiresPermission } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { hasPermission, requireIdentity } from '../../platform/identity/identity.ts';
import { UserStub } from './stub.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import { walletErrors } from './wallet.errors.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { maySee } from './wallet.rules.ts';
import type { Actor, WalletService } from './wallet.service.ts';
import {
  FreezeWalletInput,
  FreezeWalletPayload,
  OpenWalletInput,
  OpenWalletPayload,
  RenameWalletInput,
  RenameWalletPayload,
  UnfreezeWalletInput,
  UnfreezeWalletPayload,
  WalletConnection,
} from './wallet.types.ts';
import { toWalletType } from './wallet.view.ts';

/** @throws UNAUTHENTICATED */
export function actorOf(context: GraphContext): Actor {
  return { userId: requireIdentity(context.identity).userId, requestId: context.requestId };
}

const walletCursor = keysetCursor('wallets', { createdAt: 'date', id: 'string' });

async function pageOfWallets(wallets: WalletService, userId: string, args: ConnectionArgs) {
  const rows = await wallets.list({ userId, after: walletCursor.decode(args.after), limit: rowLimit(args) });
  return toConnection(rows, args, walletCursor.encode, toWalletType);
}

@Resolver(() => WalletType)
export class WalletResolver {
  readonly #wallets: WalletService;
  readonly #loaders: WalletLoaders;

  constructor(wallets: WalletService, loaders: WalletLoaders) {
    this.#wallets = wallets;
    this.#loaders = loaders;
  }

  @Authenticated()
  @Query(() => WalletType, {
    nullable: true,
    description: 'A wallet that you are a member of; with the permission wallet:read, any. WALLET_NOT_FOUND for every other id.',
  })
  async wallet(@Arg('id', () => ID, { description: 'Id of the wallet.' }) id: string, @Ctx() context: GraphContext) {
    const wallet = await this.#loaders.wallet(context, id);
    if (wallet === null) throw walletErrors.WALLET_NOT_FOUND({ walletId: id });
    return toWalletType(wallet);
  }

  @Authenticated()
  @Query(() => WalletConnection, { description: 'The wallets that you are a member of, oldest first.' })
  wallets(@Args(() => ConnectionArgs) args: ConnectionArgs, @Ctx() context: GraphContext) {
    return pageOfWallets(this.#wallets, requireIdentity(context.identity).userId, args);
  }

  @Authenticated()
  @Mutation(() => OpenWalletPayload, { description: 'Opens a wallet for you. It can hold every asset.' })
  async openWallet(
    @Arg('input', () => OpenWalletInput, { description: 'The wallet.' }) input: OpenWalletInput,
    @Ctx() context: GraphContext,
  ): Promise<OpenWalletPayload> {
    return { wallet: toWalletType(await this.#wallets.open(actorOf(context), { name: input.name })) };
  }

  @Authenticated()
  @Mutation(() => RenameWalletPayload, { description: 'Gives a wallet another name. Its owners and administrators may.' })
  async renameWallet(
    @Arg('input', () => RenameWalletInput, { description: 'The wallet and its new name.' }) input: RenameWalletInput,
    @Ctx() context: GraphContext,
  ): Promise<RenameWalletPayload> {
    return { wallet: toWalletType(await this.#wallets.rename(actorOf(context), input)) };
  }

  @RequiresPermission('wallet:freeze')
  @Mutation(() => FreezeWalletPayload, {
    description: 'Freezes a wallet: it neither pays nor receives. Freezing a frozen wallet changes nothing.',
  })
  async freezeWallet(
    @Arg('input', () => FreezeWalletInput, { description: 'The wallet, and why.' }) input: FreezeWalletInput,
    @Ctx() context: GraphContext,
  ): Promise<FreezeWalletPayload> {
    return { wallet: toWalletType(await this.#wallets.freeze(actorOf(context), input)) };
  }

  @RequiresPermission('wallet:freeze')
  @Mutation(() => UnfreezeWalletPayload, {
    description: 'Lets a frozen wallet pay and receive again. Unfreezing an active wallet changes nothing.',
  })
  async unfreezeWallet(
    @Arg('input', () => UnfreezeWalletInput, { description: 'The wallet, and why.' }) input: UnfreezeWalletInput,
    @Ctx() context: GraphContext,
  ): Promise<UnfreezeWalletPayload> {
    return { wallet: toWalletType(await this.#wallets.unfreeze(actorOf(context), input)) };
  }

  @FieldResolver(() => UserStub, { nullable: true, description: 'Whose wallet it is: its owner of record.' })
  owner(@Root() wallet: WalletType): UserStub {
    return { id: wallet.ownerId };
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why it is frozen. Null while it is active, and for those who may not freeze wallets.',
  })
  frozenReason(@Root() wallet: WalletType, @Ctx() context: GraphContext): string | null {
    return hasPermission(context.identity, 'wallet:freeze') ? wallet.reason : null;
  }
}

@Resolver(() => UserStub)
export class UserWalletsResolver {
  readonly #wallets: WalletService;

  constructor(wallets: WalletService) {
    this.#wallets = wallets;
  }

  @Authenticated()
  @FieldResolver(() => WalletConnection, {
    nullable: true,
    description: 'The wallets that the user is a member of, oldest first. Null unless you are the user, or may read any wallet.',
  })
  wallets(@Root() user: UserStub, @Args(() => ConnectionArgs) args: ConnectionArgs, @Ctx() context: GraphContext) {
    return maySee(context.identity, user.id) ? pageOfWallets(this.#wallets, user.id, args) : null;
  }
}
