// Which headers of a client's request subgraphs are sent, and which of theirs come back: by configuration, never hop by hop.
import type { HeaderRules, RequestHeaderRule, ResponseHeaderRule } from '../../platform/config/traffic-settings.ts';
import type { CallHeaderFields, ReceivedHeaders } from '../../platform/graph/subgraph.ts';
import type { CallHeaders } from '../execution/execution.ts';

/** The rules applied to one request of a client. */
export interface RequestHeaders extends CallHeaders {
  /** What has come together for the client so far; null when there is nothing. */
  forClient(): Readonly<Record<string, string | readonly string[]>> | null;
}

export interface HeaderRuleSet {
  begin(received: ReceivedHeaders): RequestHeaders;
}

/** Between two neighbours only (RFC 9110, 7.6.1), about the body, which is never the client's, or said by the gateway about the client. */
const neverPassed: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'host', 'expect'],
  ...['content-length', 'content-type', 'content-encoding', 'accept', 'accept-encoding'],
  ...['x-client-address', 'x-client-user-agent'],
]);

type Sent = Record<string, string | null>;
type Step = (received: ReceivedHeaders, sent: Sent, mayPass: (name: string) => boolean) => void;

/** Null when no header passes in either direction: then requests pay nothing. */
export function createHeaderRules(rules: HeaderRules): HeaderRuleSet | null {
  const all = rules['*'];
  const subgraphs = Object.keys(rules).filter((name) => name !== '*');
  const isEmpty = Object.values(rules).every(({ request, response }) => request.length === 0 && response.length === 0);
  if (isEmpty) return null;
  const steps = new Map<string, readonly Step[]>();
  const kept = new Map<string, readonly ResponseHeaderRule[]>();
  const commonSteps = (all?.request ?? []).map(stepOf);
  const commonKept = all?.response ?? [];
  for (const name of subgraphs) {
    steps.set(name, [...commonSteps, ...(rules[name]?.request ?? []).map(stepOf)]);
    kept.set(name, [...commonKept, ...(rules[name]?.response ?? [])]);
  }

  return {
    begin(received) {
      const sentTo = new Map<readonly Step[], CallHeaderFields>();
      const answer = createAnswerHeaders();
      let scope: string | null = null;
      const mayPass = passesFrom(received);

      function apply(chosen: readonly Step[]): CallHeaderFields {
        const known = sentTo.get(chosen);
        if (known !== undefined) return known;
        const sent: Sent = {};
        for (const step of chosen) step(received, sent, mayPass);
        sentTo.set(chosen, sent);
        return sent;
      }

      return {
        to: (subgraph) => apply(steps.get(subgraph) ?? commonSteps),
        from(_subgraph, headers) {
          if (headers !== undefined) answer.add(kept.get(_subgraph) ?? commonKept, headers);
        },
        get scope() {
          scope ??= JSON.stringify([commonSteps, ...steps.values()].map((chosen) => Object.entries(apply(chosen)).sort()));
          return scope;
        },
        forClient: answer.all,
      };
    },
  };
}

function stepOf(rule: RequestHeaderRule): Step {
  if ('propagate' in rule) {
    const { propagate, rename = propagate, default: fallback } = rule;
    return (received, sent, mayPass) => {
      const value = (mayPass(propagate) ? textOf(received[propagate]) : undefined) ?? fallback;
      if (value !== undefined && !neverPassed.has(rename)) sent[rename] = value;
    };
  }
  if ('propagateMatching' in rule) {
    const pattern = new RegExp(rule.propagateMatching, 'i');
    return (received, sent, mayPass) => {
      for (const name of Object.keys(received)) {
        const value = pattern.test(name) && mayPass(name) ? textOf(received[name]) : undefined;
        if (value !== undefined) sent[name] = value;
      }
    };
  }
  if ('insert' in rule) {
    const { insert, value } = rule;
    return (_, sent) => {
      if (!neverPassed.has(insert)) sent[insert] = value;
    };
  }
  if ('remove' in rule) {
    const { remove } = rule;
    return (_, sent) => {
      sent[remove] = null;
    };
  }
  const pattern = new RegExp(rule.removeMatching, 'i');
  return (_, sent) => {
    for (const name of Object.keys(sent)) if (pattern.test(name)) sent[name] = null;
  };
}

/** `Connection` may name more headers that are for the gateway alone. */
function passesFrom({ connection }: ReceivedHeaders): (name: string) => boolean {
  if (typeof connection !== 'string' || connection === 'keep-alive') return (name) => !neverPassed.has(name);
  const named = new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  return (name) => !neverPassed.has(name) && !named.has(name);
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}

/** Headers that a client gets at most, however many subgraphs answer with however many. */
const answerValuesMax = 100;

function createAnswerHeaders() {
  let headers: Record<string, string | readonly string[]> | null = null;
  let values = 0;

  function add(rules: readonly ResponseHeaderRule[], received: ReceivedHeaders): void {
    for (const { propagate: name, keep } of rules) {
      const value = received[name];
      if (value === undefined || neverPassed.has(name)) continue;
      headers ??= {};
      const previous = headers[name];
      // Cookies cannot be joined into one line, nor may one subgraph's replace another's.
      if (name === 'set-cookie') {
        const cookies = typeof value === 'string' ? [value] : value;
        const room = Math.max(0, answerValuesMax - values);
        values += Math.min(room, cookies.length);
        headers[name] = [...((previous as readonly string[] | undefined) ?? []), ...cookies.slice(0, room)];
      } else if (previous === undefined || keep === 'last') headers[name] = textOf(value) ?? '';
      else if (keep === 'all' && values++ < answerValuesMax) headers[name] = `${String(previous)}, ${textOf(value)}`;
    }
  }
  return { add, all: () => headers };
}
