/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "subscription AuditEventRecorded($after: Cursor, $filter: AuditEventFilter) {\n  auditEventRecorded(after: $after, filter: $filter) {\n    cursor\n    auditEvent {\n      id\n      sequence\n      occurredAt\n      action\n      outcome\n      resourceType\n      resourceId\n      actor {\n        id\n        displayName\n      }\n    }\n  }\n}\n\nquery AuditFeedCursor {\n  auditFeedCursor\n}": typeof types.AuditEventRecordedDocument,
    "fragment MoneyParts on Money {\n  amount\n  asset {\n    code\n  }\n}": typeof types.MoneyPartsFragmentDoc,
    "mutation SignIn($input: SignInInput!) {\n  signIn(input: $input) {\n    ...SignedIn\n  }\n}\n\nmutation RefreshSession($input: RefreshSessionInput!) {\n  refreshSession(input: $input) {\n    ...SignedIn\n  }\n}\n\nfragment SignedIn on SignInPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    displayName\n  }\n}": typeof types.SignInDocument,
    "mutation CreateTransfer($input: CreateTransferInput!) {\n  createTransfer(input: $input) {\n    cursor\n    transaction {\n      id\n      state\n      amount {\n        ...MoneyParts\n      }\n    }\n  }\n}\n\nsubscription TransactionUpdated($id: ID, $walletId: ID, $after: Cursor) {\n  transactionUpdated(id: $id, walletId: $walletId, after: $after) {\n    cursor\n    state\n    previousState\n    version\n    reason {\n      code\n      message\n    }\n    occurredAt\n    transaction {\n      id\n      state\n      amount {\n        ...MoneyParts\n      }\n      source {\n        wallet {\n          id\n          name\n          balances {\n            available {\n              ...MoneyParts\n            }\n          }\n        }\n      }\n    }\n  }\n}\n\nquery TransactionFeedCursor {\n  transactionFeedCursor\n}\n\nquery MyTransactions($first: Int!, $after: Cursor) {\n  transactions(first: $first, after: $after) {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    nodes {\n      id\n      kind\n      state\n      createdAt\n      memo\n      amount {\n        ...MoneyParts\n      }\n      failure {\n        code\n        message\n      }\n    }\n  }\n}": typeof types.CreateTransferDocument,
    "query MyWallets {\n  me {\n    id\n    displayName\n    wallets(first: 20) {\n      nodes {\n        id\n        name\n        status\n        balances {\n          available {\n            ...MoneyParts\n          }\n        }\n      }\n    }\n  }\n}\n\nmutation OpenWallet($input: OpenWalletInput!) {\n  openWallet(input: $input) {\n    wallet {\n      id\n      name\n    }\n  }\n}\n\nsubscription WalletBalanceChanged($walletId: ID, $after: Cursor) {\n  walletBalanceChanged(walletId: $walletId, after: $after) {\n    cursor\n    occurredAt\n    change {\n      ...MoneyParts\n    }\n    available {\n      ...MoneyParts\n    }\n    wallet {\n      id\n      name\n    }\n  }\n}\n\nquery WalletFeedCursor {\n  walletFeedCursor\n}": typeof types.MyWalletsDocument,
};
const documents: Documents = {
    "subscription AuditEventRecorded($after: Cursor, $filter: AuditEventFilter) {\n  auditEventRecorded(after: $after, filter: $filter) {\n    cursor\n    auditEvent {\n      id\n      sequence\n      occurredAt\n      action\n      outcome\n      resourceType\n      resourceId\n      actor {\n        id\n        displayName\n      }\n    }\n  }\n}\n\nquery AuditFeedCursor {\n  auditFeedCursor\n}": types.AuditEventRecordedDocument,
    "fragment MoneyParts on Money {\n  amount\n  asset {\n    code\n  }\n}": types.MoneyPartsFragmentDoc,
    "mutation SignIn($input: SignInInput!) {\n  signIn(input: $input) {\n    ...SignedIn\n  }\n}\n\nmutation RefreshSession($input: RefreshSessionInput!) {\n  refreshSession(input: $input) {\n    ...SignedIn\n  }\n}\n\nfragment SignedIn on SignInPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    displayName\n  }\n}": types.SignInDocument,
    "mutation CreateTransfer($input: CreateTransferInput!) {\n  createTransfer(input: $input) {\n    cursor\n    transaction {\n      id\n      state\n      amount {\n        ...MoneyParts\n      }\n    }\n  }\n}\n\nsubscription TransactionUpdated($id: ID, $walletId: ID, $after: Cursor) {\n  transactionUpdated(id: $id, walletId: $walletId, after: $after) {\n    cursor\n    state\n    previousState\n    version\n    reason {\n      code\n      message\n    }\n    occurredAt\n    transaction {\n      id\n      state\n      amount {\n        ...MoneyParts\n      }\n      source {\n        wallet {\n          id\n          name\n          balances {\n            available {\n              ...MoneyParts\n            }\n          }\n        }\n      }\n    }\n  }\n}\n\nquery TransactionFeedCursor {\n  transactionFeedCursor\n}\n\nquery MyTransactions($first: Int!, $after: Cursor) {\n  transactions(first: $first, after: $after) {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    nodes {\n      id\n      kind\n      state\n      createdAt\n      memo\n      amount {\n        ...MoneyParts\n      }\n      failure {\n        code\n        message\n      }\n    }\n  }\n}": types.CreateTransferDocument,
    "query MyWallets {\n  me {\n    id\n    displayName\n    wallets(first: 20) {\n      nodes {\n        id\n        name\n        status\n        balances {\n          available {\n            ...MoneyParts\n          }\n        }\n      }\n    }\n  }\n}\n\nmutation OpenWallet($input: OpenWalletInput!) {\n  openWallet(input: $input) {\n    wallet {\n      id\n      name\n    }\n  }\n}\n\nsubscription WalletBalanceChanged($walletId: ID, $after: Cursor) {\n  walletBalanceChanged(walletId: $walletId, after: $after) {\n    cursor\n    occurredAt\n    change {\n      ...MoneyParts\n    }\n    available {\n      ...MoneyParts\n    }\n    wallet {\n      id\n      name\n    }\n  }\n}\n\nquery WalletFeedCursor {\n  walletFeedCursor\n}": types.MyWalletsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription AuditEventRecorded($after: Cursor, $filter: AuditEventFilter) {\n  auditEventRecorded(after: $after, filter: $filter) {\n    cursor\n    auditEvent {\n      id\n      sequence\n      occurredAt\n      action\n      outcome\n      resourceType\n      resourceId\n      actor {\n        id\n        displayName\n      }\n    }\n  }\n}\n\nquery AuditFeedCursor {\n  auditFeedCursor\n}"): typeof import('./graphql.ts').AuditEventRecordedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment MoneyParts on Money {\n  amount\n  asset {\n    code\n  }\n}"): typeof import('./graphql.ts').MoneyPartsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignIn($input: SignInInput!) {\n  signIn(input: $input) {\n    ...SignedIn\n  }\n}\n\nmutation RefreshSession($input: RefreshSessionInput!) {\n  refreshSession(input: $input) {\n    ...SignedIn\n  }\n}\n\nfragment SignedIn on SignInPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    displayName\n  }\n}"): typeof import('./graphql.ts').SignInDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateTransfer($input: CreateTransferInput!) {\n  createTransfer(input: $input) {\n    cursor\n    transaction {\n      id\n      state\n      amount {\n        ...MoneyParts\n      }\n    }\n  }\n}\n\nsubscription TransactionUpdated($id: ID, $walletId: ID, $after: Cursor) {\n  transactionUpdated(id: $id, walletId: $walletId, after: $after) {\n    cursor\n    state\n    previousState\n    version\n    reason {\n      code\n      message\n    }\n    occurredAt\n    transaction {\n      id\n      state\n      amount {\n        ...MoneyParts\n      }\n      source {\n        wallet {\n          id\n          name\n          balances {\n            available {\n              ...MoneyParts\n            }\n          }\n        }\n      }\n    }\n  }\n}\n\nquery TransactionFeedCursor {\n  transactionFeedCursor\n}\n\nquery MyTransactions($first: Int!, $after: Cursor) {\n  transactions(first: $first, after: $after) {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    nodes {\n      id\n      kind\n      state\n      createdAt\n      memo\n      amount {\n        ...MoneyParts\n      }\n      failure {\n        code\n        message\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').CreateTransferDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MyWallets {\n  me {\n    id\n    displayName\n    wallets(first: 20) {\n      nodes {\n        id\n        name\n        status\n        balances {\n          available {\n            ...MoneyParts\n          }\n        }\n      }\n    }\n  }\n}\n\nmutation OpenWallet($input: OpenWalletInput!) {\n  openWallet(input: $input) {\n    wallet {\n      id\n      name\n    }\n  }\n}\n\nsubscription WalletBalanceChanged($walletId: ID, $after: Cursor) {\n  walletBalanceChanged(walletId: $walletId, after: $after) {\n    cursor\n    occurredAt\n    change {\n      ...MoneyParts\n    }\n    available {\n      ...MoneyParts\n    }\n    wallet {\n      id\n      name\n    }\n  }\n}\n\nquery WalletFeedCursor {\n  walletFeedCursor\n}"): typeof import('./graphql.ts').MyWalletsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
