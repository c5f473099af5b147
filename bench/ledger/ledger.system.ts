// Our ledger with everything on: funds check, idempotency, balance events, outcome and audit record of every transfer.
import { systemClock, uuidIds } from '../../platform/clock.ts';
import { openTarget } from '../../platform/database/open.ts';
import { databaseTime } from '../../platform/database/time.ts';
import { createOutbox } from '../../platform/events/outbox.ts';
import { silentLogger } from '../../platform/log.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { transactionKey } from '../../subgraphs/wallet/ledger.commands.ts';
import { createLedgerWriter } from '../../subgraphs/wallet/ledger.writer.ts';
import { asset, ownerId, walletId } from './data.ts';
import { type SystemKind, transferUnits } from './system.ts';

export const ledger: SystemKind = {
  name: 'ledger',
  description: 'this ledger: group commit, everything on',
  async open(url) {
    const database = await openTarget<PrismaClient>({ domain: 'wallet', target: { provider: 'postgresql', url } });
    const deps = { database, clock: systemClock, ids: uuidIds };
    const outbox = createOutbox({ domain: 'wallet', ...deps });
    const writer = createLedgerWriter({ ...deps, outbox, time: databaseTime(systemClock), log: silentLogger() });
    return {
      async transfer({ from, to }) {
        const transactionId = uuidIds.next();
        const answer = await writer.submit({
          key: transactionKey(transactionId),
          idempotencyKey: transactionId,
          command: {
            type: 'POST_TRANSACTION',
            transactionId,
            kind: 'TRANSFER',
            requestedBy: ownerId,
            source: { type: 'WALLET', id: walletId(from) },
            destination: { type: 'WALLET', id: walletId(to) },
            asset,
            units: transferUnits,
            memo: null,
          },
          origin: { actorId: 'system', requestId: null },
        });
        if (answer.status !== 'ACCEPTED') throw new Error(`A transfer was answered ${answer.status}.`);
      },
      async close() {
        await writer.stop();
        await database.close();
      },
    };
  },
};
