// Screenings by id and by transaction, read together within one request.
import DataLoader from 'dataloader';
import type { GraphContext } from '../../platform/graph/context.ts';
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

function inOrder(find: (ids: readonly string[]) => Promise<Map<string, Screening>>): ScreeningLoader {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await find([...new Set(ids)]);
    return ids.map((id) => found.get(id) ?? null);
  }, options);
}
