// Prisma's adapter for PostgreSQL: a sized pool, statements that come again kept prepared, and scripts that run as they are written.
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { refuseNul, withDoomedTransactions } from './guarded-adapter.ts';
import { surviveLostConnections } from './postgres-pool.ts';
import { createStatementNames } from './statement-names.ts';
import type { DatabaseTarget } from './target.ts';

const poolSizeDefault = 10;
const connectTimeoutMs = 5_000;

export class PostgresAdapterFactory extends PrismaPg {
  readonly #migrates: boolean;

  constructor(
    target: Extract<DatabaseTarget, { provider: 'postgresql' }>,
    options: { applicationName: string; migrates?: boolean },
  ) {
    const pool = new pg.Pool({
      connectionString: target.url,
      max: target.poolSize ?? poolSizeDefault,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      application_name: options.applicationName,
    });
    surviveLostConnections(pool);
    const nameOf = createStatementNames();
    // The driver takes a statement without a name as it comes; the type forgets that.
    const statementNameGenerator = ({ sql }: { sql: string }) => nameOf(sql) as string;
    super(pool, { disposeExternalPool: true, ...(options.migrates ? {} : { statementNameGenerator }) });
    this.#migrates = options.migrates ?? false;
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    if (this.#migrates) {
      // The adapter cuts scripts at every semicolon, which breaks function bodies. PostgreSQL itself runs a script as one transaction.
      adapter.executeScript = async (script) => {
        await adapter.underlyingDriver().query(script);
      };
    }
    refuseNul(adapter);
    return withDoomedTransactions(adapter);
  }
}
