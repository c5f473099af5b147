// The domains that can be started, by name. Loaded when asked for: a process that serves one domain loads no other's code.
import { type DomainName, domainNames } from '../platform/domains.ts';
import type { SubgraphModule } from '../platform/graph/subgraph.ts';

const loaders: Record<DomainName, () => Promise<SubgraphModule>> = {
  auth: async () => (await import('../subgraphs/auth/index.ts')).authModule,
  wallet: async () => (await import('../subgraphs/wallet/index.ts')).walletModule,
  transaction: async () => (await import('../subgraphs/transaction/index.ts')).transactionModule,
  compliance: async () => (await import('../subgraphs/compliance/index.ts')).complianceModule,
};

export function loadDomain(name: DomainName): Promise<SubgraphModule> {
  return loaders[name]();
}

export function loadAllDomains(): Promise<SubgraphModule[]> {
  return Promise.all(domainNames.map(loadDomain));
}

export function isDomainName(name: string): name is DomainName {
  return (domainNames as readonly string[]).includes(name);
}
