// Decides whether somebody's rights meet what a field or type requires.
import type { Requirement } from '../graph-directives.ts';

/** What somebody holds; the name of the set in caches is `mask`. */
export interface HeldRights {
  readonly isAuthenticated: boolean;
  readonly scopes: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
}

/** Why something is withheld. Scopes may be named (RFC 6750 has them in a challenge); policies are nobody's business. */
export interface Denial {
  readonly reason: 'unauthenticated' | 'forbidden';
  /** One of these sets would do. Empty where scopes are not what is missing. */
  readonly scopes: readonly (readonly string[])[];
}

/** @returns null when all requirements are met. */
export function judge(requirements: readonly Requirement[], held: HeldRights): Denial | null {
  const unmet = requirements.filter((requirement) => !isMet(requirement, held));
  if (unmet.length === 0) return null;
  if (!held.isAuthenticated) return { reason: 'unauthenticated', scopes: [] };
  return { reason: 'forbidden', scopes: unmet.find(({ scopes }) => !holdsOne(scopes, held.scopes))?.scopes ?? [] };
}

function isMet(requirement: Requirement, held: HeldRights): boolean {
  const { authenticated, scopes, policies } = requirement;
  if (authenticated && !held.isAuthenticated) return false;
  return holdsOne(scopes, held.scopes) && holdsOne(policies, held.policies);
}

/** An empty list asks for nothing; an empty set within it is held by everybody. */
function holdsOne(sets: readonly (readonly string[])[], held: ReadonlySet<string>): boolean {
  return sets.length === 0 || sets.some((set) => set.every((name) => held.has(name)));
}

/** Whether everybody who meets all of `given` also meets `wanted`. */
export function isImplied(wanted: Requirement, given: readonly Requirement[]): boolean {
  if (wanted.authenticated && !given.some(({ authenticated }) => authenticated)) return false;
  return (
    isImpliedBy(
      wanted.scopes,
      given.map(({ scopes }) => scopes),
    ) &&
    isImpliedBy(
      wanted.policies,
      given.map(({ policies }) => policies),
    )
  );
}

type Sets = readonly (readonly string[])[];

/** Combinations grow as a product; a schema with more than this is treated as not implied, which is the stricter reading. */
const combinationsMax = 1000;

function isImpliedBy(wanted: Sets, given: readonly Sets[]): boolean {
  if (wanted.length === 0) return true;
  let combined: ReadonlySet<string>[] = [new Set()];
  for (const sets of given) {
    if (sets.length === 0) continue;
    if (combined.length * sets.length > combinationsMax) return false;
    combined = combined.flatMap((left) => sets.map((right) => new Set([...left, ...right])));
  }
  return combined.every((held) => holdsOne(wanted, held));
}
