// How this domain answers `_entities`. Null means "not for you, or not there".
import DataLoader from 'dataloader';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ReferenceResolver } from '../../platform/graph/subgraph.ts';
import { hasPermission } from '../../platform/identity/identity.ts';
import { toAuditEvent } from './audit.resolver.ts';
import type { AuditView } from './audit.rules.ts';
import type { AuditService } from './audit.service.ts';
import { toCaseType } from './case.resolver.ts';
import type { CaseService } from './case.service.ts';
import type { ReviewService } from './review.service.ts';
import { screeningById } from './screening.reference.ts';
import { toScreeningType } from './screening.view.ts';

export function createReferences(services: {
  audit: AuditService;
  reviews: ReviewService;
  cases: CaseService;
}): Readonly<Record<string, ReferenceResolver>> {
  return {
    // Their data is elsewhere; here they only carry fields, which check who asks.
    User: ({ id }) => ({ id }),
    Transaction: ({ id }) => ({ id }),
    Screening: async ({ id }, context) => {
      if (typeof id !== 'string' || !hasPermission(context.identity, 'compliance:read')) return null;
      const screening = await screeningById(services.reviews, context).load(id);
      return screening && toScreeningType(screening);
    },
    Case: async ({ id }, context) => {
      if (typeof id !== 'string' || !hasPermission(context.identity, 'compliance:read')) return null;
      const found = (await services.cases.findByIds([id])).get(id);
      return found ? toCaseType(found) : null;
    },
    AuditEvent: async ({ id }, context) => {
      if (typeof id !== 'string') return null;
      const view = await auditEventById(services.audit, context).load(id);
      return view && toAuditEvent(view);
    },
  };
}

function auditEventById(audit: AuditService, context: GraphContext): DataLoader<string, AuditView | null> {
  return context.loader(
    'compliance.auditEventById',
    () =>
      new DataLoader(
        async (ids: readonly string[]) => {
          const found = await audit.findVisible(context.identity, [...new Set(ids)]);
          return ids.map((id) => found.get(id) ?? null);
        },
        { cache: false, maxBatchSize: 1_000 },
      ),
  );
}
