// Statements: the balance before a period, every entry of it, the balance after it; page by page, or line by line as a file.
// Whoever calls has decided that the wallet may be seen; `open` decides it for files.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
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
  checkPeriod,
  mergeRows,
  type StatementEntry,
  type StatementLine,
  type StatementPeriod,
  type StatementPosition,
} from './statement.rules.ts';
import { walletErrors } from './wallet.errors.ts';
import type { WalletService } from './wallet.service.ts';

/** Entries that are in memory at once while a file is written. */
const rowsPerReadDefault = 500;

export interface StatementPage {
  readonly openingUnits: bigint;
  readonly closingUnits: bigint;
  readonly entries: readonly StatementEntry[];
}

export type StatementService = ReturnType<typeof createStatementService>;

export interface StatementDeps {
  readonly database: Database<PrismaClient>;
  readonly wallets: WalletService;
  readonly clock: Clock;
  readonly rowsPerRead?: number;
}

/** A statement whose bounds are known: nothing that happens from now on changes what is read of it. */
interface OpenStatement {
  readonly accountId: string;
  readonly period: StatementPeriod;
  readonly start: StatementPosition;
  readonly end: StatementPosition;
}

export function createStatementService({ database, wallets, clock, rowsPerRead = rowsPerReadDefault }: StatementDeps) {
  const { client } = database;

  /** Null for an account that has never been used. @throws UNKNOWN_ASSET, INVALID_STATEMENT_PERIOD */
  async function open(period: StatementPeriod, asOf?: number): Promise<OpenStatement | null> {
    requireAsset(period.asset);
    checkPeriod(period, clock.now());
    const account = await findStatementAccount(client, period);
    if (account === null) return null;
    const last = Math.min(asOf ?? account.version, account.version);
    const [first, upTo] = await Promise.all([period.from, period.to].map((at) => versionBefore(client, account.id, at, last)));
    const at = (version: number, moment: Date) => ({ version, backAt: moment, backVersion: 0, asOf: last });
    return { accountId: account.id, period, start: at(first ?? 0, period.from), end: at(upTo ?? 0, period.to) };
  }

  async function unitsAt({ accountId, period }: OpenStatement, position: StatementPosition): Promise<bigint> {
    const recorded = await unitsAtVersion(client, accountId, position.version);
    return period.by === 'RECORDED' ? recorded : recorded + (await backdatedUnits(client, accountId, position));
  }

  async function read(
    { accountId, period, end }: OpenStatement,
    start: { position: StatementPosition; balanceUnits: bigint; limit: number },
  ): Promise<StatementEntry[]> {
    const { position, limit } = start;
    const page = { after: position.version, upTo: end.version, limit };
    if (period.by === 'RECORDED') {
      const entries: StatementEntry[] = [];
      let { balanceUnits } = start;
      for (const row of await readRecorded(client, accountId, page)) {
        const [entry] = mergeRows([row], [], { position, balanceUnits, limit: 1 });
        if (entry === undefined) continue;
        balanceUnits = entry.balanceUnits;
        entries.push(entry);
      }
      return entries;
    }
    const [usual, backdated] = await Promise.all([
      readUsual(client, accountId, page),
      readBackdated(client, accountId, { after: position, before: period.to, limit }),
    ]);
    return mergeRows(usual, backdated, start);
  }

  async function* lines(statement: OpenStatement | null, period: StatementPeriod): AsyncGenerator<StatementLine> {
    if (statement === null) {
      yield { row: 'OPENING', at: period.from, balanceUnits: 0n };
      yield { row: 'CLOSING', at: period.to, balanceUnits: 0n };
      return;
    }
    let balanceUnits = await unitsAt(statement, statement.start);
    const closingUnits = await unitsAt(statement, statement.end);
    yield { row: 'OPENING', at: period.from, balanceUnits };
    for (let position = statement.start; ; ) {
      const entries = await read(statement, { position, balanceUnits, limit: rowsPerRead });
      for (const entry of entries) yield { row: 'ENTRY', ...entry };
      const last = entries.at(-1);
      if (last === undefined || entries.length < rowsPerRead) break;
      ({ position, balanceUnits } = last);
    }
    yield { row: 'CLOSING', at: period.to, balanceUnits: closingUnits };
  }

  return {
    /** One page of a statement. @throws UNKNOWN_ASSET, INVALID_STATEMENT_PERIOD */
    async page(period: StatementPeriod, after: StatementPosition | null, limit: number): Promise<StatementPage> {
      const statement = await open(period, after?.asOf);
      if (statement === null) return { openingUnits: 0n, closingUnits: 0n, entries: [] };
      const { start, end } = statement;
      // A place before the statement's beginning can only have been made up.
      const position = after === null ? start : { ...after, asOf: start.asOf, version: Math.max(after.version, start.version) };
      const [openingUnits, closingUnits, balanceUnits] = await Promise.all(
        [start, end, position].map((each) => unitsAt(statement, each)),
      );
      const entries = await read(statement, { position, balanceUnits: balanceUnits ?? 0n, limit });
      return { openingUnits: openingUnits ?? 0n, closingUnits: closingUnits ?? 0n, entries };
    },

    /** The lines of a file, read as they are taken. @throws WALLET_NOT_FOUND, UNKNOWN_ASSET, INVALID_STATEMENT_PERIOD before the first */
    async open(viewer: Identity, period: StatementPeriod): Promise<AsyncGenerator<StatementLine>> {
      const [wallet] = await wallets.findVisible(viewer, [period.walletId]);
      if (!wallet) throw walletErrors.WALLET_NOT_FOUND({ walletId: period.walletId });
      return lines(await open(period), period);
    },
  };
}
