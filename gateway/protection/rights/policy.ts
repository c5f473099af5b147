// Decides which policies hold for a caller. By configuration: each is a statement about the claims of a verified token.
import type { Identity } from '../../../platform/identity/identity.ts';

/** Gives those of the policies that hold. Asked once per request, and only for policies that the operation meets with. */
export type PolicyEvaluator = (
  policies: readonly string[],
  identity: Identity | null,
) => ReadonlySet<string> | Promise<ReadonlySet<string>>;

/**
 * What a claim must be for the policy to hold. A `*` at the end of a policy's name stands for any text, and `*` in the value for that same
 * text: `"roles:*": { "claim": "roles", "includes": "*" }` makes `roles:support` hold for those with the role `support`.
 */
export interface ClaimRule {
  /** Name of the claim; a dot reaches into an object. */
  readonly claim: string;
  /** The claim is a list with this member, or a text of words separated by spaces of which this is one. */
  readonly includes?: string | undefined;
  /** The claim is this. */
  readonly equals?: string | number | boolean | undefined;
  /** The claim is one of these. */
  readonly oneOf?: readonly (string | number | boolean)[] | undefined;
}

export type ClaimRules = Readonly<Record<string, ClaimRule>>;

/** A policy without a rule holds for nobody, and none holds for anonymous callers. */
export function createClaimPolicies(rules: ClaimRules): PolicyEvaluator {
  const exact = new Map(Object.entries(rules).filter(([name]) => !name.endsWith('*')));
  const wildcards = Object.entries(rules).filter(([name]) => name.endsWith('*'));

  function ruleFor(policy: string): { readonly rule: ClaimRule; readonly rest: string } | null {
    const rule = exact.get(policy);
    if (rule !== undefined) return { rule, rest: '' };
    for (const [name, candidate] of wildcards) {
      const prefix = name.slice(0, -1);
      if (policy.startsWith(prefix) && policy.length > prefix.length)
        return { rule: candidate, rest: policy.slice(prefix.length) };
    }
    return null;
  }

  return (policies, identity) => {
    if (identity === null) return nothing;
    return new Set(
      policies.filter((policy) => {
        const found = ruleFor(policy);
        return found !== null && holds(found.rule, found.rest, claimOf(identity.claims, found.rule.claim));
      }),
    );
  };
}

const nothing: ReadonlySet<string> = new Set();

function holds({ includes, equals, oneOf }: ClaimRule, rest: string, claim: unknown): boolean {
  if (claim === undefined || claim === null) return false;
  if (includes !== undefined) {
    const wanted = includes === '*' ? rest : includes;
    return typeof claim === 'string' ? claim.split(' ').includes(wanted) : Array.isArray(claim) && claim.includes(wanted);
  }
  if (equals !== undefined) return claim === (equals === '*' ? rest : equals);
  return oneOf?.includes(claim as string) ?? false;
}

function claimOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  // Names with dots are common as well: "https://example.com/roles".
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
