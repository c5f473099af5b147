// Takes events of other domains into this one: each takes effect once, in the order of its subject, or is parked.
import { join, sqltag as sql } from '@prisma/client/runtime/client';
import DataLoader from 'dataloader';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { rowset } from '../database/rowset.ts';
import type { DomainName } from '../domains.ts';
import type { InboxClaim } from './event.ts';
import type { Handlers, TransactionHandler } from './handlers.ts';
import type { LoggedEvent } from './logged-event.ts';
import type { Parking } from './parking.ts';
import { createSemaphore } from './semaphore.ts';

const rowsPerStatementMax = 1_000;
const claimColumns = { consumer: 'text', event_id: 'text' } as const;

/**
 * Writes the claims in the caller's transaction and gives the ids of those that are new. An event whose id is absent has taken effect
 * before: skip it. Waits for other transactions that are claiming the same events.
 *
 * @example
 * const fresh = await claimInbox(tx, batch.map((request) => request.claim));
 * const toPost = batch.filter((request) => fresh.has(request.claim.eventId));
 */
export async function claimInbox(tx: DatabaseTransaction, claims: readonly InboxClaim[]): Promise<Set<string>> {
  // In one order always, so that two batches cannot lock each other out.
  const rows = claims
    .map((claim) => ({ consumer: claim.consumer, event_id: claim.eventId }))
    .sort((a, b) => (a.event_id < b.event_id ? -1 : 1));
  const claimed = new Set<string>();
  for (let start = 0; start < rows.length; start += rowsPerStatementMax) {
    const inserted = await tx.client.$queryRaw<{ event_id: string }[]>(sql`
      INSERT INTO inbox_entry (consumer, event_id)
      SELECT consumer, event_id FROM ${rowset(tx.provider, claimColumns, rows.slice(start, start + rowsPerStatementMax))} WHERE true
      ON CONFLICT DO NOTHING RETURNING event_id`);
    for (const row of inserted) claimed.add(row.event_id);
  }
  return claimed;
}

export type Outcome = 'handled' | 'ignored' | 'taken' | 'parked';

export interface Inbox {
  /**
   * Resolves when nothing more needs to be delivered: the event took effect (now or before), is of no interest, or is parked.
   * Rejects only when this domain's database cannot even park it; then it must be delivered again.
   */
  take(event: LoggedEvent): Promise<Outcome>;
}

export interface InboxDeps {
  readonly domain: DomainName;
  readonly database: Database;
  readonly handlers: Handlers;
  readonly parking: Parking;
  /** Most transactions of `transaction` handlers that may run at once. */
  readonly transactionsMax: number;
}

export function createInbox({ domain, database, handlers, parking, transactionsMax }: InboxDeps): Inbox {
  const transactions = createSemaphore(transactionsMax);
  const isBehindParked = createParkedLookup(domain, database);

  async function takeInTransaction(event: LoggedEvent, wanted: readonly TransactionHandler[]): Promise<Outcome> {
    const isHandled = await transactions.run(() =>
      database.transaction(async (tx) => {
        if (!(await claimUnlessBehindParked(tx, domain, event))) return false;
        for (const handler of wanted) await handler.handle(event, tx);
        return true;
      }),
    );
    return isHandled ? 'handled' : parking.parkBehind(event);
  }

  return {
    take: async (event) => {
      try {
        const handling = handlers.handlingOf(event);
        if (handling.mode === 'none') return 'ignored';
        if (handling.mode === 'transaction') return await takeInTransaction(event, handling.handlers);
        if (await isBehindParked.load(event)) return await parking.parkBehind(event);
        await handling.handler.handle(event, { consumer: domain, eventId: event.id });
        return 'handled';
      } catch (error) {
        return parking.park(event, error);
      }
    },
  };
}

/** One statement on the usual way: the claim, unless an earlier event of the subject is parked. */
async function claimUnlessBehindParked(tx: DatabaseTransaction, consumer: DomainName, event: LoggedEvent): Promise<boolean> {
  const claimed = await tx.client.$executeRaw`
    INSERT INTO inbox_entry (consumer, event_id)
    SELECT ${consumer}, ${event.id}
    WHERE NOT EXISTS (
      SELECT 1 FROM inbox_parked WHERE consumer = ${consumer} AND source = ${event.source} AND subject = ${event.subject}
    )
    ON CONFLICT DO NOTHING`;
  return claimed === 1;
}

/** Tells whether the event's subject has parked events; events that arrive together are looked up together. */
function createParkedLookup(consumer: DomainName, database: Database): DataLoader<LoggedEvent, boolean> {
  return new DataLoader(
    async (events) => {
      const subjects = join([...new Set(events.map((event) => event.subject))]);
      const rows = await database.client.$queryRaw<{ source: string; subject: string }[]>(sql`
        SELECT DISTINCT source, subject FROM inbox_parked WHERE consumer = ${consumer} AND subject IN (${subjects})`);
      return events.map((event) => rows.some((row) => row.source === event.source && row.subject === event.subject));
    },
    { cache: false, maxBatchSize: rowsPerStatementMax },
  );
}
