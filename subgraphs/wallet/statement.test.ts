// Statements against a plain model of them, on both databases: by record and by effective time, page by page and as a file.
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { lockAccount } from './account.repository.ts';
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
      const change = { ...(effectiveAt === undefined ? {} : { effectiveAt }), metadata: { index: `${index}` } };
      const answer = isPaidOut
        ? await ledger.withdraw(wallet.id, own.id, units, change)
        : await ledger.deposit(bank.id, wallet.id, units, change);
      expect(outcomeOf(answer)).toBe('ACCEPTED');
      model.push({ recordedAt: now, effectiveAt: effectiveAt ?? now, units: isPaidOut ? -units : units });
      // Some are recorded at the same moment.
      if (index % 4 !== 0) ledger.clock.freezeAt(new Date(now.getTime() + hourMs));
    }
    const { database, wallets } = ledger;
    const time = async () => ledger.clock.now();
    const statements = createStatementService({ database, wallets, time, rowsPerRead: 3 });
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
      ] as const) {
        const asked = period(from, to, by);
        const paged = await allPages(statements, asked, to - from > 20 ? 5 : 2);
        expect(paged, `${by} ${from} ${to}`).toEqual(expected(asked));
        const lines = await linesOf(await statements.open(viewerOf('alice'), asked));
        expect(fileOf(lines), `the file of ${by} ${from} ${to}`).toEqual(expected(asked));
        // What the payer has put on it is for the payer.
        for (const line of lines) if (line.row === 'ENTRY') expect(line.metadata === null).toBe(line.direction === 'CREDIT');
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
    const time = async () => clock.now();
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
    const statements = createStatementService({ database, wallets, time, rowsPerRead: 3 });
    const lines = await statements.open(viewerOf('alice'), { ...period(-40, 13, 'RECORDED'), walletId: wallet.id });
    await lines.next();
    const atOpening = readCount;
    for (let count = 0; count < 3; count += 1) await lines.next();
    expect(readCount).toBe(atOpening + 1);
    await lines.return(undefined);
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    expect(readCount).toBe(atOpening + 1);
  });

  it('end where somebody loses access while they read, without a last row', async () => {
    const { ledger, period } = await aHistory();
    let isMember = true;
    const findVisible: typeof ledger.wallets.findVisible = async (viewer, ids) =>
      isMember ? ledger.wallets.findVisible(viewer, ids) : ids.map(() => null);
    const wallets = { ...ledger.wallets, findVisible };
    const time = async () => ledger.clock.now();
    const statements = createStatementService({ database: ledger.database, wallets, time, rowsPerRead: 3 });
    const lines = await statements.open(viewerOf('alice'), period(-40, 13, 'EFFECTIVE'));
    const read = [await lines.next(), await lines.next()].map(({ value }) => value?.row);
    expect(read).toEqual(['OPENING', 'ENTRY']);
    isMember = false;
    let entryCount = 1;
    const readOn = async () => {
      for await (const { row } of lines) entryCount += row === 'ENTRY' ? 1 : 100;
    };
    await expect(readOn()).rejects.toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(entryCount).toBeLessThanOrEqual(6);
  });

  it('up to the present wait for what is being written', async () => {
    const { ledger, wallet, statements, period } = await aHistory();
    const asked = period(0, 13, 'RECORDED');
    const order: string[] = [];
    const [locked, finish] = [aSignal(), aSignal()];
    const writing = ledger.database.transaction(async (tx) => {
      await lockAccount(tx, { walletId: wallet.id, asset: 'USD' });
      locked.give();
      await finish.given;
      order.push('written');
    });
    await locked.given;
    const reading = statements.page({ ...asked, to: ledger.clock.now() }, null, 1).then(() => order.push('read'));
    const settled = await statements.page({ ...asked, to: new Date(asked.from.getTime() + hourMs) }, null, 1);
    expect(settled.entries).toHaveLength(1);
    finish.give();
    await Promise.all([writing, reading]);
    expect(order).toEqual(['written', 'read']);
  });

  it('refuse places that they do not have', async () => {
    const { statements, period } = await aHistory();
    const asked = period(3, 8, 'EFFECTIVE');
    const [entry] = (await statements.page(asked, null, 1)).entries;
    const place = entry?.position as StatementPosition;
    const wrong: Partial<StatementPosition>[] = [
      { version: 0 },
      { version: 17 },
      { backAt: new Date(-8.64e15) },
      { backAt: new Date(asked.to.getTime() + 1) },
      { backVersion: -1 },
      { asOf: -5 },
    ];
    for (const change of wrong) {
      const page = statements.page(asked, { ...place, ...change }, 1);
      await expect(page, JSON.stringify(change)).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    }
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
    await expect(refused({ from: new Date(-1) })).rejects.toMatchObject({ code: 'INVALID_STATEMENT_PERIOD' });
    await expect(refused({ asset: 'GOLD' })).rejects.toMatchObject({ code: 'UNKNOWN_ASSET' });
    await expect(statements.open(viewerOf('mallory'), asked)).rejects.toMatchObject({
      code: 'WALLET_NOT_FOUND',
      details: { walletId: wallet.id },
    });
  });
});

function aSignal(): { given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

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
