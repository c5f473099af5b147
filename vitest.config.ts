import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Two copies of graphql (CommonJS and ESM) would refuse each other's schemas.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['{platform,subgraphs,gateway,cli,clients}/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['platform/testing/services.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
