// The compliance domain: screening of every transaction, the review of held ones, and the audit log of all domains.
import type { Database } from '../../platform/database/database.ts';
import type { SubgraphModule } from '../../platform/graph/subgraph.ts';
import { createStandings } from '../../platform/identity/standing.ts';
import { AuditProofResolver } from './audit.proof.resolver.ts';
import { createProofService } from './audit.proof.service.ts';
import { AuditResolver, TransactionAuditResolver, UserAuditResolver } from './audit.resolver.ts';
import { createAuditSealer, createLogSigner } from './audit.sealer.ts';
import { createAuditService } from './audit.service.ts';
import { CaseResolver, ScreeningCaseResolver } from './case.resolver.ts';
import { createCaseService } from './case.service.ts';
import type { Client } from './compliance.database.ts';
import { createReferences } from './compliance.reference.ts';
import { seedRuleChange } from './compliance.seed.ts';
import { createComplianceWorker } from './compliance.worker.ts';
import { parseVerifierKey } from './note.rules.ts';
import { createPartyCountryService } from './party-country.service.ts';
import { createPartyNameConsumers } from './party-name.service.ts';
import { createRescreeningService } from './rescreening.service.ts';
import { createReviewService } from './review.service.ts';
import { createBacktestService } from './rule.backtest.ts';
import { RuleChangeResolver, RuleResolver } from './rule.resolver.ts';
import { createRuleService } from './rule.service.ts';
import { SanctionsResolver } from './sanctions.resolver.ts';
import { createSanctionsService } from './sanctions.service.ts';
import { createSanctionsWatch } from './sanctions.watch.ts';
import { ScreeningResolver, TransactionScreeningResolver } from './screening.resolver.ts';
import { createScreeningConsumers } from './screening.service.ts';

export { verifyAuditExport } from './audit.verifier.ts';
export { auditLogLines, importSanctionsList, type ListInput } from './compliance.command.ts';

export const complianceModule: SubgraphModule = {
  name: 'compliance',
  schema: {
    resolvers: [
      ScreeningResolver,
      TransactionScreeningResolver,
      CaseResolver,
      ScreeningCaseResolver,
      RuleResolver,
      RuleChangeResolver,
      SanctionsResolver,
      AuditResolver,
      AuditProofResolver,
      TransactionAuditResolver,
      UserAuditResolver,
    ],
  },

  async create({ config, database: anyDatabase, outbox, feed, clock, ids, log }) {
    const database = anyDatabase as unknown as Database<Client>;
    const signer = createLogSigner(config);
    const audit = createAuditService({ database, outbox, feed, clock, verifier: parseVerifierKey(signer.verifierKey) });
    const sealer = createAuditSealer({ database, signer, clock, log });
    const watch = createSanctionsWatch();
    const deps = { database, outbox, clock, ids, watch };
    const rules = createRuleService(deps);
    const sanctions = createSanctionsService(deps);
    const reviews = createReviewService(deps);
    const cases = createCaseService(deps);
    const standing = createStandings(database);
    const worker = createComplianceWorker({ rescreenings: createRescreeningService(deps), reviews, log });
    // Before the first event can arrive: without rules and lists every transaction would be held.
    await rules.installDefaults();
    await sanctions.importBundledList();

    return {
      resolvers: [
        new ScreeningResolver(reviews),
        new TransactionScreeningResolver(reviews),
        new CaseResolver(cases, reviews),
        new ScreeningCaseResolver(cases),
        new RuleResolver(rules),
        new RuleChangeResolver(rules, createBacktestService(deps)),
        new SanctionsResolver(sanctions, createPartyCountryService(deps)),
        new AuditResolver(audit),
        new AuditProofResolver(createProofService({ database }), sealer),
        new TransactionAuditResolver(audit),
        new UserAuditResolver(audit),
      ],
      references: createReferences({ audit, reviews, cases }),
      standing,
      consumers: [...createScreeningConsumers(deps), ...createPartyNameConsumers({ clock }), standing.consumer, audit.consumer],
      gauges: [
        {
          name: 'clawpurse_audit_unsealed_entries',
          help: 'Audit records that wait for their seal; growing means that sealing fails, or was refused because of tampering.',
          read: () => sealer.unsealed(),
        },
      ],
      seed: () => (config.demo ? seedRuleChange(rules) : Promise.resolve()),
      start() {
        sealer.start();
        worker.start();
      },
      async stop() {
        await Promise.all([sealer.stop(), worker.stop()]);
      },
    };
  },
};
