// The assets that money may be in. Scale is the number of decimals of the smallest unit.

export type AssetKind = 'FIAT' | 'CRYPTO';

export interface Asset {
  /** Unique upper-case code: `USD`, `ETH`. */
  readonly code: string;
  readonly name: string;
  readonly kind: AssetKind;
  /** Decimals of the smallest unit: 2 for cents, 18 for wei. */
  readonly scale: number;
  /** What people write before the amount, for display only. */
  readonly symbol: string;
}

export interface AssetRegistry {
  readonly all: readonly Asset[];
  find(code: string): Asset | undefined;
}

/** A registry over a fixed list. Codes are case-sensitive. */
export function createAssetRegistry(assets: readonly Asset[]): AssetRegistry {
  const byCode = new Map(assets.map((asset) => [asset.code, Object.freeze({ ...asset })]));
  if (byCode.size !== assets.length) throw new Error('Two assets have the same code.');
  for (const { code, scale } of assets) {
    if (!Number.isInteger(scale) || scale < 0 || scale > 36)
      throw new Error(`The scale of ${code} must be a whole number from 0 to 36, not ${scale}.`);
  }
  const all = Object.freeze([...byCode.values()]);
  return { all, find: (code) => byCode.get(code) };
}

/** The assets of the platform. */
export const assetRegistry = createAssetRegistry([
  { code: 'USD', name: 'US dollar', kind: 'FIAT', scale: 2, symbol: '$' },
  { code: 'EUR', name: 'Euro', kind: 'FIAT', scale: 2, symbol: '€' },
  { code: 'JPY', name: 'Japanese yen', kind: 'FIAT', scale: 0, symbol: '¥' },
  { code: 'BTC', name: 'Bitcoin', kind: 'CRYPTO', scale: 8, symbol: '₿' },
  { code: 'ETH', name: 'Ether', kind: 'CRYPTO', scale: 18, symbol: 'Ξ' },
  { code: 'SOL', name: 'Solana', kind: 'CRYPTO', scale: 9, symbol: 'SOL' },
  { code: 'USDC', name: 'USD Coin', kind: 'CRYPTO', scale: 6, symbol: 'USDC' },
  { code: 'NTMPI', name: 'NTMPI', kind: 'CRYPTO', scale: 8, symbol: 'NTMPI' },
]);
