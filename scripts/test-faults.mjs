// `npm run test:faults`: the tests that kill processes, with every kind of process among the victims.
process.env.TEST_FAULTS = 'all';
process.argv.push('tests/crash.test.ts');
await import('./test.mjs');
