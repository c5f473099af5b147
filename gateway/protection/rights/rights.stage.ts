// The stage that keeps from callers what they have no right to: some fields, or the whole operation.
import type { GatewayRequest, Next, Outcome, Stage } from '../../edge/pipeline.ts';
import { Refusal } from '../../edge/refusal.ts';
import type { ServedGraph } from '../../supergraph/live-graph.ts';
import type { OperationRights, RightsDecision } from './operation-rights.ts';
import { unauthorized } from './restore.ts';

export interface RightsStageOptions {
  /** Whether an operation with fields that are not allowed is refused as a whole. */
  readonly isRefused: boolean;
  rightsOf(graph: ServedGraph): OperationRights;
}

export function rightsStage({ isRefused, rightsOf }: RightsStageOptions): Stage {
  function apply(decision: RightsDecision, request: GatewayRequest, next: Next): Outcome | Promise<Outcome> {
    if (decision === null) return next(request);
    const isSubscription = request.operation?.operation === 'subscription';
    if (isRefused || (isSubscription && decision.isEmpty))
      throw new Refusal(
        decision.fields.map(({ denial, path }) => unauthorized(denial, path)),
        { status: 403 },
      );
    request.withheld = decision.withheld;
    return next(request);
  }

  return (request, next) => {
    const { document, operation, graph, context } = request;
    const rights = rightsOf(graph);
    if (!rights.isNeeded || document === null || operation === null) return next(request);
    const decision = rights.decide({ document: document.document, documentKey: document.key, operation }, context.identity);
    if (decision instanceof Promise) return decision.then((decided) => apply(decided, request, next));
    return apply(decision, request, next);
  };
}
