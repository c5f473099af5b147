// What a refusal tells clients that know HTTP alone.
import { expect, it, vi } from 'vitest';
import { gatewayErrors } from '../gateway.errors.ts';
import { answerTo, refuse } from './refusal.ts';

const context = { requestId: 'r', log: { error: vi.fn() } as never };
const rate = { limit: 5, windowSeconds: 60 };

it.each([
  ['as long as the error says', refuse(gatewayErrors.RATE_LIMITED({ ...rate, retryAfterSeconds: 7 }), { status: 429 }), 429, '7'],
  ['at least a second', refuse(gatewayErrors.RATE_LIMITED({ ...rate, retryAfterSeconds: 0 }), { status: 429 }), 429, '1'],
  ['milliseconds rounded up', gatewayErrors.SUBGRAPH_CIRCUIT_OPEN({ retryAfterMs: 2100 }), 503, '3'],
  [
    'a second where nobody knows',
    refuse(gatewayErrors.TOO_MANY_SUBSCRIPTIONS({ subscriptionsMax: 1, isPerClient: true }), { status: 429 }),
    429,
    '1',
  ],
  ['a second for what may pass', gatewayErrors.SUBGRAPH_UNAVAILABLE({}), 503, '1'],
  [
    'what the refusal says itself',
    refuse(gatewayErrors.GATEWAY_OVERLOADED({}), { status: 503, headers: { 'retry-after': '9' } }),
    503,
    '9',
  ],
  ['nothing for what would be refused again', refuse(gatewayErrors.TOKEN_OF_ANOTHER({}), { status: 401 }), 401, undefined],
  ['nothing where no status says so', gatewayErrors.TOKEN_OF_ANOTHER({}), undefined, undefined],
])('says when to come again: %s', (_, error, status, retryAfter) => {
  const { head } = answerTo(error, context);
  expect([head?.status, head?.headers?.['retry-after']]).toEqual([status, retryAfter]);
});
