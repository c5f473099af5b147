// The people and wallets of the demonstration data: fixed ids, so that documentation, Playground tabs and tests can name them.
// Seeded only when the configuration says `demo`; production refuses it.
import type { RoleName } from './identity/permissions.ts';

export interface DemoUser {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
  readonly roles: readonly RoleName[];
}

export const demoUsers = {
  alice: {
    id: '01930000-0000-7000-8000-0000000000a1',
    email: 'alice@clawpurse.dev',
    displayName: 'Alice Archer',
    password: 'alice-keeps-bees',
    roles: ['CUSTOMER'],
  },
  bob: {
    id: '01930000-0000-7000-8000-0000000000b1',
    email: 'bob@clawpurse.dev',
    displayName: 'Bob Baker',
    password: 'bob-bakes-bread',
    roles: ['CUSTOMER'],
  },
  olivia: {
    id: '01930000-0000-7000-8000-0000000000c1',
    email: 'olivia@clawpurse.dev',
    displayName: 'Olivia Okafor',
    password: 'olivia-opens-vaults',
    roles: ['CUSTOMER', 'OPERATOR'],
  },
  carol: {
    id: '01930000-0000-7000-8000-0000000000d1',
    email: 'carol@clawpurse.dev',
    displayName: 'Carol Chen',
    password: 'carol-checks-twice',
    roles: ['CUSTOMER', 'COMPLIANCE_OFFICER'],
  },
  dora: {
    id: '01930000-0000-7000-8000-0000000000d2',
    email: 'dora@clawpurse.dev',
    displayName: 'Dora Duarte',
    password: 'dora-doubts-first',
    roles: ['CUSTOMER', 'COMPLIANCE_OFFICER'],
  },
  ada: {
    id: '01930000-0000-7000-8000-0000000000e1',
    email: 'ada@clawpurse.dev',
    displayName: 'Ada Adeyemi',
    password: 'ada-runs-the-house',
    roles: ['CUSTOMER', 'ADMINISTRATOR', 'AUDITOR'],
  },
} as const satisfies Record<string, DemoUser>;

export const demoWallets = {
  alice: '01930000-0000-7000-8000-00000000a001',
  bob: '01930000-0000-7000-8000-00000000b001',
} as const;

export const demoExternalAccounts = {
  /** The bank that funds the demo wallets; owned by Olivia, the operator. */
  treasuryBank: '01930000-0000-7000-8000-00000000c0e1',
  /** The euros that the house exchanges from; Olivia's as well. */
  treasuryEuroBank: '01930000-0000-7000-8000-00000000c0e2',
  /** Alice's own bank account, for withdrawals. */
  aliceBank: '01930000-0000-7000-8000-00000000a0e1',
} as const;
