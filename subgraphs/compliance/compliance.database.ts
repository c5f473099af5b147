// The domain's database types: one name for what every repository of this folder takes.
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import type { PrismaClient } from '../../prisma/generated/compliance/postgresql/client.ts';

/** Typed by the PostgreSQL schema, which is canonical; the SQLite client answers to the same calls. */
export type Client = PrismaClient;
export type Transaction = DatabaseTransaction<Client>;
