// Whether a wallet could pay at present: the ledger decides as if the money were to be set aside, behind the same locks, and nothing of it stays.
import { z } from 'zod';
import type { Database } from '../../platform/database/database.ts';
import type { DomainError } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { unitDigitsMax } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { findAccountsOfWallets } from './account.repository.ts';
import { type ReserveFunds, systemActor } from './ledger.commands.ts';
import type { LedgerWriter } from './ledger.writer.ts';
import type { WalletService } from './wallet.service.ts';

export interface FundsPreview {
  readonly asset: string;
  readonly refusal: DomainError | null;
  readonly availableUnits: bigint;
  readonly totalUnits: bigint;
}

export type TransferPreviewService = ReturnType<typeof createTransferPreviewService>;

const about = z.tuple([z.string(), z.string(), z.string().regex(new RegExp(`^[0-9]{1,${unitDigitsMax + 1}}$`))]);

/** What a preview's id says that it is about; null for what no preview of ours has. */
function readId(id: string): { walletId: string; asset: string; units: bigint } | null {
  try {
    const [walletId, asset, units] = about.parse(JSON.parse(Buffer.from(id, 'base64url').toString()));
    return { walletId, asset, units: BigInt(units) };
  } catch {
    return null;
  }
}

export function createTransferPreviewService(deps: {
  database: Database<PrismaClient>;
  writer: LedgerWriter;
  wallets: WalletService;
}) {
  const { database, writer, wallets } = deps;
  return {
    /** Null when the viewer may not see the wallet, whether or not there is one. */
    async funds(viewer: Identity, previewId: string): Promise<FundsPreview | null> {
      const wanted = readId(previewId);
      if (wanted === null || (await wallets.findVisible(viewer, [wanted.walletId]))[0] === null) return null;
      const { walletId, asset, units } = wanted;
      const command: ReserveFunds = {
        type: 'RESERVE_FUNDS',
        transactionId: 'preview',
        requestedBy: viewer.userId,
        walletId,
        asset,
        units,
        expiresAt: null,
      };
      const origin = { actorId: systemActor, requestId: null };
      const [answer, accounts] = await Promise.all([
        writer.submit({ key: null, idempotencyKey: '', command, origin, isDryRun: true }),
        findAccountsOfWallets(database.client, [walletId]),
      ]);
      const account = accounts.find((each) => each.asset === asset);
      return {
        asset,
        refusal: answer.status === 'REFUSED' ? answer.refusal : null,
        availableUnits: account?.balance.available ?? 0n,
        totalUnits: units,
      };
    },
  };
}
