// The stage that applies header rules to a request, and gives the client what came back.
import { isLive, type Stage, withHead } from '../edge/pipeline.ts';
import type { HeaderRuleSet } from './header-rules.ts';

/** After the identity, whose scope it narrows. */
export function headerStage(rules: HeaderRuleSet): Stage {
  return async (request, next) => {
    const headers = rules.begin(request.headers);
    request.context = { ...request.context, headers };
    request.scope += headers.scope;
    const outcome = await next(request);
    const back = headers.forClient();
    return back === null || isLive(outcome) ? outcome : withHead(outcome, { headers: back });
  };
}
