// The named tabs a newcomer finds open. They run as they are on the demonstration data; the ids are those of `platform/demo.ts`.
import { demoWallets } from '../../platform/demo.ts';
import { freshUuid } from './fetcher.ts';

interface ExampleTab {
  readonly query: string;
  readonly variables?: string;
}

const welcome = `# Welcome to the ClawPurse Playground.
#
# 1. Click "Alice Archer" above: one click signs you in.
# 2. Run this tab: one query, answered by four services.
# 3. Run the tab "FollowMyTransfers"; it waits for news.
# 4. Run the tab "PayBob", then look at "FollowMyTransfers" again.
#
# Ctrl-Enter runs a tab. The book icon on the left is the documentation,
# the folder builds queries by clicking, the clock is your history.

query MyMoney {
  me {
    displayName
    wallets {
      nodes {
        id
        name
        balances {
          available { amount asset { code } }
          held { amount }
        }
      }
    }
    transactions(first: 5) {
      nodes {
        kind
        state
        amount { amount asset { code } }
        memo
        createdAt
      }
    }
    auditTrail(first: 5) {
      nodes { occurredAt action outcome }
    }
  }
}
`;

const payBob = `# Moves 12.50 US dollars from Alice to Bob.
#
# Every request that moves money has an idempotency key: send the same key
# twice and you pay once. The Playground puts a new key in place of
# ${freshUuid} each time that you press Run.

mutation PayBob($input: CreateTransferInput!) {
  createTransfer(input: $input) {
    transaction {
      id
      state
      amount { amount asset { code } }
    }
    cursor
  }
}
`;

const payBobVariables = {
  input: {
    idempotencyKey: freshUuid,
    sourceWalletId: demoWallets.alice,
    destinationWalletId: demoWallets.bob,
    amount: { amount: '12.50', asset: 'USD' },
    memo: 'Bread and honey',
  },
};

const followMyTransfers = `# Each state of each of your transfers, the moment it happens. The wallet's
# balance comes from another service than the transfer.

subscription FollowMyTransfers {
  transactionUpdated {
    state
    previousState
    occurredAt
    reason { code message }
    transaction {
      id
      memo
      amount { amount asset { code } }
      source {
        wallet {
          name
          balances { available { amount asset { code } } }
        }
      }
    }
    cursor
  }
}
`;

const followAuditLog = `# The audit log as it grows. Sign in as Carol, the compliance officer, first:
# anybody else is told that the permission is missing.

subscription FollowAuditLog {
  auditEventRecorded {
    auditEvent {
      sequence
      occurredAt
      action
      outcome
      actor { displayName }
      resourceType
      resourceId
      hash
    }
    cursor
  }
}
`;

const openWallet = `# Opens another wallet for whoever is signed in. It holds every asset.

mutation OpenWallet($input: OpenWalletInput!) {
  openWallet(input: $input) {
    wallet { id name status createdAt }
  }
}
`;

export const exampleTabs: ExampleTab[] = [
  { query: welcome },
  { query: payBob, variables: json(payBobVariables) },
  { query: followMyTransfers },
  { query: followAuditLog },
  { query: openWallet, variables: json({ input: { name: 'Savings' } }) },
];

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
