// Which policy a subgraph has: defaults, then what is configured for all, then what is configured for it.
import type { TrafficPolicies, TrafficPolicy } from '../../platform/config/traffic-settings.ts';

/** No subgraph takes longer than `timeoutMs`, retries and waiting included. */
export const defaultTrafficPolicy: TrafficPolicy = {
  timeoutMs: 10_000,
  retries: 2,
  retryDelayMs: 25,
  retryDelayMaxMs: 1000,
  budgetPercent: 20,
  budgetFloorPerSecond: 5,
  breakerFailurePercent: 50,
  breakerCallsMin: 20,
  breakerWindowMs: 10_000,
  breakerOpenMs: 5000,
  breakerProbes: 3,
  inFlightMax: 1024,
  queueMax: 16_384,
  responseBytesMax: 64 * 1024 * 1024,
  deadlineHeader: 'x-request-deadline',
};

export function trafficPolicyFor(subgraph: string, policies: TrafficPolicies, timeoutMs: number): TrafficPolicy {
  return { ...defaultTrafficPolicy, timeoutMs, ...policies['*'], ...policies[subgraph] };
}
