// What an operator does at the machine, without a running service: importing sanctions lists, and writing the audit log out.
import { systemClock, uuidIds } from '../../platform/clock.ts';
import type { Config } from '../../platform/config/config.ts';
import type { Database } from '../../platform/database/database.ts';
import { createOutbox } from '../../platform/events/outbox.ts';
import { exportAuditLog } from './audit.export.ts';
import { createLogSigner } from './audit.sealer.ts';
import type { Client } from './compliance.database.ts';
import type { SanctionsListImport } from './sanctions.repository.ts';
import { createSanctionsService, type ListInput } from './sanctions.service.ts';
import { createSanctionsWatch } from './sanctions.watch.ts';

export type { ListInput } from './sanctions.service.ts';

/** Imports a list into the compliance domain's database; running replicas take it up by themselves, and hold everybody they know against it. */
export function importSanctionsList(database: Database, list: ListInput): Promise<SanctionsListImport> {
  const sanctions = createSanctionsService({
    database: database as unknown as Database<Client>,
    // The relay of a running replica publishes what is written here.
    outbox: createOutbox({ domain: 'compliance', ids: uuidIds, clock: systemClock }),
    clock: systemClock,
    ids: uuidIds,
    watch: createSanctionsWatch(),
  });
  return sanctions.importList(list, { userId: 'system', requestId: null });
}

/** The audit log as lines that `verifyAuditExport` reads. */
export function auditLogLines(config: Pick<Config, 'audit' | 'auth'>, database: Database): AsyncGenerator<string> {
  return exportAuditLog((database as unknown as Database<Client>).client, createLogSigner(config));
}
