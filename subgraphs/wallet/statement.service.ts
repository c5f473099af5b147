// Statements: the balance before a period, every entry of it, the balance after it; page by page, or line by line as a file.
// Whoever calls has decided that the wallet may be seen; `open` decides it for files, and again while they are read.
import type { Database } from '../../platform/database/database.ts';
import type { ReadTime } from '../../platform/database/time.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { lockAccount } from './account.repository.ts';
import {
  backdatedUnits,
  findStatementAccount,
  readBackdated,
  readRecorded,
  readUsual,
  unitsAtVersion,
  versionBefore,
} from './statement.repository.ts';
import {
  byEffectiveTime,
  checkPeriod,
  inEffectiveOrder,
  isPlaceBetween,
  type StatementEntry,
  type StatementLine,
  type StatementPeriod,
  type StatementPosition,
  type StatementRow,
  type StatementState,
  withBalances,
} from './statement.rules.ts';
import { walletErrors } from './wallet.errors.ts';
import type { WalletService } from './wallet.service.ts';

/** Entries that are read at once while a file is written; at most twice as many are in memory. */
const rowsPerReadDefault = 500;
/** A batch has its time before it is committed, and no longer than this: what ends later waits for the batch that is being written. */
const settlingMs = 60_000;

export interface StatementPage {
  readonly openingUnits: bigint;
  readonly closingUnits: bigint;
  readonly entries: readonly StatementEntry[];
}

export type StatementService = ReturnType<typeof createStatementService>;

export interface StatementDeps {
  readonly database: Database<PrismaClient>;
  readonly wallets: WalletService;
  /** The clock that entries have their times from. */
  readonly time: ReadTime;
  readonly rowsPerRead?: number;
}

/** A statement whose bounds are known: nothing that happens from now on changes what is read of it. */
interface OpenStatement {
  readonly accountId: string;
  readonly period: StatementPeriod;
  readonly start: StatementPosition;
  readonly end: StatementPosition;
}

export function createStatementService({ database, wallets, time, rowsPerRead = rowsPerReadDefault }: StatementDeps) {
  const { client } = database;

  /** Null for an account that has never been used. @throws UNKNOWN_ASSET, INVALID_STATEMENT_PERIOD */
  async function open(period: StatementPeriod, asOf?: number): Promise<OpenStatement | null> {
    requireAsset(period.asset);
    const now = await time(database);
    checkPeriod(period, now);
    if (now.getTime() - period.to.getTime() < settlingMs) await waitForBatch(period);
    const account = await findStatementAccount(client, period);
    if (account === null) return null;
    const last = Math.min(asOf ?? account.version, account.version);
    const [first, upTo] = await Promise.all([period.from, period.to].map((at) => versionBefore(client, account.id, at, last)));
    const at = (version: number, moment: Date) => ({ version, backAt: moment, backVersion: 0, asOf: last });
    return { accountId: account.id, period, start: at(first ?? 0, period.from), end: at(upTo ?? 0, period.to) };
  }

  /** Batches take their time behind the account's lock: once it is free, everything up to now has been committed. */
  async function waitForBatch(period: StatementPeriod): Promise<void> {
    await database.transaction((tx) => lockAccount(tx, period));
  }

  async function unitsAt({ accountId, period }: OpenStatement, position: StatementPosition): Promise<bigint> {
    const recorded = await unitsAtVersion(client, accountId, position.version);
    return period.by === 'RECORDED' ? recorded : recorded + (await backdatedUnits(client, accountId, position, rowsPerRead));
  }

  async function read(
    { accountId, period, end }: OpenStatement,
    { limit, ...start }: StatementState & { readonly limit: number },
  ): Promise<StatementEntry[]> {
    const { position } = start;
    const page = { after: position.version, upTo: end.version, limit };
    if (period.by === 'RECORDED') return withBalances(await readRecorded(client, accountId, page), start);
    const [usual, backdated] = await Promise.all([
      readUsual(client, accountId, page),
      readBackdated(client, accountId, { after: position, before: period.to, limit }),
    ]);
    return withBalances(inEffectiveOrder(usual, backdated).slice(0, limit), start);
  }

  /** Every row once, in the order of the statement: what has been read of one list and must wait for the other is not read again. */
  async function* rowsOf({ accountId, period, start, end }: OpenStatement): AsyncGenerator<readonly StatementRow[]> {
    const readNext = period.by === 'RECORDED' ? readRecorded : readUsual;
    const usual = createRun(rowsPerRead, (last) =>
      readNext(client, accountId, { after: last?.version ?? start.version, upTo: end.version, limit: rowsPerRead }),
    );
    if (period.by === 'RECORDED') {
      while ((await usual.fill()).length > 0) yield usual.takeUpTo(undefined);
      return;
    }
    const backdated = createRun(rowsPerRead, (last) => {
      const after = { backAt: last?.effectiveAt ?? start.backAt, backVersion: last?.version ?? 0, asOf: start.asOf };
      return readBackdated(client, accountId, { after, before: period.to, limit: rowsPerRead });
    });
    for (;;) {
      await Promise.all([usual.fill(), backdated.fill()]);
      // Beyond the last row of a list that goes on, its next rows may come before those of the other.
      const ends = [usual, backdated].flatMap((run) => (run.isOver() ? [] : run.rows().slice(-1)));
      const [horizon] = ends.toSorted(byEffectiveTime);
      const rows = inEffectiveOrder(usual.takeUpTo(horizon), backdated.takeUpTo(horizon));
      if (rows.length === 0) return;
      yield rows;
    }
  }

  async function* lines(
    statement: OpenStatement | null,
    period: StatementPeriod,
    requireAccess: () => Promise<void>,
  ): AsyncGenerator<StatementLine> {
    if (statement === null) {
      yield { row: 'OPENING', at: period.from, balanceUnits: 0n };
      yield { row: 'CLOSING', at: period.to, balanceUnits: 0n };
      return;
    }
    const { start, end } = statement;
    const closingUnits = await unitsAt(statement, end);
    let state: StatementState = { position: start, balanceUnits: await unitsAt(statement, start) };
    yield { row: 'OPENING', at: period.from, balanceUnits: state.balanceUnits };
    for await (const rows of rowsOf(statement)) {
      const entries = withBalances(rows, state);
      await requireAccess();
      for (const entry of entries) yield { row: 'ENTRY', ...entry };
      state = entries.at(-1) ?? state;
    }
    // Better no end than a wrong one: without it nobody takes the file for whole.
    if (state.balanceUnits !== closingUnits)
      throw new Error(`The entries of ${statement.accountId} do not add up to its balance.`);
    yield { row: 'CLOSING', at: period.to, balanceUnits: closingUnits };
  }

  return {
    /** One page of a statement. @throws UNKNOWN_ASSET, INVALID_STATEMENT_PERIOD, INVALID_CURSOR */
    async page(period: StatementPeriod, after: StatementPosition | null, limit: number): Promise<StatementPage> {
      const statement = await open(period, after?.asOf);
      if (statement === null) return { openingUnits: 0n, closingUnits: 0n, entries: [] };
      const { start, end } = statement;
      if (after !== null && !isPlaceBetween(after, start, end))
        throw platformErrors.INVALID_CURSOR({
          cursor: JSON.stringify(after),
          problem: 'there is no such place in the statement',
        });
      const position = after === null ? start : { ...after, asOf: start.asOf };
      const [openingUnits, closingUnits, balanceUnits] = await Promise.all(
        [start, end, position].map((each) => unitsAt(statement, each)),
      );
      const entries = await read(statement, { position, balanceUnits: balanceUnits ?? 0n, limit });
      return { openingUnits: openingUnits ?? 0n, closingUnits: closingUnits ?? 0n, entries };
    },

    /**
     * The lines of a file, read as they are taken; they end with WALLET_NOT_FOUND for who may not see the wallet any more.
     * @throws WALLET_NOT_FOUND, UNKNOWN_ASSET, INVALID_STATEMENT_PERIOD before the first
     */
    async open(viewer: Identity, period: StatementPeriod): Promise<AsyncGenerator<StatementLine>> {
      const { walletId } = period;
      async function requireAccess(): Promise<void> {
        const [wallet] = await wallets.findVisible(viewer, [walletId]);
        if (!wallet) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      }
      await requireAccess();
      return lines(await open(period), period, requireAccess);
    },
  };
}

/** Reads a list on, some rows at a time, and keeps those that are not taken yet. */
function createRun(limit: number, read: (last: StatementRow | undefined) => Promise<StatementRow[]>) {
  let kept: readonly StatementRow[] = [];
  let last: StatementRow | undefined;
  let isOver = false;
  return {
    rows: () => kept,
    /** Nothing comes behind the rows that are there. */
    isOver: () => isOver,
    /** Reads on when there is nothing left. */
    async fill(): Promise<readonly StatementRow[]> {
      if (kept.length > 0 || isOver) return kept;
      kept = await read(last);
      last = kept.at(-1);
      isOver = kept.length < limit;
      return kept;
    },
    /** Takes the rows up to this one, in effective order; all of them without it. */
    takeUpTo(horizon: StatementRow | undefined): readonly StatementRow[] {
      const beyond = horizon === undefined ? -1 : kept.findIndex((row) => byEffectiveTime(row, horizon) > 0);
      const taken = beyond === -1 ? kept : kept.slice(0, beyond);
      kept = kept.slice(taken.length);
      return taken;
    },
  };
}
