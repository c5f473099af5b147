// One deadline for a whole operation, or for all that follows one event of a subscription: what is under way then is ended, and nothing more
// is begun. All have the same time, so that one timer serves them all.
import type { OperationDeadline } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { createDeadlines } from '../traffic/deadlines.ts';

export interface OperationDeadlines {
  /** Runs the work with a deadline that begins now. */
  during<Result>(work: (deadline: OperationDeadline | undefined) => Promise<Result>): Promise<Result>;
}

/** 0 sets none. */
export function createOperationDeadlines(timeoutMs: number): OperationDeadlines {
  if (timeoutMs === 0) return { during: (work) => work(undefined) };
  const deadlines = createDeadlines(timeoutMs);
  return {
    async during(work) {
      const deadline: OperationDeadline = {
        timeoutMs,
        expiresAt: performance.now() + timeoutMs,
        isOver: false,
        underWay: new Set(),
      };
      const expire = () => {
        deadline.isOver = true;
        for (const end of [...deadline.underWay]) end();
      };
      deadlines.add(expire);
      try {
        return await work(deadline);
      } finally {
        deadlines.remove(expire);
      }
    },
  };
}

export function isExpired(deadline: OperationDeadline | undefined): deadline is OperationDeadline {
  return deadline !== undefined && (deadline.isOver || deadline.expiresAt <= performance.now());
}

export function operationTimeout({ timeoutMs }: OperationDeadline) {
  return gatewayErrors.OPERATION_TIMEOUT({ timeoutMs });
}

/** Waits for what somebody else has begun no longer than the deadline allows; it goes on without us. */
export function untilExpired<Result>(deadline: OperationDeadline | undefined, outcome: Promise<Result>): Promise<Result> {
  if (deadline === undefined) return outcome;
  return new Promise((resolve, reject) => {
    const expire = () => reject(operationTimeout(deadline));
    deadline.underWay.add(expire);
    outcome.finally(() => deadline.underWay.delete(expire)).then(resolve, reject);
  });
}
