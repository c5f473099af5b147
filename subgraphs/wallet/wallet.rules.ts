// Rules about wallets that need nothing but their values: names, reasons, and who may see what. Pure.
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { walletErrors } from './wallet.errors.ts';

export const walletNameLengthMax = 60;
export const freezeReasonLengthMax = 280;
/** Wallets that one user may have. */
export const walletsMax = 1_000;

/** Trimmed text of 1 to `lengthMax` characters without control characters; null when it is not that. */
export function readLine(text: string, lengthMax: number): string | null {
  const line = text.normalize('NFC').trim();
  const isLine = line !== '' && [...line].length <= lengthMax && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(line);
  return isLine ? line : null;
}

/** @throws INVALID_WALLET_NAME */
export function readWalletName(name: string): string {
  const line = readLine(name, walletNameLengthMax);
  if (line === null) throw walletErrors.INVALID_WALLET_NAME({ lengthMax: walletNameLengthMax });
  return line;
}

/** @throws INVALID_FREEZE_REASON */
export function readFreezeReason(reason: string): string {
  const line = readLine(reason, freezeReasonLengthMax);
  if (line === null) throw walletErrors.INVALID_FREEZE_REASON({ lengthMax: freezeReasonLengthMax });
  return line;
}

/** Owners see what is theirs; `wallet:read` sees everything of this domain. */
export function maySee(viewer: Identity | null, ownerId: string): boolean {
  return viewer !== null && (viewer.userId === ownerId || hasPermission(viewer, 'wallet:read'));
}
