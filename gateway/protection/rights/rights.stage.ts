// The stage that keeps from callers what they have no right to: some fields, or the whole operation.
import type { GatewayRequest, Stage } from '../../edge/pipeline.ts';
import { Refusal } from '../../edge/refusal.ts';
import type { ServedGraph } from '../../supergraph/live-graph.ts';
import type { OperationRights, RightsDecision } from './operation-rights.ts';
import { unauthorized } from './restore.ts';

export interface RightsStageOptions {
  /** Whether an operation with fields that are not allowed is refused as a whole. */
  readonly isRefused: boolean;
  rightsOf(graph: ServedGraph): OperationRights;
}

/** Notes in the request what its caller may not have. @throws {Refusal} when nothing may be had. */
export type RightsCheck = (request: GatewayRequest) => void | Promise<void>;

export function createRightsCheck({ isRefused, rightsOf }: RightsStageOptions): RightsCheck {
  function apply(decision: RightsDecision, request: GatewayRequest): void {
    if (decision === null) return;
    const isSubscription = request.operation?.operation === 'subscription';
    if (isRefused || (isSubscription && decision.isEmpty))
      throw new Refusal(
        decision.fields.map(({ denial, path }) => unauthorized(denial, path)),
        { status: 403 },
      );
    request.withheld = decision.withheld;
  }

  return (request) => {
    const { document, operation, graph, context } = request;
    const rights = rightsOf(graph);
    if (!rights.isNeeded || document === null || operation === null) return;
    const decision = rights.decide({ document: document.document, documentKey: document.key, operation }, context.identity);
    if (decision instanceof Promise) return decision.then((decided) => apply(decided, request));
    apply(decision, request);
  };
}

export function rightsStage(check: RightsCheck): Stage {
  return (request, next) => {
    const checked = check(request);
    return checked instanceof Promise ? checked.then(() => next(request)) : next(request);
  };
}
