// `npm run test:faults`: the tests that kill processes, cut connections and crash databases, with every kind among the victims, and long generated histories.
process.env.TEST_FAULTS = 'all';
process.argv.push('tests/crash.test.ts', 'subgraphs/wallet/ledger.faults.test.ts', 'subgraphs/wallet/ledger.property.test.ts');
await import('./test.mjs');
