// Decides, once per plan, where equal entities of one response may be one object: wherever nothing that the plan does later could make
// them different. Everything here errs on the side of separate objects.
import type { CompiledFetch } from './compiled-plan.ts';
import { fetchedFieldsOf } from './fetched-fields.ts';
import type { Step } from './positions.ts';

export interface SharingDecision {
  /** Objects and lists that an entity brings may stand at all places of the entity at once. */
  readonly canShareEntities: boolean;
  /** Objects that are nothing but their representation may become one object. */
  readonly canUnify: boolean;
}

/** `others`: all further fetches of the plan. `earlier`: those that have certainly ended when this one begins. */
export function decideSharing(
  fetch: CompiledFetch,
  others: readonly CompiledFetch[],
  earlier: ReadonlySet<CompiledFetch>,
): SharingDecision {
  const here = namedSteps(fetch.steps);
  let canShareEntities = true;
  let canUnify = true;
  for (const other of others) {
    const there = namedSteps(other.steps);
    const relation = relationOf(here, there);
    if (relation === 'elsewhere') continue;
    if (relation === 'above') {
      // It may bring more of the very objects that stand here, for each place from its own parent.
      if (!earlier.has(other) && bringsObject(other, here[there.length]?.key))
        return { canShareEntities: false, canUnify: false };
      continue;
    }
    // Its values come from around each place, and differ from place to place.
    const hasContext = (other.node.contextRewrites ?? []).length > 0;
    const isOnlyForSome = here.some(({ types }, index) => there[index]?.types !== types);
    if (hasContext || (isOnlyForSome && relation === 'below')) return { canShareEntities: false, canUnify: false };
    if (isOnlyForSome) canUnify = false;
    if (relation === 'here' && haveCommonObject(fetch, other)) canShareEntities = false;
  }
  if ((fetch.node.contextRewrites ?? []).length > 0) canUnify = false;
  return { canShareEntities, canUnify };
}

interface NamedStep {
  readonly key: string;
  /** Type conditions on the way to it. */
  types: string;
}

/** The steps by name; whether there are lists between them makes no difference. */
function namedSteps(steps: readonly Step[]): readonly NamedStep[] {
  const named: NamedStep[] = [{ key: '', types: '' }];
  for (const { key, types } of steps) {
    if (key !== '' && key !== '@') named.push({ key: String(key), types: '' });
    const last = named.at(-1);
    if (last !== undefined && types !== null) last.types += `[${[...types].sort().join()}]`;
  }
  return named;
}

function relationOf(here: readonly NamedStep[], there: readonly NamedStep[]): 'here' | 'above' | 'below' | 'elsewhere' {
  const [shorter, longer] = here.length < there.length ? [here, there] : [there, here];
  if (!shorter.every(({ key }, index) => longer[index]?.key === key)) return 'elsewhere';
  if (here.length === there.length) return 'here';
  return there.length < here.length ? 'above' : 'below';
}

function bringsObject({ node }: CompiledFetch, name: string | undefined): boolean {
  if (node.outputRewrites !== undefined) return true;
  return fetchedFieldsOf(node).some(({ responseName, isObject }) => isObject && responseName === name);
}

function haveCommonObject(left: CompiledFetch, right: CompiledFetch): boolean {
  if (left.node.outputRewrites !== undefined || right.node.outputRewrites !== undefined) return true;
  const fields = fetchedFieldsOf(left.node);
  return fields.some(({ isObject, responseName }) => isObject && bringsObject(right, responseName));
}
