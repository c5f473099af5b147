// The traffic policies of a whole gateway: wraps what makes clients, and knows the state of every client that is open.
import type { TrafficPolicies } from '../../platform/config/traffic-settings.ts';
import type { ClientFactory } from '../subgraph-clients.ts';
import { type TrafficClient, type TrafficEvents, type TrafficState, withTrafficPolicy } from './traffic-client.ts';
import { trafficPolicyFor } from './traffic-policy.ts';

export interface Traffic {
  readonly clients: ClientFactory;
  states(): readonly TrafficState[];
}

export interface TrafficOptions {
  readonly clients: ClientFactory;
  readonly policies: TrafficPolicies;
  /** For subgraphs whose policy does not say. */
  readonly timeoutMs: number;
  readonly events: TrafficEvents;
}

export function createTraffic({ clients, policies, timeoutMs, events }: TrafficOptions): Traffic {
  const open = new Set<TrafficClient>();
  return {
    clients(name, url) {
      const client = withTrafficPolicy(clients(name, url), trafficPolicyFor(name, policies, timeoutMs), { events });
      const tracked: TrafficClient = {
        ...client,
        get traffic() {
          return client.traffic;
        },
        async close() {
          open.delete(tracked);
          await client.close();
        },
      };
      open.add(tracked);
      return tracked;
    },
    states: () => [...open].map(({ traffic }) => traffic),
  };
}
