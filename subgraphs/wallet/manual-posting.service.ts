// Use cases of postings that operators make by hand: reads what they ask for, submits it to the ledger's writer, and gives what has become of it.
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { type AccountHolder, liquidityHolder, roundingHolder, spreadHolder } from './account.rules.ts';
import { dryRunByCaller, submitByCaller } from './ledger.caller.ts';
import type { ManualPosting, PostManually } from './ledger.commands.ts';
import type { LedgerWriter } from './ledger.writer.ts';
import { manualPostingErrors } from './manual-posting.errors.ts';
import { findManualBatch } from './manual-posting.repository.ts';
import type { ManualBatch, ManualOutcome } from './manual-posting.rules.ts';
import { readLine } from './wallet.rules.ts';
import type { Actor } from './wallet.service.ts';

export const postingsMax = 100;
export const legsMax = 32;
const memoLengthMax = 140;
const metadataKeysMax = 32;
const metadataKeyLengthMax = 64;
const metadataValueLengthMax = 256;

/** Accounts of the house that operators post to by name. The one of holds is not among them: it is the ledger's own. */
export const houseAccounts = {
  FEES: { type: 'SYSTEM', id: 'fees' },
  LIQUIDITY: liquidityHolder,
  SPREAD: spreadHolder,
  ROUNDING: roundingHolder,
  ADJUSTMENTS: { type: 'SYSTEM', id: 'adjustments' },
} as const satisfies Readonly<Record<string, AccountHolder>>;
export type HouseAccount = keyof typeof houseAccounts;

/** One end of a leg: exactly one of them is given. */
export interface AccountChoice {
  readonly walletId?: string | null;
  readonly externalAccountId?: string | null;
  readonly house?: HouseAccount | null;
}

export interface PostingRequest {
  readonly legs: readonly { readonly from: AccountChoice; readonly to: AccountChoice; readonly amount: MoneyText }[];
  readonly memo: string;
  readonly metadata?: readonly { readonly key: string; readonly value: string }[] | null;
  readonly effectiveAt?: Date | null;
}

export interface PostingsRequest {
  readonly idempotencyKey: string;
  readonly postings: readonly PostingRequest[];
  readonly linked: boolean;
}

export type ManualPostingService = ReturnType<typeof createManualPostingService>;

export function createManualPostingService({ database, writer }: { database: Database<PrismaClient>; writer: LedgerWriter }) {
  /** @throws POSTING_BATCH_NOT_FOUND */
  async function get(batchId: string): Promise<ManualBatch> {
    const batch = await findManualBatch(database.client, batchId);
    if (batch === null) throw manualPostingErrors.POSTING_BATCH_NOT_FOUND({ batchId });
    return batch;
  }

  return {
    get,
    /** Posts them, once; what is refused is told of each. @throws BAD_USER_INPUT, money errors, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT */
    async post(actor: Actor, request: PostingsRequest): Promise<ManualBatch> {
      return get(await submitByCaller(writer, actor, request.idempotencyKey, readRequest(actor, request)));
    },
    /** What would become of them now, against the same checks and the same locks. Takes no key. @throws BAD_USER_INPUT, money errors */
    dryRun(actor: Actor, request: PostingsRequest): Promise<readonly ManualOutcome[]> {
      return dryRunByCaller(writer, actor, readRequest(actor, request));
    },
  };
}

function readRequest({ userId }: Actor, { postings, linked }: PostingsRequest): PostManually {
  if (postings.length === 0 || postings.length > postingsMax) throw invalid('input.postings', `1 to ${postingsMax} postings`);
  return { type: 'POST_MANUALLY', requestedBy: userId, isLinked: linked, postings: postings.map(readPosting) };
}

function readPosting({ legs, memo, metadata, effectiveAt }: PostingRequest, index: number): ManualPosting {
  const field = `input.postings.${index}`;
  if (legs.length === 0 || legs.length > legsMax) throw invalid(`${field}.legs`, `1 to ${legsMax} legs`);
  const line = readLine(memo, memoLengthMax);
  if (line === null)
    throw invalid(`${field}.memo`, `say why in 1 to ${memoLengthMax} characters, none of them control characters`);
  return {
    legs: legs.map(({ from, to, amount }, leg) => ({
      debit: readAccount(from, `${field}.legs.${leg}.from`),
      credit: readAccount(to, `${field}.legs.${leg}.to`),
      ...parseMoney(amount, `${field}.legs.${leg}.amount`),
    })),
    memo: line,
    metadata: readMetadata(metadata ?? [], `${field}.metadata`),
    effectiveAt: effectiveAt ?? undefined,
  };
}

function readAccount({ walletId, externalAccountId, house }: AccountChoice, field: string): AccountHolder {
  const named: AccountHolder[] = [
    ...(walletId ? [{ type: 'WALLET', id: walletId } as const] : []),
    ...(externalAccountId ? [{ type: 'EXTERNAL_ACCOUNT', id: externalAccountId } as const] : []),
    ...(house ? [houseAccounts[house]] : []),
  ];
  const [only, ...others] = named;
  if (only === undefined || others.length > 0) throw invalid(field, 'name exactly one account');
  return only;
}

function readMetadata(
  fields: readonly { readonly key: string; readonly value: string }[],
  field: string,
): Readonly<Record<string, string>> | undefined {
  const isKept = ({ key, value }: { key: string; value: string }) =>
    key.length > 0 && key.length <= metadataKeyLengthMax && value.length <= metadataValueLengthMax;
  const metadata = Object.fromEntries(fields.map(({ key, value }) => [key, value]));
  const isWhole = Object.keys(metadata).length === fields.length && fields.length <= metadataKeysMax && fields.every(isKept);
  if (!isWhole) {
    throw invalid(
      field,
      `at most ${metadataKeysMax} different keys of 1 to ${metadataKeyLengthMax} characters, with values of at most ${metadataValueLengthMax}`,
    );
  }
  return fields.length === 0 ? undefined : metadata;
}

function invalid(field: string, problem: string) {
  return platformErrors.BAD_USER_INPUT({ field, problem });
}
