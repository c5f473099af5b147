import { defineConfig } from 'vitest/config';

const shared = {
  resolve: {
    // Two copies of graphql (CommonJS and ESM) would refuse each other's schemas.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
};
const timeouts = { testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          ...timeouts,
          name: 'parts',
          include: ['{platform,subgraphs,gateway,cli,clients}/**/*.test.ts'],
          globalSetup: ['platform/testing/services.ts'],
        },
      },
      {
        ...shared,
        test: {
          ...timeouts,
          name: 'system',
          include: ['tests/**/*.test.ts'],
          globalSetup: ['platform/testing/services.ts', 'tests/support/systems.ts'],
          // The systems under test are processes of their own; the tests only wait for them.
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
