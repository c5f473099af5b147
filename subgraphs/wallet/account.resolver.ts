// The graph's fields about single accounts: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireAsset } from '../../platform/money/money.ts';
import { toAssetType, toMoneyType } from '../../platform/money/money.types.ts';
import type { AccountService } from './account.service.ts';
import {
  BalanceAt,
  BalancesAtArgs,
  FreezeAccountInput,
  FreezeAccountPayload,
  GrantOverdraftInput,
  GrantOverdraftPayload,
  UnfreezeAccountInput,
  UnfreezeAccountPayload,
} from './account.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import { actorOf } from './wallet.resolver.ts';
import { toAccountType } from './wallet.view.ts';

@Resolver(() => WalletType)
export class AccountResolver {
  readonly #accounts: AccountService;

  constructor(accounts: AccountService) {
    this.#accounts = accounts;
  }

  @RequiresPermission('wallet:freeze')
  @Mutation(() => FreezeAccountPayload, {
    description: 'Freezes a wallet in one asset: there it neither pays nor receives. Freezing a frozen account changes nothing.',
  })
  async freezeAccount(
    @Arg('input', () => FreezeAccountInput, { description: 'The account, and why.' }) input: FreezeAccountInput,
    @Ctx() context: GraphContext,
  ): Promise<FreezeAccountPayload> {
    return { account: toAccountType(await this.#accounts.freeze(actorOf(context), input)) };
  }

  @RequiresPermission('wallet:freeze')
  @Mutation(() => UnfreezeAccountPayload, {
    description: 'Lets a frozen account pay and receive again. Nobody unfreezes their own.',
  })
  async unfreezeAccount(
    @Arg('input', () => UnfreezeAccountInput, { description: 'The account, and why.' }) input: UnfreezeAccountInput,
    @Ctx() context: GraphContext,
  ): Promise<UnfreezeAccountPayload> {
    return { account: toAccountType(await this.#accounts.unfreeze(actorOf(context), input)) };
  }

  @RequiresPermission('overdraft:grant')
  @Mutation(() => GrantOverdraftPayload, {
    description: 'Lets a wallet go below zero in one asset, up to a limit. Nobody grants their own.',
  })
  async grantOverdraft(
    @Arg('input', () => GrantOverdraftInput, { description: 'The wallet and the limit.' }) input: GrantOverdraftInput,
    @Ctx() context: GraphContext,
  ): Promise<GrantOverdraftPayload> {
    return { account: toAccountType(await this.#accounts.grantOverdraft(actorOf(context), input)) };
  }

  @FieldResolver(() => [BalanceAt], { description: 'What it held at a moment, by asset.' })
  async balancesAt(@Root() wallet: WalletType, @Args(() => BalancesAtArgs) { at, by }: BalancesAtArgs): Promise<BalanceAt[]> {
    const balances = await this.#accounts.balancesAt(wallet.id, at, by);
    return balances.map(({ asset, posted }) => ({
      asset: toAssetType(requireAsset(asset)),
      posted: toMoneyType({ units: posted, asset }),
    }));
  }
}
