// The most that the rules ever look at for one transaction: a full history, many deposits, and a day of usage.
import { historySizeMax } from '../../subgraphs/compliance/behaviour.rules.ts';
import type { ScreeningFacts } from '../../subgraphs/compliance/screening.rules.ts';

export function behaviourFixture(): ScreeningFacts {
  const requestedAt = new Date('2026-11-05T09:30:00.000Z');
  const minute = Math.floor(requestedAt.getTime() / 60_000);
  const movements = Array.from({ length: historySizeMax }, (_, at) => ({
    asset: 'USD',
    units: 480_000n,
    at: new Date(requestedAt.getTime() - at * 60_000),
    isRejected: false,
  }));
  return {
    kind: 'TRANSFER',
    asset: 'USD',
    units: 480_000n,
    requestedAt,
    usage: Array.from({ length: 1_440 }, (_, at) => ({ asset: 'USD', minute: minute - at, units: 5n, transactions: 1 })),
    history: movements,
    incoming: movements,
    isPayeeKnown: false,
    parties: ['payer', 'payee'].map((id) => ({ id, roles: ['REQUESTER'], normalisedName: id, country: 'FR', matches: [] })),
  };
}
