// Money in the graph: value types that every subgraph may resolve alike, because they come from the registry alone.
import { Directive, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Decimal } from '../graph/scalars.ts';
import type { Asset } from './assets.ts';
import { formatUnits, type Money, requireAsset } from './money.ts';

export enum AssetKindEnum {
  FIAT = 'FIAT',
  CRYPTO = 'CRYPTO',
}
registerEnumType(AssetKindEnum, {
  name: 'AssetKind',
  description: 'What an asset is.',
  valuesConfig: { FIAT: { description: 'Money of a state.' }, CRYPTO: { description: 'A token on a chain.' } },
});

@ObjectType('Asset', { description: 'Something that amounts are counted in: a currency or a token.' })
@Directive('@shareable')
export class AssetType {
  @Field(() => String, { description: 'Unique code, for example USD or ETH.' })
  code: string;

  @Field(() => String, { description: 'Name for people.' })
  name: string;

  @Field(() => AssetKindEnum, { description: 'What the asset is.' })
  kind: AssetKindEnum;

  @Field(() => Int, { description: 'Decimals of the smallest unit: 2 for cents, 18 for wei.' })
  scale: number;

  @Field(() => String, { description: 'What people write before the amount.' })
  symbol: string;
}

@ObjectType('Money', { description: 'An exact amount of one asset.' })
@Directive('@shareable')
export class MoneyType {
  @Field(() => Decimal, { description: 'The amount in whole units of the asset, exact: "12.50".' })
  amount: string;

  @Field(() => AssetType, { description: 'What the amount is counted in.' })
  asset: AssetType;
}

@InputType({ description: 'An amount to move: more than zero, with no more decimals than the asset has.' })
export class MoneyInput {
  @Field(() => Decimal, { description: 'The amount in whole units of the asset: "12.50".' })
  amount: string;

  @Field(() => String, { description: 'Code of the asset: "USD".' })
  asset: string;
}

export function toAssetType(asset: Asset): AssetType {
  return { ...asset, kind: AssetKindEnum[asset.kind] };
}

/** @throws UNKNOWN_ASSET when the code is not in the registry. */
export function toMoneyType(money: Money): MoneyType {
  const asset = requireAsset(money.asset);
  return { amount: formatUnits(money.units, asset), asset: toAssetType(asset) };
}
