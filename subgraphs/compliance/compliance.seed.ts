// The demonstration data of this domain: a change of a rule that Carol proposes, for Dora to look at and decide on.
import { demoUsers } from '../../platform/demo.ts';
import type { RuleService } from './rule.service.ts';

const changeId = '01930000-0000-7000-8000-00000000d001';

/** Safe to call again, and from several replicas at once. */
export async function seedRuleChange(rules: RuleService): Promise<void> {
  if ((await rules.findChange(changeId)) !== null) return;
  const [current] = await rules.versions('NEW_PAYEE', 1);
  const input = {
    code: 'NEW_PAYEE' as const,
    expectedVersion: current?.rule.version ?? 1,
    mode: 'ENFORCED' as const,
    note: 'The trial is over: look at the back-test, then approve.',
  };
  try {
    await rules.propose(input, { userId: demoUsers.carol.id, requestId: null }, changeId);
  } catch (error) {
    // Another replica was faster.
    if ((await rules.findChange(changeId)) === null) throw error;
  }
}
