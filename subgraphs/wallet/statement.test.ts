// Statements against a plain model of them, on both databases: by record and by effective time, page by page and as a file.
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { TimeAxis } from './account.service.ts';
import { aLedger, outcomeOf } from './ledger.fixtures.ts';
import type { StatementLine, StatementPeriod, StatementPosition } from './statement.rules.ts';
import { createStatementService, type StatementService } from './statement.service.ts';

const hourMs = 3_600_000;
const axes: readonly TimeAxis[] = ['RECORDED', 'EFFECTIVE'];

/** Hours by which each posting is dated back; 0 counts from when it is recorded. */
const history = [0, 0, 3, 0, 9, 1, 0, 0, 5, 5, 2, 0, 7, 0, 0, 30, 4, 0] as const;

describeEachDatabase('statements', (open) => {
  async function aHistory() {
    const ledger = aLedger(await open<PrismaClient>('wallet'));
    const [wallet, bank, own] = [await ledger.aWallet('alice'), await ledger.aBank(), await ledger.aBank('alice')];
    const startMs = ledger.clock.now().getTime();
    const at = (hours: number) => new Date(startMs + hours * hourMs);
    const model: { recordedAt: Date; effectiveAt: Date; units: bigint }[] = [];
    for (const [index, backHours] of history.entries()) {
      const now = ledger.clock.now();
      const effectiveAt = backHours === 0 ? undefined : new Date(now.getTime() - backHours * hourMs);
      const isPaidOut = index % 3 === 2;
      const units = BigInt(isPaidOut ? index : 10 * index + 50);
      const change = effectiveAt === undefined ? {} : { effectiveAt };
      const answer = isPaidOut
        ? await ledger.withdraw(wallet.id, own.id, units, change)
        : await ledger.deposit(bank.id, wallet.id, units, change);
      expect(outcomeOf(answer)).toBe('ACCEPTED');
      model.push({ recordedAt: now, effectiveAt: effectiveAt ?? now, units: isPaidOut ? -units : units });
      // Some are recorded at the same moment.
      if (index % 4 !== 0) ledger.clock.freezeAt(new Date(now.getTime() + hourMs));
    }
    const { database, wallets, clock } = ledger;
    const statements = createStatementService({ database, wallets, clock, rowsPerRead: 3 });
    const period = (from: number, to: number, by: TimeAxis): StatementPeriod => ({
      walletId: wallet.id,
      asset: 'USD',
      from: at(from),
      to: at(to),
      by,
    });

    function expected({ from, to, by }: StatementPeriod) {
      const timeOf = (each: (typeof model)[number]) => (by === 'RECORDED' ? each.recordedAt : each.effectiveAt);
      const ordered = model.toSorted((a, b) => timeOf(a).getTime() - timeOf(b).getTime());
      let balance = ordered.filter((each) => timeOf(each) < from).reduce((sum, { units }) => sum + units, 0n);
      const opening = balance;
      const entries = ordered
        .filter((each) => timeOf(each) >= from && timeOf(each) < to)
        .map(({ units }) => {
          balance += units;
          return [units, balance] as const;
        });
      return { opening, entries, closing: balance };
    }
    return { ledger, wallet, bank, statements, period, at, expected };
  }

  it('agree with what happened, whichever time counts and however they are cut', async () => {
    const { statements, period, expected } = await aHistory();
    for (const by of axes) {
      for (const [from, to] of [
        [-40, 13],
        [3, 8],
        [-40, 0],
        [5, 13],
      ] as const) {
        const asked = period(from, to, by);
        const paged = await allPages(statements, asked, to - from > 20 ? 4 : 2);
        expect(paged, `${by} ${from} ${to}`).toEqual(expected(asked));
        const lines = await linesOf(await statements.open(viewerOf('alice'), asked));
        expect(fileOf(lines), `the file of ${by} ${from} ${to}`).toEqual(expected(asked));
      }
    }
  });

  it('stay as they were when they began, whatever is posted meanwhile', async () => {
    const { ledger, wallet, bank, statements, period, at, expected } = await aHistory();
    const asked = period(-40, 13, 'EFFECTIVE');
    const before = expected(asked);
    const file = await statements.open(viewerOf('alice'), asked);
    const first = await statements.page(asked, null, 3);
    const backdated = { effectiveAt: at(1) };
    expect(outcomeOf(await ledger.deposit(bank.id, wallet.id, 1_000_000n, backdated))).toBe('ACCEPTED');
    const rest = await allPages(statements, asked, 5, first.entries.at(-1)?.position ?? null);
    expect([...first.entries.map(changeOf), ...rest.entries]).toEqual(before.entries);
    expect([rest.opening, rest.closing]).toEqual([before.opening, before.closing]);
    expect(fileOf(await linesOf(file))).toEqual(before);
    expect((await statements.page(asked, null, 1)).closingUnits).toBe(before.closing + 1_000_000n);
  });

  it('read no further than their reader', async () => {
    const { ledger, wallet, period } = await aHistory();
    const { wallets, clock } = ledger;
    let readCount = 0;
    const counting = ledger.database.client.$extends({
      query: {
        $queryRaw({ args, query }) {
          readCount += 1;
          return query(args);
        },
      },
    });
    const database = { ...ledger.database, client: counting as unknown as PrismaClient };
    const statements = createStatementService({ database, wallets, clock, rowsPerRead: 3 });
    const lines = await statements.open(viewerOf('alice'), { ...period(-40, 13, 'RECORDED'), walletId: wallet.id });
    await lines.next();
    const atOpening = readCount;
    for (let count = 0; count < 3; count += 1) await lines.next();
    expect(readCount).toBe(atOpening + 1);
    await lines.return(undefined);
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    expect(readCount).toBe(atOpening + 1);
  });

  it('are empty for an asset that was never held, and refused for periods that cannot be', async () => {
    const { statements, period, at, wallet } = await aHistory();
    const asked = { ...period(0, 5, 'RECORDED'), asset: 'EUR' };
    expect(await statements.page(asked, null, 5)).toEqual({ openingUnits: 0n, closingUnits: 0n, entries: [] });
    expect(fileOf(await linesOf(await statements.open(viewerOf('alice'), asked)))).toEqual({
      opening: 0n,
      entries: [],
      closing: 0n,
    });
    const refused = (change: Partial<StatementPeriod>) => statements.page({ ...period(0, 5, 'RECORDED'), ...change }, null, 5);
    await expect(refused({ to: at(0) })).rejects.toMatchObject({ code: 'INVALID_STATEMENT_PERIOD' });
    await expect(refused({ to: at(1000) })).rejects.toMatchObject({ code: 'INVALID_STATEMENT_PERIOD' });
    await expect(refused({ asset: 'GOLD' })).rejects.toMatchObject({ code: 'UNKNOWN_ASSET' });
    await expect(statements.open(viewerOf('mallory'), asked)).rejects.toMatchObject({
      code: 'WALLET_NOT_FOUND',
      details: { walletId: wallet.id },
    });
  });
});

function viewerOf(userId: string) {
  return { userId, permissions: new Set() } as unknown as Parameters<StatementService['open']>[0];
}

const changeOf = ({ direction, units, balanceUnits }: { direction: string; units: bigint; balanceUnits: bigint }) =>
  [direction === 'DEBIT' ? -units : units, balanceUnits] as const;

async function allPages(
  statements: StatementService,
  period: StatementPeriod,
  size: number,
  from: StatementPosition | null = null,
) {
  const entries: (readonly [bigint, bigint])[] = [];
  for (let after = from; ; ) {
    const page = await statements.page(period, after, size);
    entries.push(...page.entries.map(changeOf));
    after = page.entries.at(-1)?.position ?? null;
    if (after === null || page.entries.length < size) return { opening: page.openingUnits, entries, closing: page.closingUnits };
  }
}

async function linesOf(lines: AsyncIterable<StatementLine>): Promise<StatementLine[]> {
  const all: StatementLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

function fileOf(lines: readonly StatementLine[]) {
  const [opening, closing] = [lines[0], lines.at(-1)];
  if (opening?.row !== 'OPENING' || closing?.row !== 'CLOSING') throw new Error('The file has no beginning or no end.');
  const entries = lines.slice(1, -1).flatMap((line) => (line.row === 'ENTRY' ? [changeOf(line)] : []));
  return { opening: opening.balanceUnits, entries, closing: closing.balanceUnits };
}
