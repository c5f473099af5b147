// The closed list of failures around wallets. "Not yours" is always "not found".
import { defineErrors } from '../../platform/errors.ts';

export const walletErrors = defineErrors({
  WALLET_NOT_FOUND: { message: (d: { walletId: string }) => `There is no wallet "${d.walletId}" that you may use.` },
  WALLET_FROZEN: {
    message: (d: { walletId: string }) =>
      `The wallet ${d.walletId} is frozen: it neither pays nor receives until it is unfrozen.`,
  },
  ACCOUNT_FROZEN: {
    message: (d: { walletId: string; asset: string }) =>
      `The ${d.asset} account of the wallet ${d.walletId} is frozen: it neither pays nor receives until it is unfrozen.`,
  },
  ACCOUNT_NOT_FOUND: {
    message: (d: { walletId: string; asset: string }) => `The wallet ${d.walletId} has never held ${d.asset}.`,
  },
  OVERDRAFT_IN_USE: {
    message: (d: { walletId: string; asset: string }) => `The wallet ${d.walletId} has drawn more ${d.asset} than that already.`,
  },
  BALANCE_TIME_IN_FUTURE: { message: (d: { at: string }) => `Nobody knows yet what a balance will be at ${d.at}.` },
  OWN_WALLET: {
    message: (d: { walletId: string }) => `The wallet ${d.walletId} is yours, so somebody else has to do this.`,
  },
  INVALID_WALLET_NAME: {
    message: (d: { lengthMax: number }) => `A wallet's name has 1 to ${d.lengthMax} characters, none of them control characters.`,
  },
  INVALID_FREEZE_REASON: {
    message: (d: { lengthMax: number }) => `Say why in 1 to ${d.lengthMax} characters, none of them control characters.`,
  },
  WALLET_LIMIT_REACHED: { message: (d: { walletsMax: number }) => `You have ${d.walletsMax} wallets, and nobody may have more.` },
});
