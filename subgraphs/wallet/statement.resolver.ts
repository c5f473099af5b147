// The graph's field about statements: it hangs on wallets; whoever got one may see what happened to it.
import { Args, FieldResolver, Resolver, Root } from 'type-graphql';
import { platformErrors } from '../../platform/errors.ts';
import { keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { downloadsPath } from '../../platform/graph/download.ts';
import { requireAsset } from '../../platform/money/money.ts';
import { toAssetType, toMoneyType } from '../../platform/money/money.types.ts';
import { PostingKindEnum } from './entry.types.ts';
import { type StatementEntry, type StatementPosition, signedUnits } from './statement.rules.ts';
import type { StatementService } from './statement.service.ts';
import { StatementArgs, type StatementEntryType, StatementType } from './statement.types.ts';
import { WalletType } from './wallet.entity.types.ts';

const statementCursor = keysetCursor('statement', {
  of: 'string',
  version: 'number',
  backAt: 'date',
  backVersion: 'number',
  asOf: 'number',
});

@Resolver(() => WalletType)
export class StatementResolver {
  readonly #statements: StatementService;

  constructor(statements: StatementService) {
    this.#statements = statements;
  }

  @FieldResolver(() => StatementType, {
    description: 'What happened to one asset in a period: balances before and after, and every entry between, oldest first.',
  })
  async statement(@Root() wallet: WalletType, @Args(() => StatementArgs) args: StatementArgs): Promise<StatementType> {
    const { asset, from, to, by } = args;
    const period = { walletId: wallet.id, asset, from, to, by };
    const query = new URLSearchParams({
      walletId: wallet.id,
      asset,
      from: from.toISOString(),
      to: to.toISOString(),
      by,
    }).toString();
    const page = await this.#statements.page(period, placeIn(query, args.after), rowLimit(args));
    const money = (units: bigint) => toMoneyType({ units, asset });
    return {
      asset: toAssetType(requireAsset(asset)),
      from,
      to,
      by,
      openingBalance: money(page.openingUnits),
      closingBalance: money(page.closingUnits),
      entries: toConnection(
        page.entries,
        args,
        ({ position }) => statementCursor.encode({ of: query, ...position }),
        (entry) => toEntryType(entry, asset),
      ),
      csvPath: `${downloadsPath}/wallet/statement.csv?${query}`,
      jsonLinesPath: `${downloadsPath}/wallet/statement.jsonl?${query}`,
    };
  }
}

/** Where to go on; a place in another statement means nothing in this one. @throws INVALID_CURSOR */
function placeIn(query: string, after: string | null | undefined): StatementPosition | null {
  const place = statementCursor.decode(after);
  if (place !== null && place.of !== query)
    throw platformErrors.INVALID_CURSOR({ cursor: String(after), problem: 'it belongs to another statement' });
  return place;
}

function toEntryType(entry: StatementEntry, asset: string): StatementEntryType {
  return {
    id: entry.entryId,
    kind: PostingKindEnum[entry.kind],
    change: toMoneyType({ units: signedUnits(entry), asset }),
    balance: toMoneyType({ units: entry.balanceUnits, asset }),
    transaction: entry.transactionId === null ? null : { id: entry.transactionId },
    memo: entry.memo,
    effectiveAt: entry.effectiveAt,
    recordedAt: entry.recordedAt,
  };
}
