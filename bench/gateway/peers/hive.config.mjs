// Hive Gateway, as its own public benchmark configures it: compiled documents with the JavaScript planner, the router's runtime where
// asked for. Sharing of subgraph requests is on by default; sharing of client requests is what the benchmark turns on and off.
import { defineConfig } from '@graphql-hive/gateway';

const isRouterRuntime = process.env.BENCH_ROUTER_RUNTIME === '1';
const { unifiedGraphHandler } = isRouterRuntime ? await import('@graphql-hive/router-runtime') : {};

export const gatewayConfig = defineConfig({
  ...(isRouterRuntime ? { unifiedGraphHandler } : { jit: true }),
  inboundInflightRequestDeduplication: process.env.BENCH_SHARING === '1',
  // The benchmark's query is deeper than its default allows.
  maxDepth: false,
  maxTokens: false,
  logging: 'error',
});
