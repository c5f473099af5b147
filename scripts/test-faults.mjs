// `npm run test:faults`: the tests that kill processes, cut connections and crash databases, with every kind among the victims, and long generated histories.
process.env.TEST_FAULTS = 'all';
// Memory of a gateway in use: an hour with CHURN_SECONDS=3600.
process.env.CHURN_SECONDS ??= '60';
process.argv.push(
  'tests/crash.test.ts',
  'tests/payment-faults.test.ts',
  'subgraphs/wallet/ledger.faults.test.ts',
  'subgraphs/wallet/ledger.property.test.ts',
  'gateway/traffic/churn.test.ts',
);
await import('./test.mjs');
