// The compliance domain: screening of every transaction, the review of held ones, and the audit log of all domains.
import type { Database } from '../../platform/database/database.ts';
import type { SubgraphModule } from '../../platform/graph/subgraph.ts';
import { AuditResolver, TransactionAuditResolver, UserAuditResolver } from './audit.resolver.ts';
import { createAuditService } from './audit.service.ts';
import type { Client } from './compliance.database.ts';
import { createReferences } from './compliance.reference.ts';
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
      TransactionAuditResolver,
      UserAuditResolver,
    ],
  },

  async create({ database: anyDatabase, outbox, feed, clock, ids }) {
    const database = anyDatabase as unknown as Database<Client>;
    const audit = createAuditService({ database, outbox, feed, clock });
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
        new TransactionAuditResolver(audit),
        new UserAuditResolver(audit),
      ],
      references: createReferences({ audit, reviews }),
      consumers: [
        ...createScreeningConsumers({ database, outbox, clock, ids }),
        ...createPartyNameConsumers({ clock }),
        audit.consumer,
      ],
    };
  },
};
