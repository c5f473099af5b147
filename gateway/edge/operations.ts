// Runs operations: wires the stages of the pipeline in their order, and puts engine and live streams at its end.
import type { IncomingHttpHeaders } from 'node:http';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import type { OperationType } from '../../platform/server/metrics.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { Protection } from '../protection/protection.ts';
import type { LiveGraph } from '../supergraph/live-graph.ts';
import { identityStage } from './admission.ts';
import { asksOnlyForSchema, type Documents } from './documents.ts';
import type { GatewayContext } from './gateway-context.ts';
import {
  composeStages,
  type GatewayRequest,
  isLive,
  type Next,
  type OperationParameters,
  type Outcome,
  type Stage,
  type Transport,
} from './pipeline.ts';
import { answerTo, badRequest, refuse } from './refusal.ts';

export interface OperationsOptions {
  readonly live: LiveGraph;
  readonly documents: Documents;
  readonly verifier: TokenVerifier | null;
  readonly protection: Pick<Protection, 'first' | 'identified' | 'named' | 'judged'>;
  readonly metrics: GatewayMetrics;
  /** Opens subscriptions. */
  readonly subscribe: Next;
  /** Stages of other parts of the gateway, by their place; none costs nothing. */
  readonly stages?: {
    /** Before anything is looked at. */
    readonly outermost: readonly Stage[];
    /** Once the caller is known. */
    readonly identified: readonly Stage[];
    /** Right before the execution. */
    readonly execution: readonly Stage[];
  };
}

/** What a transport knows of an operation. */
export interface OperationInput {
  readonly transport: Transport;
  readonly isQueryOnly?: boolean;
  /** True for requests that a browser sends without asking, from any page: only what is the same for everybody is answered. */
  readonly isUnasked?: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly parameters: OperationParameters;
  readonly context: GatewayContext;
  readonly resumeAfter?: string | null;
}

export interface Operations {
  /** Never rejects: what goes wrong is an answer. */
  run(input: OperationInput): Promise<Outcome>;
}

interface IncomingRequest extends GatewayRequest {
  readonly isUnasked: boolean;
}

export function createOperations(options: OperationsOptions): Operations {
  const { live, metrics, documents } = options;
  const { protection } = options;
  const first = composeStages(
    [
      ...(options.stages?.outermost ?? []),
      ...protection.first,
      identityStage(options.verifier),
      ...protection.identified,
      ...(options.stages?.identified ?? []),
      ...protection.named,
      documentStage(documents),
      transportStage,
      ...protection.judged,
      ...(options.stages?.execution ?? []),
    ],
    createLastStep(options.subscribe),
  );

  async function run(input: OperationInput): Promise<Outcome> {
    const startedAt = performance.now();
    // Held until the answer is made, so that no graph goes while it is in use.
    const lease = live.lease();
    const request: IncomingRequest = {
      transport: input.transport,
      isQueryOnly: input.isQueryOnly ?? false,
      isUnasked: input.isUnasked ?? false,
      headers: input.headers,
      parameters: input.parameters,
      context: input.context,
      scope: '',
      graph: lease.graph,
      document: null,
      operation: null,
      withheld: null,
      resumeAfter: input.resumeAfter ?? null,
    };
    let outcome: Outcome;
    try {
      outcome = await first(request);
    } catch (error) {
      outcome = answerTo(error, request.context);
    }
    if (isLive(outcome)) {
      // The transport opens it now, with a lease of its own.
      setImmediate(lease.release);
      metrics.operationFinished('subscription', undefined, (performance.now() - startedAt) / 1000);
      return outcome;
    }
    lease.release();
    const type: OperationType = request.operation?.operation ?? 'unknown';
    metrics.operationFinished(type, asErrors(outcome.errorCodes), (performance.now() - startedAt) / 1000);
    return outcome;
  }

  return { run };
}

function createLastStep(subscribe: Next): Next {
  return (request) => {
    const { graph, document, operation, parameters, context, withheld } = request;
    if (operation?.operation === 'subscription') return subscribe(request);
    if (document === null) throw new Error('An operation reached the engine without its document.');
    return graph.engine.execute({
      document: document.document,
      documentKey: document.key,
      operationName: parameters.operationName,
      variables: parameters.variables,
      call: context,
      ...(withheld === null ? {} : { withheld }),
    });
  };
}

/** Parses, measures and validates. What names its document otherwise has been given its text by a stage before. */
function documentStage(documents: Documents): Stage {
  return (request, next) => {
    const { query, operationName } = request.parameters;
    if (query === null) throw badRequest('The request has no `query`: send the document to execute as a text.');
    const document = documents.admit(query, request.graph.engine.schema);
    request.document = document;
    request.operation = document.operation(operationName);
    return next(request);
  };
}

/** What a transport cannot carry. */
const transportStage: Stage = (request, next) => {
  const { operation, transport, isQueryOnly } = request;
  if (operation === null) return next(request);
  if (isQueryOnly && operation.operation === 'mutation')
    throw badRequest('Mutations are sent with POST.', 405, 'METHOD_NOT_ALLOWED', { allow: 'POST' });
  if (operation.operation === 'subscription' && transport === 'http')
    throw refuse(gatewayErrors.SUBSCRIPTION_NEEDS_WEBSOCKET({}), { status: 400 });
  if ((request as IncomingRequest).isUnasked && !asksOnlyForSchema(operation)) throw refuse(gatewayErrors.CSRF_SUSPECTED({}));
  return next(request);
};

const noErrors = undefined;

function asErrors(codes: readonly string[]) {
  return codes.length === 0 ? noErrors : codes.map((code) => ({ message: code, extensions: { code } }));
}
