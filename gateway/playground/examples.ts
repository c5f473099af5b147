// The named tabs a newcomer finds open. They run as they are on the demonstration data; the ids are those of `platform/demo.ts`.
// Lines of comments stay under 50 characters: the editor is half a window wide.
import { demoWallets } from '../../platform/demo.ts';
import { freshUuid } from './fetcher.ts';

export interface Example {
  /** The operation's name, which GraphiQL makes the tab's title. */
  readonly name: string;
  readonly about: string;
  readonly query: string;
  readonly variables?: string;
}

const myMoney = `# Welcome to the ClawPurse Playground.
#
# 1. Click "Alice Archer" above to sign in.
# 2. Run this query: four services answer it.
# 3. Open the tab FollowMyTransfers and run it.
# 4. Open the tab PayBob and run it: each state
#    arrives under "Live", the moment it happens.
#
# Ctrl-Enter runs a tab. On the left: the docs,
# these examples, your history, and an explorer
# that builds queries by clicking.

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

const followMyTransfers = `# Each state of each of your transfers, as it
# happens. The wallet's balance comes from another
# service than the transfer.
#
# It goes on while you work in other tabs. When
# the connection drops, it resumes after the last
# event it received, and misses nothing.

subscription FollowMyTransfers($after: Cursor) {
  transactionUpdated(after: $after) {
    state
    transaction {
      amount { amount asset { code } }
      memo
      id
      source {
        wallet {
          name
          balances { available { amount asset { code } } }
        }
      }
    }
    previousState
    reason { code message }
    occurredAt
    cursor
  }
}
`;

const payBob = `# Moves 12.50 US dollars from Alice to Bob.
#
# Every request that moves money has a key of its
# own: the same key twice, and you pay once. The
# Playground puts a new one in place of ${freshUuid}
# each time that you press Run.

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

const followAuditLog = `# The audit log as it grows. Sign in as Carol, the
# compliance officer: others lack the permission.
# Then go back to Alice and pay: Carol's stream
# goes on meanwhile.

subscription FollowAuditLog($after: Cursor) {
  auditEventRecorded(after: $after) {
    auditEvent {
      sequence
      action
      outcome
      actor { displayName }
      resourceType
      resourceId
      occurredAt
      hash
    }
    cursor
  }
}
`;

const openWallet = `# Opens another wallet for whoever is signed in.
# It holds every asset.

mutation OpenWallet($input: OpenWalletInput!) {
  openWallet(input: $input) {
    wallet { id name status createdAt }
  }
}
`;

export const examples: readonly Example[] = [
  { name: 'MyMoney', about: 'One query, answered by four services.', query: myMoney },
  { name: 'FollowMyTransfers', about: 'A live subscription: every state of every transfer.', query: followMyTransfers },
  { name: 'PayBob', about: 'A transfer from Alice to Bob.', query: payBob, variables: json(payBobVariables) },
  { name: 'FollowAuditLog', about: 'The audit log, live, for compliance.', query: followAuditLog },
  { name: 'OpenWallet', about: 'A new wallet.', query: openWallet, variables: json({ input: { name: 'Savings' } }) },
];

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
