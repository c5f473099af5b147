// Decides what of an operation a caller may have. Everything is worked out once per operation and set of rights; a request then costs a look-up.
import { createHash } from 'node:crypto';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Identity } from '../../../platform/identity/identity.ts';
import type { WithheldFields } from '../../execution/engine.ts';
import type { Requirement } from '../graph-directives.ts';
import { type FilteredOperation, filterOperation, type Shape } from './filter.ts';
import { createGraphRequirements } from './graph-requirements.ts';
import type { PolicyEvaluator } from './policy.ts';
import { type Denial, type HeldRights, judge } from './requirement.ts';
import { restoreDenied } from './restore.ts';

/** What a caller may have of an operation: null for all of it. */
export type RightsDecision = null | DeniedFields;

export interface DeniedFields {
  /** What is left, and how the answer gets its shape back. */
  readonly withheld: WithheldFields;
  /** Nothing is left that could be executed. */
  readonly isEmpty: boolean;
  readonly fields: readonly DeniedField[];
}

export interface DeniedField {
  /** Response names from the root, without list indexes. */
  readonly path: readonly string[];
  readonly denial: Denial;
}

export interface OperationRights {
  /** False when every caller may have everything of every operation: there is nothing to ask. */
  readonly isNeeded: boolean;
  decide(operation: RightsQuestion, identity: Identity | null): RightsDecision | Promise<RightsDecision>;
}

export interface RightsQuestion {
  readonly document: DocumentNode;
  /** Identifies the document's text. */
  readonly documentKey: string;
  /** One of the document's operations. */
  readonly operation: OperationDefinitionNode;
}

export interface OperationRightsOptions {
  readonly schema: GraphQLSchema;
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly evaluatePolicies: PolicyEvaluator;
}

/** Sets of rights that are remembered for one operation: callers have few, and each takes a document. */
const decisionsMax = 64;
/** Denied fields that a refusal names. */
const fieldsMax = 20;

/** The rights that make a difference to one operation. */
interface CompiledRights {
  readonly authenticated: boolean;
  readonly scopes: readonly string[];
  readonly policies: readonly string[];
  /** By the mask of what a caller holds of them. */
  readonly decisions: LRUCache<string, Decided>;
  /** By caller, where policies have no say: a verifier gives the same identity for the same token. */
  readonly known: WeakMap<Identity, Decided>;
  anonymous: Decided | null;
}

interface Decided {
  readonly decision: RightsDecision;
}

const noPolicies: ReadonlySet<string> = new Set();

export function createOperationRights(options: OperationRightsOptions): OperationRights {
  const { schema, evaluatePolicies } = options;
  const requirements = createGraphRequirements(schema, options.requirements);
  /** Lives as long as the parsed operation, whose number is bounded elsewhere. */
  const compiled = new WeakMap<OperationDefinitionNode, CompiledRights>();

  function compile({ document, operation }: RightsQuestion): CompiledRights {
    let authenticated = false;
    const scopes = new Set<string>();
    const policies = new Set<string>();
    const note = (needed: readonly Requirement[]) => {
      for (const requirement of needed) {
        authenticated ||= requirement.authenticated;
        for (const name of requirement.scopes.flat()) scopes.add(name);
        for (const name of requirement.policies.flat()) policies.add(name);
      }
      return null;
    };
    filterOperation({ schema, requirements, document, operation, judge: note });
    return {
      authenticated,
      scopes: [...scopes].sort(),
      policies: [...policies].sort(),
      decisions: new LRUCache({ max: decisionsMax }),
      known: new WeakMap(),
      anonymous: null,
    };
  }

  function decideOnce(question: RightsQuestion, mask: string, held: HeldRights): RightsDecision {
    const { document, operation, documentKey } = question;
    const filtered = filterOperation({
      schema,
      requirements,
      document,
      operation,
      judge: (needed) => judge(needed, held),
    });
    if (!filtered.hasDenied) return null;
    const name = operation.name?.value ?? '';
    return {
      withheld: {
        document: filtered.document,
        documentKey: createHash('sha256').update(`${documentKey}\n${name}\n${mask}`).digest('hex'),
        restore: (answer, variables) => restoreDenied(schema, filtered, variables, answer),
      },
      isEmpty: filtered.isEmpty,
      fields: deniedFields(filtered),
    };
  }

  function decideWith(
    question: RightsQuestion,
    rights: CompiledRights,
    identity: Identity | null,
    policies: ReadonlySet<string>,
  ): Decided {
    const held: HeldRights = { isAuthenticated: identity !== null, scopes: identity?.permissions ?? noPolicies, policies };
    const mask = maskOf(rights, held);
    const known = rights.decisions.get(mask);
    if (known !== undefined) return known;
    const decided = { decision: decideOnce(question, mask, held) };
    rights.decisions.set(mask, decided);
    return decided;
  }

  /** Where rights are all that counts, a caller who has asked before costs a look-up. */
  function recall(question: RightsQuestion, rights: CompiledRights, identity: Identity | null): Decided {
    if (identity === null) {
      rights.anonymous ??= decideWith(question, rights, null, noPolicies);
      return rights.anonymous;
    }
    const known = rights.known.get(identity);
    if (known !== undefined) return known;
    const decided = decideWith(question, rights, identity, noPolicies);
    rights.known.set(identity, decided);
    return decided;
  }

  return {
    isNeeded: !requirements.isFree,
    decide(question, identity) {
      let rights = compiled.get(question.operation);
      if (rights === undefined) {
        rights = compile(question);
        compiled.set(question.operation, rights);
      }
      const { authenticated, scopes, policies } = rights;
      if (!authenticated && scopes.length === 0 && policies.length === 0) return null;
      if (policies.length === 0) return recall(question, rights, identity).decision;
      const held = evaluatePolicies(policies, identity);
      if (!(held instanceof Promise)) return decideWith(question, rights, identity, held).decision;
      const known = rights;
      return held.then((resolved) => decideWith(question, known, identity, resolved).decision);
    },
  };
}

/** One sign for each right that makes a difference: whether it is held. */
function maskOf({ scopes, policies }: CompiledRights, held: HeldRights): string {
  let mask = held.isAuthenticated ? '1' : '0';
  for (const scope of scopes) mask += held.scopes.has(scope) ? '1' : '0';
  for (const policy of policies) mask += held.policies.has(policy) ? '1' : '0';
  return mask;
}

function deniedFields({ shapes }: FilteredOperation): readonly DeniedField[] {
  const fields = new Map<string, DeniedField>();
  const walk = (below: readonly Shape[], path: readonly string[]): void => {
    for (const shape of below) {
      if (!shape.hasDenied || fields.size >= fieldsMax) continue;
      const here = shape.kind === 'field' ? [...path, shape.responseName] : path;
      if (shape.kind === 'field' && shape.denial !== null) fields.set(here.join('.'), { path: here, denial: shape.denial });
      else walk(shape.below, here);
    }
  };
  walk(shapes, []);
  return [...fields.values()];
}
