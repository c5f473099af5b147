/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which records of the audit log are wanted. Every given part must match. */
export type AuditEventFilter = {
  /** Only this action: "wallet.freeze". */
  action?: string | null | undefined;
  /** Only what this user did; "system" for what services did on their own. */
  actorId?: string | null | undefined;
  /** Only what happened at this moment or later. */
  from?: string | null | undefined;
  /** Only what was done to this resource. */
  resourceId?: string | null | undefined;
  /** Only what was done to resources of this type: "Wallet". */
  resourceType?: string | null | undefined;
  /** Only what concerns this user's data. */
  subjectUserId?: string | null | undefined;
  /** Only what happened before this moment. */
  to?: string | null | undefined;
  /** Only what belongs to this transaction. */
  transactionId?: string | null | undefined;
};

/** What came of an action. */
export type AuditOutcome =
  /** It was refused, and nothing else changed. */
  | 'REFUSED'
  /** It took effect. */
  | 'SUCCEEDED';

/** Many transfers from one wallet. */
export type CreatePayoutsInput = {
  /** A key of your own for the whole request, at most 128 visible ASCII characters. Sending the same request again is safe: it pays nobody twice, and gives the batch as it stands. */
  idempotencyKey: string;
  /** The payees, 1 to 1,000, in the order in which they are paid. */
  items: Array<PayoutInput>;
  /** The wallet that pays, in which you are at least a spender. */
  sourceWalletId: string;
};

/** A transfer from a wallet that you may spend from to another wallet. */
export type CreateTransferInput = {
  /** How much of which asset. */
  amount: MoneyInput;
  /** The wallet that receives. */
  destinationWalletId: string;
  /** A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe: it returns the first transaction. */
  idempotencyKey: string;
  /** A line for the recipient, at most 140 characters. */
  memo?: string | null | undefined;
  /** Keys and values of your own, at most 16, by which your side finds it again; its recipient does not see them. They are part of the request: with another one the idempotency key is refused. */
  metadata?: Array<MetadataEntryInput> | null | undefined;
  /** The fee that `quoteTransfer` gave you: with another fee the request is refused with FEE_CHANGED. Left out, any fee will do. */
  quotedFee?: MoneyInput | null | undefined;
  /** The wallet that pays, in which you are at least a spender. */
  sourceWalletId: string;
};

/** A quote to use. */
export type ExchangeInput = {
  /** A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe. */
  idempotencyKey: string;
  /** The quote, which was made to you. */
  quoteId: string;
};

/** Which amount of an exchange is given, so that the other one follows from the rate. */
export type ExchangeSide =
  /** What the wallet gets; what leaves it is rounded up to a whole smallest unit. */
  | 'BUY'
  /** What leaves the wallet; what it gets is rounded down to a whole smallest unit. */
  | 'SELL';

/** A key and its value among the metadata of a transaction. */
export type MetadataEntryInput = {
  /** 1 to 64 letters, digits and ". _ -", beginning with a letter. */
  key: string;
  /** One line of 1 to 256 characters. */
  value: string;
};

/** An amount to move: more than zero, with no more decimals than the asset has. */
export type MoneyInput = {
  /** The amount in whole units of the asset: "12.50". */
  amount: string;
  /** Code of the asset: "USD". */
  asset: string;
};

/** A wallet to open. */
export type OpenWalletInput = {
  /** What to call it: 1 to 60 characters. */
  name: string;
};

/** Whether a batch of payouts is done. */
export type PayoutBatchState =
  /** Every payee has its outcome, paid or not. */
  | 'FINISHED'
  /** Some payees have no outcome yet. */
  | 'RUNNING';

/** One payee of a batch of payouts. */
export type PayoutInput = {
  /** How much of which asset. */
  amount: MoneyInput;
  /** The wallet that receives. */
  destinationWalletId: string;
  /** A line for the recipient, at most 140 characters. */
  memo?: string | null | undefined;
  /** What you call it, at most 64 visible ASCII characters. */
  reference?: string | null | undefined;
};

/** What has become of one payee of a batch. */
export type PayoutState =
  /** It could not be paid; no money has moved. The others go on. */
  | 'FAILED'
  /** The money is there. */
  | 'PAID'
  /** Its turn has not come. */
  | 'PENDING'
  /** Its transfer is on its way. */
  | 'REQUESTED';

/** An exchange to be quoted. */
export type QuoteExchangeInput = {
  /** How much is sold, or bought, exactly. */
  amount: MoneyInput;
  /** Code of the other asset: what is bought for it, or what is sold for it. */
  counterAsset: string;
  /** Whether `amount` is what to sell or what to buy. */
  side: ExchangeSide;
  /** The wallet, which you may spend from. */
  walletId: string;
};

/** What keeps a session alive. */
export type RefreshSessionInput = {
  /** The latest refresh token of the session. */
  refreshToken: string;
};

/** The first factor. */
export type SignInInput = {
  /** E-mail address of the account. */
  email: string;
  /** Password of the account. */
  password: string;
};

/** Which way a transaction moves money. */
export type TransactionKind =
  /** From an external account into a wallet. */
  | 'DEPOSIT'
  /** From one wallet to another. */
  | 'TRANSFER'
  /** From a wallet to an external account. */
  | 'WITHDRAWAL';

/** Where a transaction is in its life. REJECTED, FAILED, EXPIRED and REVERSED are final; a COMPLETED one can only be REVERSED. */
export type TransactionState =
  /** Cleared. A payout of an all-or-none batch waits here for the others. */
  | 'APPROVED'
  /** The money has moved. */
  | 'COMPLETED'
  /** Not decided in time; no money has moved, and none is set aside any more. */
  | 'EXPIRED'
  /** Could not be made, for example for want of funds; no money has moved. */
  | 'FAILED'
  /** Held until a person has looked at it; the money stays set aside. */
  | 'IN_REVIEW'
  /** The ledger has been told to move the money. */
  | 'POSTING'
  /** Refused by screening or review; no money has moved, and none is set aside any more. */
  | 'REJECTED'
  /** Recorded; the money is being set aside. */
  | 'REQUESTED'
  /** The money had moved, and was sent back by another transaction. */
  | 'REVERSED'
  /** The money is set aside; being screened. */
  | 'SCREENING';

/** Whether a wallet can be used. */
export type WalletStatus =
  /** It pays and receives. */
  | 'ACTIVE'
  /** It neither pays nor receives. */
  | 'FROZEN';

export type AuditEventRecordedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  filter?: AuditEventFilter | null | undefined;
}>;


export type AuditEventRecordedSubscription = { auditEventRecorded: { cursor: string, auditEvent: { id: string, sequence: number | null, occurredAt: string, action: string, outcome: AuditOutcome, resourceType: string, resourceId: string, actor: { id: string, displayName: string } | null } } };

export type AuditFeedCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type AuditFeedCursorQuery = { auditFeedCursor: string };

export type ExchangeRatesQueryVariables = Exact<{ [key: string]: never; }>;


export type ExchangeRatesQuery = { exchangeRates: Array<{ rate: string, spreadBasisPoints: number, version: number, validUntil: string | null, base: { code: string }, quote: { code: string } }> };

export type QuoteExchangeMutationVariables = Exact<{
  input: QuoteExchangeInput;
}>;


export type QuoteExchangeMutation = { quoteExchange: { quote: { id: string, rate: string, expiresAt: string, sold: { amount: string, asset: { code: string } }, bought: { amount: string, asset: { code: string } }, spread: { amount: string, asset: { code: string } }, residue: { amount: string, asset: { code: string } } } } };

export type ExchangeMutationVariables = Exact<{
  input: ExchangeInput;
}>;


export type ExchangeMutation = { exchange: { exchange: { id: string, createdAt: string, sold: { amount: string, asset: { code: string } }, bought: { amount: string, asset: { code: string } } } } };

export type ExchangeQuotePartsFragment = { id: string, rate: string, expiresAt: string, sold: { amount: string, asset: { code: string } }, bought: { amount: string, asset: { code: string } }, spread: { amount: string, asset: { code: string } }, residue: { amount: string, asset: { code: string } } };

export type MoneyPartsFragment = { amount: string, asset: { code: string } };

export type CreatePayoutsMutationVariables = Exact<{
  input: CreatePayoutsInput;
}>;


export type CreatePayoutsMutation = { createPayouts: { cursor: string, batch: { id: string, state: PayoutBatchState, itemCount: number } } };

export type PayoutBatchUpdatedSubscriptionVariables = Exact<{
  id?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type PayoutBatchUpdatedSubscription = { payoutBatchUpdated: { cursor: string, state: PayoutBatchState, itemCount: number, paidCount: number, failedCount: number, payout: { item: number, reference: string | null, state: PayoutState, failure: { code: string, message: string } | null } | null } };

export type PayoutBatchQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
  states?: Array<PayoutState> | PayoutState | null | undefined;
}>;


export type PayoutBatchQuery = { payoutBatch: { id: string, state: PayoutBatchState, itemCount: number, paidCount: number, failedCount: number, items: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ item: number, reference: string | null, state: PayoutState, amount: { amount: string, asset: { code: string } }, failure: { code: string, message: string } | null, transaction: { id: string, state: TransactionState } | null }> } } | null };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn: { accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, displayName: string } } };

export type RefreshSessionMutationVariables = Exact<{
  input: RefreshSessionInput;
}>;


export type RefreshSessionMutation = { refreshSession: { accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, displayName: string } } };

export type SignedInFragment = { accessToken: string, accessTokenExpiresAt: string, refreshToken: string, refreshTokenExpiresAt: string, user: { id: string, displayName: string } };

export type CreateTransferMutationVariables = Exact<{
  input: CreateTransferInput;
}>;


export type CreateTransferMutation = { createTransfer: { cursor: string, transaction: { id: string, state: TransactionState, amount: { amount: string, asset: { code: string } } } } };

export type TransactionUpdatedSubscriptionVariables = Exact<{
  id?: string | null | undefined;
  walletId?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type TransactionUpdatedSubscription = { transactionUpdated: { cursor: string, state: TransactionState, previousState: TransactionState | null, version: number, occurredAt: string, reason: { code: string, message: string } | null, transaction: { id: string, state: TransactionState, amount: { amount: string, asset: { code: string } }, source: { wallet: { id: string, name: string, balances: Array<{ available: { amount: string, asset: { code: string } } }> } | null } } } };

export type TransactionFeedCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type TransactionFeedCursorQuery = { transactionFeedCursor: string };

export type MyTransactionsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type MyTransactionsQuery = { transactions: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, kind: TransactionKind, state: TransactionState, createdAt: string, memo: string | null, amount: { amount: string, asset: { code: string } }, failure: { code: string, message: string } | null }> } };

export type MyWalletsQueryVariables = Exact<{ [key: string]: never; }>;


export type MyWalletsQuery = { me: { id: string, displayName: string, wallets: { nodes: Array<{ id: string, name: string, status: WalletStatus, balances: Array<{ available: { amount: string, asset: { code: string } } }> }> } | null } | null };

export type OpenWalletMutationVariables = Exact<{
  input: OpenWalletInput;
}>;


export type OpenWalletMutation = { openWallet: { wallet: { id: string, name: string } } };

export type WalletBalanceChangedSubscriptionVariables = Exact<{
  walletId?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type WalletBalanceChangedSubscription = { walletBalanceChanged: { cursor: string, occurredAt: string, change: { amount: string, asset: { code: string } }, available: { amount: string, asset: { code: string } }, wallet: { id: string, name: string } | null } };

export type WalletFeedCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type WalletFeedCursorQuery = { walletFeedCursor: string };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MoneyPartsFragmentDoc = new TypedDocumentString(`
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}
    `, {"fragmentName":"MoneyParts"}) as unknown as TypedDocumentString<MoneyPartsFragment, unknown>;
export const ExchangeQuotePartsFragmentDoc = new TypedDocumentString(`
    fragment ExchangeQuoteParts on ExchangeQuote {
  id
  sold {
    ...MoneyParts
  }
  bought {
    ...MoneyParts
  }
  rate
  spread {
    ...MoneyParts
  }
  residue {
    ...MoneyParts
  }
  expiresAt
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"fragmentName":"ExchangeQuoteParts"}) as unknown as TypedDocumentString<ExchangeQuotePartsFragment, unknown>;
export const SignedInFragmentDoc = new TypedDocumentString(`
    fragment SignedIn on SignInPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  user {
    id
    displayName
  }
}
    `, {"fragmentName":"SignedIn"}) as unknown as TypedDocumentString<SignedInFragment, unknown>;
export const AuditEventRecordedDocument = new TypedDocumentString(`
    subscription AuditEventRecorded($after: Cursor, $filter: AuditEventFilter) {
  auditEventRecorded(after: $after, filter: $filter) {
    cursor
    auditEvent {
      id
      sequence
      occurredAt
      action
      outcome
      resourceType
      resourceId
      actor {
        id
        displayName
      }
    }
  }
}
    `, {"hash":"sha256:66eb616d2a1e736d8742b5e73d2b6420bf9fce518d1695f9d73d371cf1bbe549"}) as unknown as TypedDocumentString<AuditEventRecordedSubscription, AuditEventRecordedSubscriptionVariables>;
export const AuditFeedCursorDocument = new TypedDocumentString(`
    query AuditFeedCursor {
  auditFeedCursor
}
    `, {"hash":"sha256:105fae59a73fd23e69269f61fa5ee2c1bb616c64d681e2fa276398feb7859a11"}) as unknown as TypedDocumentString<AuditFeedCursorQuery, AuditFeedCursorQueryVariables>;
export const ExchangeRatesDocument = new TypedDocumentString(`
    query ExchangeRates {
  exchangeRates {
    base {
      code
    }
    quote {
      code
    }
    rate
    spreadBasisPoints
    version
    validUntil
  }
}
    `, {"hash":"sha256:d7cb5492acb23ee0e7b3d8455beed94e555aa9e124f85139db98c30169489a30"}) as unknown as TypedDocumentString<ExchangeRatesQuery, ExchangeRatesQueryVariables>;
export const QuoteExchangeDocument = new TypedDocumentString(`
    mutation QuoteExchange($input: QuoteExchangeInput!) {
  quoteExchange(input: $input) {
    quote {
      ...ExchangeQuoteParts
    }
  }
}
    fragment ExchangeQuoteParts on ExchangeQuote {
  id
  sold {
    ...MoneyParts
  }
  bought {
    ...MoneyParts
  }
  rate
  spread {
    ...MoneyParts
  }
  residue {
    ...MoneyParts
  }
  expiresAt
}
fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:6599094dd7b87982a309ac64de4f11751ea0af274c09a2183a60622758ea2141"}) as unknown as TypedDocumentString<QuoteExchangeMutation, QuoteExchangeMutationVariables>;
export const ExchangeDocument = new TypedDocumentString(`
    mutation Exchange($input: ExchangeInput!) {
  exchange(input: $input) {
    exchange {
      id
      sold {
        ...MoneyParts
      }
      bought {
        ...MoneyParts
      }
      createdAt
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:dbb5f2f5eb5878f9920da2b6298e3b8e60ee44f496e3b625d4f52d25597f943b"}) as unknown as TypedDocumentString<ExchangeMutation, ExchangeMutationVariables>;
export const CreatePayoutsDocument = new TypedDocumentString(`
    mutation CreatePayouts($input: CreatePayoutsInput!) {
  createPayouts(input: $input) {
    cursor
    batch {
      id
      state
      itemCount
    }
  }
}
    `, {"hash":"sha256:1869a97528e9db43bf5c0d47bb8706d91f47e0e710f6a680f0def18a7e5a4078"}) as unknown as TypedDocumentString<CreatePayoutsMutation, CreatePayoutsMutationVariables>;
export const PayoutBatchUpdatedDocument = new TypedDocumentString(`
    subscription PayoutBatchUpdated($id: ID, $after: Cursor) {
  payoutBatchUpdated(id: $id, after: $after) {
    cursor
    state
    itemCount
    paidCount
    failedCount
    payout {
      item
      reference
      state
      failure {
        code
        message
      }
    }
  }
}
    `, {"hash":"sha256:0c8443fee32cc3c7ab4ef618e78dfdf27d37015e34813d1258969e29d8ac87d6"}) as unknown as TypedDocumentString<PayoutBatchUpdatedSubscription, PayoutBatchUpdatedSubscriptionVariables>;
export const PayoutBatchDocument = new TypedDocumentString(`
    query PayoutBatch($id: ID!, $first: Int!, $after: Cursor, $states: [PayoutState!]) {
  payoutBatch(id: $id) {
    id
    state
    itemCount
    paidCount
    failedCount
    items(first: $first, after: $after, states: $states) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        item
        reference
        state
        amount {
          ...MoneyParts
        }
        failure {
          code
          message
        }
        transaction {
          id
          state
        }
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:cdbc269fec4cc84c520b02dda61599f639a50427636c9f880bf6421a9b5bc8b5"}) as unknown as TypedDocumentString<PayoutBatchQuery, PayoutBatchQueryVariables>;
export const SignInDocument = new TypedDocumentString(`
    mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    ...SignedIn
  }
}
    fragment SignedIn on SignInPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  user {
    id
    displayName
  }
}`, {"hash":"sha256:5c9887d1f8572444dbcccd276cff71520c116e026d7403b53f9acee6f87f7f1e"}) as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const RefreshSessionDocument = new TypedDocumentString(`
    mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    ...SignedIn
  }
}
    fragment SignedIn on SignInPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  user {
    id
    displayName
  }
}`, {"hash":"sha256:547aa788bd0198ccb8db1b567c96456c7c720acb13f6b094e4202a2dc2b790c8"}) as unknown as TypedDocumentString<RefreshSessionMutation, RefreshSessionMutationVariables>;
export const CreateTransferDocument = new TypedDocumentString(`
    mutation CreateTransfer($input: CreateTransferInput!) {
  createTransfer(input: $input) {
    cursor
    transaction {
      id
      state
      amount {
        ...MoneyParts
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:2de52d83353aa30ca3a1f81434e7058a453543c59ac11e715fd9485d4283e34e"}) as unknown as TypedDocumentString<CreateTransferMutation, CreateTransferMutationVariables>;
export const TransactionUpdatedDocument = new TypedDocumentString(`
    subscription TransactionUpdated($id: ID, $walletId: ID, $after: Cursor) {
  transactionUpdated(id: $id, walletId: $walletId, after: $after) {
    cursor
    state
    previousState
    version
    reason {
      code
      message
    }
    occurredAt
    transaction {
      id
      state
      amount {
        ...MoneyParts
      }
      source {
        wallet {
          id
          name
          balances {
            available {
              ...MoneyParts
            }
          }
        }
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:8acd1f526cb0d7b13bd91f30ca99bdf937c402a6984feb0c5a3ab015cdfb11b5"}) as unknown as TypedDocumentString<TransactionUpdatedSubscription, TransactionUpdatedSubscriptionVariables>;
export const TransactionFeedCursorDocument = new TypedDocumentString(`
    query TransactionFeedCursor {
  transactionFeedCursor
}
    `, {"hash":"sha256:5654b633d3e716c9d4887d7ea76d26261b2683f093314d192455fb04a0fb3c5d"}) as unknown as TypedDocumentString<TransactionFeedCursorQuery, TransactionFeedCursorQueryVariables>;
export const MyTransactionsDocument = new TypedDocumentString(`
    query MyTransactions($first: Int!, $after: Cursor) {
  transactions(first: $first, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      kind
      state
      createdAt
      memo
      amount {
        ...MoneyParts
      }
      failure {
        code
        message
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:09ae5253426e38880526f4946bd0146c0044c7240e65583644941069b680b9ca"}) as unknown as TypedDocumentString<MyTransactionsQuery, MyTransactionsQueryVariables>;
export const MyWalletsDocument = new TypedDocumentString(`
    query MyWallets {
  me {
    id
    displayName
    wallets(first: 20) {
      nodes {
        id
        name
        status
        balances {
          available {
            ...MoneyParts
          }
        }
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:f33a69d65e2474063e5162ecb5ae5dcef94623410203f633fa852a65a437d8f3"}) as unknown as TypedDocumentString<MyWalletsQuery, MyWalletsQueryVariables>;
export const OpenWalletDocument = new TypedDocumentString(`
    mutation OpenWallet($input: OpenWalletInput!) {
  openWallet(input: $input) {
    wallet {
      id
      name
    }
  }
}
    `, {"hash":"sha256:0cbf37f88615663e2edec9b2b69339fab13264f5793ed54f3e9a05527fb109bd"}) as unknown as TypedDocumentString<OpenWalletMutation, OpenWalletMutationVariables>;
export const WalletBalanceChangedDocument = new TypedDocumentString(`
    subscription WalletBalanceChanged($walletId: ID, $after: Cursor) {
  walletBalanceChanged(walletId: $walletId, after: $after) {
    cursor
    occurredAt
    change {
      ...MoneyParts
    }
    available {
      ...MoneyParts
    }
    wallet {
      id
      name
    }
  }
}
    fragment MoneyParts on Money {
  amount
  asset {
    code
  }
}`, {"hash":"sha256:deac5835294123ae8ad9875b68df87d797201616c51aad33624726584bb1fc39"}) as unknown as TypedDocumentString<WalletBalanceChangedSubscription, WalletBalanceChangedSubscriptionVariables>;
export const WalletFeedCursorDocument = new TypedDocumentString(`
    query WalletFeedCursor {
  walletFeedCursor
}
    `, {"hash":"sha256:9dc3eb93fac00b795086b401796b508a7582fea1997aacd355ea45fe43aac7be"}) as unknown as TypedDocumentString<WalletFeedCursorQuery, WalletFeedCursorQueryVariables>;