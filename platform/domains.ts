// The names of the domains that exist today, and the port each listens on when it is a process of its own.

export const domainNames = ['auth', 'wallet', 'transaction', 'compliance'] as const;
export type DomainName = (typeof domainNames)[number];

/** TCP port of each domain's service in the distributed topology. */
export const domainPorts: Record<DomainName, number> = { auth: 4001, wallet: 4002, transaction: 4003, compliance: 4004 };
