// When the gateway may get traffic: once every subgraph has answered, and then as long as any of them does.
import { DomainError } from '../platform/errors.ts';
import type { HealthCheck } from '../platform/server/health.ts';
import type { LiveGraph } from './supergraph/live-graph.ts';

/** One dead subgraph costs its own fields; taking the gateway away for it would cost all the others. */
export function watchReadiness(live: LiveGraph): readonly HealthCheck[] {
  let wasComplete = false;

  return [
    {
      name: 'supergraph',
      check: async () => (live.problem === null ? undefined : { status: 'warning', message: live.problem }),
    },
    {
      name: 'subgraphs',
      async check() {
        const { clients } = live.current;
        const answers = await Promise.allSettled(clients.map((client) => client.ping()));
        const silent = clients.flatMap(({ name }, index) => {
          const answer = answers[index];
          return answer?.status === 'rejected' ? [`${name} (${reasonOf(answer.reason)})`] : [];
        });
        if (silent.length === 0) {
          wasComplete = true;
          return undefined;
        }
        const message = `No answer from ${silent.join(', ')}.`;
        if (!wasComplete || silent.length === clients.length) throw new Error(message);
        return { status: 'warning', message };
      },
    },
  ];
}

/** The gateway's failures name no cause, for clients; operators need it. */
function reasonOf(error: unknown): string {
  const cause = error instanceof DomainError ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
}
