// What a role in a wallet allows in this domain. The roles are the wallet domain's, which decides about them when money is set aside and posted.

/** From the least to the most; each may do what those before it may. */
export const walletRoles = ['VIEWER', 'SPENDER', 'ADMIN', 'OWNER'] as const;
export type WalletRole = (typeof walletRoles)[number];

/** Whether the role is enough to pay from a wallet, and to ask for money into it. */
export function maySpend(role: WalletRole | null): boolean {
  return role !== null && role !== 'VIEWER';
}
