import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const shared = {
  resolve: {
    // Two copies of graphql (CommonJS and ESM) would refuse each other's schemas.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
};
// Limits, not waits: a busy machine may need them.
const timeouts = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };
// Test files share their workers' modules: loading them anew for each file would be a third of the whole time.
const sharing = { isolate: false };
// As in the program itself: see `wasmTieringBudget` in cli/program.ts.
const workers = { execArgv: ['--wasm-tiering-budget=1000000000'] };

export default defineConfig({
  test: {
    // Tests wait, for databases and for other processes: more of them than there are cores keep the cores busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    teardownTimeout: 60_000,
    projects: [
      {
        ...shared,
        test: {
          ...timeouts,
          ...sharing,
          ...workers,
          name: 'parts',
          include: ['{platform,subgraphs,gateway,cli,clients}/**/*.test.ts'],
          globalSetup: ['platform/testing/services.ts'],
        },
      },
      {
        ...shared,
        test: {
          ...timeouts,
          ...sharing,
          ...workers,
          name: 'system',
          include: ['tests/**/*.test.ts'],
          globalSetup: ['platform/testing/services.ts', 'tests/support/systems.ts'],
          // The systems under test are processes of their own; the tests only wait for them.
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
