// Looks at a running subscription as another graph would: is it valid there, what may its caller have, and how is it planned?
import { isAnswer, type PreparedOperation } from '../execution/engine.ts';
import type { RightsCheck } from '../protection/rights/rights.stage.ts';
import type { ServedGraph } from '../supergraph/live-graph.ts';
import type { Documents } from './documents.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Answer, GatewayRequest } from './pipeline.ts';
import { answerTo } from './refusal.ts';

export type Readmission =
  | { readonly kind: 'admitted'; readonly request: GatewayRequest; readonly events: NonNullable<PreparedOperation['events']> }
  /** The graph has no such thing, or no way to it. */
  | { readonly kind: 'unknown' }
  /** The caller has no right to it there. */
  | { readonly kind: 'refused'; readonly answer: Answer };

/** `context`: the caller as of now. */
export type Readmit = (request: GatewayRequest, context: GatewayContext, graph: ServedGraph) => Promise<Readmission>;

export function createReadmission(documents: Documents, checkRights: RightsCheck | null): Readmit {
  return async (earlier, context, graph) => {
    const { parameters } = earlier;
    const request: GatewayRequest = { ...earlier, context, graph, withheld: null };
    try {
      const document = documents.admit(parameters.query ?? '', graph.engine.schema);
      request.document = document;
      request.operation = document.operation(parameters.operationName);
    } catch {
      return { kind: 'unknown' };
    }
    try {
      await checkRights?.(request);
    } catch (error) {
      return { kind: 'refused', answer: answerTo(error, context) };
    }
    const prepared = prepareSubscription(request);
    return isAnswer(prepared) || prepared.events === null
      ? { kind: 'unknown' }
      : { kind: 'admitted', request, events: prepared.events };
  };
}

export function prepareSubscription({ graph, document, parameters, context, withheld }: GatewayRequest) {
  if (document === null) throw new Error('A subscription reached its end without a document.');
  return graph.engine.prepare({
    document: document.document,
    documentKey: document.key,
    operationName: parameters.operationName,
    variables: parameters.variables,
    call: context,
    ...(withheld === null ? {} : { withheld }),
  });
}
