// Screenings by id and by transaction, and their cases, read together within one request.
import DataLoader from 'dataloader';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ComplianceCase } from './case.repository.ts';
import type { CaseService } from './case.service.ts';
import type { ReviewService } from './review.service.ts';
import type { Screening } from './screening.repository.ts';

type ScreeningLoader = DataLoader<string, Screening | null>;

// Nothing is cached: a subscription's context outlives a held screening.
const options = { cache: false, maxBatchSize: 1_000 } as const;

export function screeningById(reviews: ReviewService, context: GraphContext): ScreeningLoader {
  return context.loader('compliance.screeningById', () => inOrder((ids) => reviews.findByIds(ids)));
}

export function screeningByTransaction(reviews: ReviewService, context: GraphContext): ScreeningLoader {
  return context.loader('compliance.screeningByTransaction', () => inOrder((ids) => reviews.findByTransactions(ids)));
}

export function caseByScreening(cases: CaseService, context: GraphContext): DataLoader<string, ComplianceCase | null> {
  return context.loader('compliance.caseByScreening', () => inOrder((ids) => cases.findByScreenings(ids)));
}

function inOrder<Found>(find: (ids: readonly string[]) => Promise<Map<string, Found>>): DataLoader<string, Found | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await find([...new Set(ids)]);
    return ids.map((id) => found.get(id) ?? null);
  }, options);
}
