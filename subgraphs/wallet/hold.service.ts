// Use cases around holds: validates what was asked, submits it to the ledger's writer, and gives the hold as it is now.

import type { Database } from '../../platform/database/database.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { holdErrors } from './hold.errors.ts';
import { findHolds, type Hold, listHolds } from './hold.repository.ts';
import type { HoldStatus } from './ledger.book.ts';
import { submitByCaller } from './ledger.caller.ts';
import type { LedgerCommand } from './ledger.commands.ts';
import type { LedgerWriter } from './ledger.writer.ts';
import { findVisibleIds } from './member.access.ts';
import { findWallets, type TimeKey } from './wallet.repository.ts';
import { readLine } from './wallet.rules.ts';
import type { Actor } from './wallet.service.ts';

export const holdMemoLengthMax = 140;

interface Keyed {
  readonly idempotencyKey: string;
}
export interface PlaceHoldRequest extends Keyed {
  readonly walletId: string;
  readonly amount: MoneyText;
  readonly memo?: string | null;
  readonly expiresAt?: Date | null;
}
export interface CaptureHoldRequest extends Keyed {
  readonly holdId: string;
  readonly destinationWalletId: string;
  /** Absent: all of it. */
  readonly amount?: MoneyText | null;
}
export interface VoidHoldRequest extends Keyed {
  readonly holdId: string;
}

export type HoldService = ReturnType<typeof createHoldService>;

export function createHoldService({ database, writer }: { database: Database<PrismaClient>; writer: LedgerWriter }) {
  async function submit(actor: Actor, idempotencyKey: string, command: LedgerCommand): Promise<Hold> {
    const holdId = await submitByCaller(writer, actor, idempotencyKey, command);
    const hold = (await findHolds(database.client, [holdId])).get(holdId);
    if (hold === undefined) throw new Error(`The hold ${holdId} was accepted but is not there.`);
    return hold;
  }

  return {
    /** @throws money errors, INVALID_HOLD_MEMO, INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
    async place(actor: Actor, request: PlaceHoldRequest): Promise<Hold> {
      const { units, asset } = parseMoney(request.amount, 'input.amount');
      return submit(actor, request.idempotencyKey, {
        type: 'PLACE_HOLD',
        walletId: request.walletId,
        asset,
        units,
        memo: readMemo(request.memo ?? null),
        expiresAt: request.expiresAt ?? null,
        placedBy: actor.userId,
      });
    },

    /** @throws money errors, INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
    async capture(actor: Actor, request: CaptureHoldRequest): Promise<Hold> {
      const amount = request.amount ? parseMoney(request.amount, 'input.amount') : null;
      const { holdId, destinationWalletId } = request;
      return submit(actor, request.idempotencyKey, { type: 'CAPTURE_HOLD', holdId, destinationWalletId, amount });
    },

    /** @throws INVALID_IDEMPOTENCY_KEY, and what the ledger refuses */
    async void(actor: Actor, request: VoidHoldRequest): Promise<Hold> {
      return submit(actor, request.idempotencyKey, { type: 'VOID_HOLD', holdId: request.holdId, heldFor: null });
    },

    /** One result per id: the hold, or null where there is none on a wallet that the viewer may see. */
    async findVisible(viewer: Identity | null, holdIds: readonly string[]): Promise<(Hold | null)[]> {
      const found = await findHolds(database.client, holdIds);
      const wallets = await findWallets(
        database.client,
        [...found.values()].map(({ walletId }) => walletId),
      );
      const visible = await findVisibleIds(database.client, viewer, [...wallets.values()]);
      return holdIds.map((id) => {
        const hold = found.get(id);
        return hold !== undefined && visible.has(hold.walletId) ? hold : null;
      });
    },

    list(page: { walletId: string; status: HoldStatus | null; after: TimeKey | null; limit: number }): Promise<Hold[]> {
      return listHolds(database.client, page);
    },
  };
}

function readMemo(memo: string | null): string | null {
  if (memo === null) return null;
  const line = readLine(memo, holdMemoLengthMax);
  if (line === null) throw holdErrors.INVALID_HOLD_MEMO({ lengthMax: holdMemoLengthMax });
  return line;
}
