// The vocabulary of permissions (OAuth scopes in the token) and the roles that bundle them.
// The auth domain grants roles; every domain checks permissions where its data lives.

export const permissions = {
  'user:read': 'See any user',
  'user:manage': 'Suspend users and change their roles',
  'key:manage': 'Rotate the keys that sign access tokens',
  'wallet:read': 'See any wallet, its balances and history',
  'wallet:freeze': 'Freeze and unfreeze wallets',
  'hold:manage': 'Place, capture and void holds',
  'overdraft:grant': 'Let wallets go below zero, up to a limit',
  'liquidity:manage': 'See and fill what the house exchanges from',
  'ledger:post': 'Post to the ledger by hand',
  'funds:deposit': 'Confirm money that arrived from outside',
  'transaction:read': 'See any transaction',
  'transaction:reverse': 'Take completed transactions back',
  'fee:manage': 'Set what transactions cost',
  'rate:manage': 'Set exchange rates',
  'compliance:read': 'See screenings, rules and the review queue',
  'compliance:review': 'Approve and reject held transactions, and change rules',
  'audit:read': 'Read and follow the audit log',
} as const;
export type Permission = keyof typeof permissions;

export const rolePermissions = {
  CUSTOMER: [],
  OPERATOR: [
    'user:read',
    'wallet:read',
    'wallet:freeze',
    'hold:manage',
    'overdraft:grant',
    'liquidity:manage',
    'ledger:post',
    'funds:deposit',
    'transaction:read',
    'transaction:reverse',
  ],
  COMPLIANCE_OFFICER: [
    'user:read',
    'wallet:read',
    'wallet:freeze',
    'transaction:read',
    'compliance:read',
    'compliance:review',
    'audit:read',
  ],
  AUDITOR: ['transaction:read', 'compliance:read', 'audit:read'],
  ADMINISTRATOR: ['user:read', 'user:manage', 'key:manage', 'fee:manage', 'rate:manage', 'audit:read'],
} as const satisfies Record<string, readonly Permission[]>;
export type RoleName = keyof typeof rolePermissions;
export const roleNames = Object.keys(rolePermissions) as RoleName[];
