// The graph's fields about holds: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { HoldService } from './hold.service.ts';
import {
  CaptureHoldInput,
  CaptureHoldPayload,
  HoldConnection,
  HoldListArgs,
  HoldType,
  PlaceHoldInput,
  PlaceHoldPayload,
  VoidHoldInput,
  VoidHoldPayload,
} from './hold.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { actorOf } from './wallet.resolver.ts';
import { toHoldType, toWalletType } from './wallet.view.ts';

const holdCursor = keysetCursor('holds', { createdAt: 'date', id: 'string' });

@Resolver(() => HoldType)
export class HoldResolver {
  readonly #holds: HoldService;
  readonly #loaders: WalletLoaders;

  constructor(holds: HoldService, loaders: WalletLoaders) {
    this.#holds = holds;
    this.#loaders = loaders;
  }

  @RequiresPermission('hold:manage')
  @Mutation(() => PlaceHoldPayload, { description: 'Sets money of a wallet aside: it stays there but is no longer available.' })
  async placeHold(
    @Arg('input', () => PlaceHoldInput, { description: 'The hold.' }) input: PlaceHoldInput,
    @Ctx() context: GraphContext,
  ): Promise<PlaceHoldPayload> {
    return { hold: toHoldType(await this.#holds.place(actorOf(context), input)) };
  }

  @RequiresPermission('hold:manage')
  @Mutation(() => CaptureHoldPayload, {
    description: 'Moves the money of a hold, or part of it, to another wallet and gives the rest back. A hold resolves once.',
  })
  async captureHold(
    @Arg('input', () => CaptureHoldInput, { description: 'The hold, and where to.' }) input: CaptureHoldInput,
    @Ctx() context: GraphContext,
  ): Promise<CaptureHoldPayload> {
    return { hold: toHoldType(await this.#holds.capture(actorOf(context), input)) };
  }

  @RequiresPermission('hold:manage')
  @Mutation(() => VoidHoldPayload, { description: 'Gives a hold up: its money is available again. A hold resolves once.' })
  async voidHold(
    @Arg('input', () => VoidHoldInput, { description: 'The hold.' }) input: VoidHoldInput,
    @Ctx() context: GraphContext,
  ): Promise<VoidHoldPayload> {
    return { hold: toHoldType(await this.#holds.void(actorOf(context), input)) };
  }

  @FieldResolver(() => WalletType, {
    nullable: true,
    description: 'The wallet whose money it keeps; null when you may not see it.',
  })
  wallet(@Root() hold: HoldType, @Ctx() context: GraphContext) {
    return this.#walletOrNull(hold.walletId, context);
  }

  @FieldResolver(() => WalletType, {
    nullable: true,
    description: 'The wallet that a capture paid; null when it was not captured, or when you may not see that wallet.',
  })
  destination(@Root() hold: HoldType, @Ctx() context: GraphContext) {
    return this.#walletOrNull(hold.destinationWalletId, context);
  }

  async #walletOrNull(walletId: string | null, context: GraphContext): Promise<WalletType | null> {
    const wallet = walletId === null ? null : await this.#loaders.wallet(context, walletId);
    return wallet === null ? null : toWalletType(wallet);
  }
}

@Resolver(() => WalletType)
export class WalletHoldsResolver {
  readonly #holds: HoldService;

  constructor(holds: HoldService) {
    this.#holds = holds;
  }

  @FieldResolver(() => HoldConnection, { description: 'Holds on its money, newest first.' })
  async holds(@Root() wallet: WalletType, @Args(() => HoldListArgs) args: HoldListArgs) {
    const page = {
      walletId: wallet.id,
      status: args.status ?? null,
      after: holdCursor.decode(args.after),
      limit: rowLimit(args),
    };
    return toConnection(await this.#holds.list(page), args, holdCursor.encode, toHoldType);
  }
}
