// The compliance domain: screening of every transaction, the review of held ones, and the audit log of all domains.
import type { Database } from '../../platform/database/database.ts';
import type { SubgraphModule } from '../../platform/graph/subgraph.ts';
import { AuditProofResolver } from './audit.proof.resolver.ts';
import { createProofService } from './audit.proof.service.ts';
import { AuditResolver, TransactionAuditResolver, UserAuditResolver } from './audit.resolver.ts';
import { createAuditSealer, createLogSigner } from './audit.sealer.ts';
import { createAuditService } from './audit.service.ts';
import type { Client } from './compliance.database.ts';
import { createReferences } from './compliance.reference.ts';
import { parseVerifierKey } from './note.rules.ts';
import { createPartyNameConsumers } from './party-name.service.ts';
import { createReviewService } from './review.service.ts';
import { RuleResolver } from './rule.resolver.ts';
import { createRuleService } from './rule.service.ts';
import { createSanctionsService } from './sanctions.service.ts';
import { ScreeningResolver, TransactionScreeningResolver } from './screening.resolver.ts';
import { createScreeningConsumers } from './screening.service.ts';

export const complianceModule: SubgraphModule = {
  name: 'compliance',
  schema: {
    resolvers: [
      ScreeningResolver,
      TransactionScreeningResolver,
      RuleResolver,
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
    const rules = createRuleService({ database, outbox, clock });
    const sanctions = createSanctionsService({ database, outbox, clock, ids });
    const reviews = createReviewService({ database, outbox, clock });
    // Before the first event can arrive: without rules and lists every transaction would be held.
    await rules.installDefaults();
    await sanctions.importBundledList();

    return {
      resolvers: [
        new ScreeningResolver(reviews),
        new TransactionScreeningResolver(reviews),
        new RuleResolver(rules),
        new AuditResolver(audit),
        new AuditProofResolver(createProofService({ database }), sealer),
        new TransactionAuditResolver(audit),
        new UserAuditResolver(audit),
      ],
      references: createReferences({ audit, reviews }),
      consumers: [
        ...createScreeningConsumers({ database, outbox, clock, ids }),
        ...createPartyNameConsumers({ clock }),
        audit.consumer,
      ],
      gauges: [
        {
          name: 'clawpurse_audit_unsealed_entries',
          help: 'Audit records that wait for their seal; growing means that sealing fails, or was refused because of tampering.',
          read: () => sealer.unsealed(),
        },
      ],
      start: sealer.start,
      stop: sealer.stop,
    };
  },
};
