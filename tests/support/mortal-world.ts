// Payments between the real transaction domain and the real ledger, with a bus and processes that a test may let fail: events come late, twice
// and in any order, and a process dies before or after any commit. Everything follows from one seed.

import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import { silentLogger } from '../../platform/log.ts';
import type { PrismaClient as TransactionClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { PrismaClient as WalletClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { aDomain, anEvent, screeningDecided, walletOpened } from '../../subgraphs/transaction/transaction.fixtures.ts';
import { aLedger } from '../../subgraphs/wallet/ledger.fixtures.ts';
import { createPostingConsumer } from '../../subgraphs/wallet/posting.consumer.ts';
import type { Dice } from './dice.ts';

class Death extends Error {
  override readonly name = 'Death';
}

interface Fate {
  isArmed: boolean;
  deaths: number;
}

/** A database whose client dies now and then: with what it was writing undone, or with it committed and nobody told. */
function mortal<Client>(database: Database<Client>, fate: Fate, dice: Dice): Database<Client> {
  type Run = Database<Client>['transaction'];
  const dying =
    (run: Run): Run =>
    async (work, options) => {
      const throwOfDice = fate.isArmed ? dice(12) : -1;
      const die = () => {
        fate.deaths += 1;
        throw new Death('The process died.');
      };
      const result = await run(async (tx) => {
        const written = await work(tx);
        if (throwOfDice === 0) die();
        return written;
      }, options);
      if (throwOfDice === 1) die();
      return result;
    };
  return {
    ...database,
    transaction: dying(database.transaction),
    batchTransaction: dying(database.batchTransaction as Run) as Database<Client>['batchTransaction'],
  };
}

const toWallet = ['posting_started', 'funds_requested', 'funds_released', 'reversal_requested'];
const fromWallet = [
  'funds_reserved',
  'funds_refused',
  'posting_completed',
  'posting_refused',
  'posting_reversed',
  'reversal_refused',
];
const factOf = (type: string) => type.split('.')[2] ?? '';
/** Twice as long as anybody waits for an answer before asking again. */
export const patienceMs = 60_000;

interface Delivery {
  readonly to: 'wallet' | 'transaction';
  readonly event: RecordedEvent;
}

export type MortalWorld = Awaited<ReturnType<typeof aMortalWorld>>;

export async function aMortalWorld(
  databases: { transaction: Database<TransactionClient>; wallet: Database<WalletClient> },
  dice: Dice,
) {
  const fate: Fate = { isArmed: false, deaths: 0 };
  const domain = await aDomain(mortal(databases.transaction, fate, dice));
  const ledger = aLedger(mortal(databases.wallet, fate, dice), { clock: domain.clock });
  const consumer = createPostingConsumer({ writer: ledger.writer, log: silentLogger() });
  const queue: Delivery[] = [];
  const verdicts = new Map<string, number>();
  const seen = { ofDomain: 0, ofWallet: 0, delivered: 0, repeated: 0 };

  async function aWallet(ownerId: string): Promise<string> {
    const { id } = await ledger.aWallet(ownerId);
    await domain.learn(walletOpened(id, ownerId));
    return id;
  }

  /** Puts on the bus what has been committed since; what was not committed never gets there. */
  async function collect(): Promise<void> {
    for (const event of domain.events.slice(seen.ofDomain)) publishOfDomain(event);
    seen.ofDomain = domain.events.length;
    // No relay takes them away here, so the place in the order of insertion is a cursor.
    const rows = await databases.wallet.client.outboxPending.findMany({ orderBy: { sequence: 'asc' }, skip: seen.ofWallet });
    seen.ofWallet += rows.length;
    for (const { type, subject, data } of rows) {
      if (fromWallet.includes(factOf(type))) queue.push({ to: 'transaction', event: anEvent(type, subject, JSON.parse(data)) });
    }
  }

  function publishOfDomain({ type, subject, data }: NewEvent): void {
    const fact = factOf(type);
    if (toWallet.includes(fact)) queue.push({ to: 'wallet', event: anEvent(type, subject, data) });
    if (fact !== 'requested') return;
    // Compliance: the same answer for the same transaction, however often it is asked.
    const verdict = verdicts.get(subject) ?? dice(8);
    verdicts.set(subject, verdict);
    if (verdict > 5) queue.push({ to: 'transaction', event: screeningDecided(subject, 'HELD') });
    const decision = verdict % 7 === 0 ? 'REJECTED' : 'CLEARED';
    queue.push({ to: 'transaction', event: screeningDecided(subject, decision, { decidedBy: verdict > 5 ? 'carol' : 'RULES' }) });
  }

  async function handle({ to, event }: Delivery): Promise<void> {
    const { handler } = consumer;
    if (to === 'wallet' && handler.mode === 'claim') await handler.handle(event, { consumer: 'wallet', eventId: event.id });
    else if (factOf(event.type) === 'reversal_refused')
      await databases.transaction.transaction((tx) => domain.reversals.takeRefusal(event, tx));
    else await domain.take(event);
  }

  /** Delivers one event of those that wait, whichever. One whose consumer dies or cannot take it yet comes again; others come twice. */
  async function deliverOne(): Promise<void> {
    const index = dice(queue.length);
    const delivery = queue[index];
    if (delivery === undefined) return;
    try {
      await handle(delivery);
      seen.delivered += 1;
      if (dice(6) === 0) seen.repeated += 1;
      else queue.splice(index, 1);
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
    await collect();
  }

  /** Does it until it is answered, as a careful client: the same request under the same key. What is refused is given back as its code. */
  async function insist<T>(ask: () => Promise<T>): Promise<T | string> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof Death) continue;
        if (error instanceof Error && 'code' in error && !isExpected(error)) return String(error.code);
        if (!isExpected(error)) throw error;
      } finally {
        await collect();
      }
    }
  }

  /** What the sweepers of every replica do. */
  async function sweep(): Promise<void> {
    const chores = [domain.runner.run, domain.payoutRunner.run, domain.deadlines.expire, domain.deadlines.remind];
    for (const chore of chores) await insist(chore);
  }

  return { domain, ledger, fate, queue, seen, databases, aWallet, collect, deliverOne, insist, sweep };
}

/** Deaths, and facts that have come before those that make them possible: the bus brings them again. */
function isExpected(error: unknown): boolean {
  if (error instanceof Death) return true;
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ILLEGAL_TRANSITION' || code === 'SERVICE_UNAVAILABLE';
}

export const newKey = () => uuidIds.next();
