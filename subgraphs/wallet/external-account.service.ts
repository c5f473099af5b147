// Use cases around external accounts: the named places outside that money comes from and goes to.
import type { Identity } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import { externalAccountErrors } from './external-account.errors.ts';
import { externalAccountAdded, externalAccountRemoved } from './external-account.events.ts';
import {
  countExternalAccounts,
  type ExternalAccount,
  findExternalAccounts,
  insertExternalAccount,
  listExternalAccounts,
  markRemoved,
} from './external-account.repository.ts';
import { audited } from './ledger.events.ts';
import type { TimeKey } from './wallet.repository.ts';
import { maySee, readLine } from './wallet.rules.ts';
import type { Actor, WalletDeps } from './wallet.service.ts';

export const externalAccountNameLengthMax = 60;
export const holderNameLengthMax = 140;
/** Accounts that one user may have at a time. */
export const externalAccountsMax = 100;

export type ExternalAccountService = ReturnType<typeof createExternalAccountService>;

export function createExternalAccountService({ database, outbox, clock, ids }: WalletDeps) {
  return {
    /** @throws INVALID_EXTERNAL_ACCOUNT_NAME, UNKNOWN_ASSET, EXTERNAL_ACCOUNT_LIMIT_REACHED */
    async add(actor: Actor, input: { name: string; holderName: string; asset: string; id?: string }): Promise<ExternalAccount> {
      const account: ExternalAccount = {
        id: input.id ?? ids.next(),
        ownerId: actor.userId,
        name: readName(input.name, 'name', externalAccountNameLengthMax),
        holderName: readName(input.holderName, 'holderName', holderNameLengthMax),
        asset: requireAsset(input.asset).code,
        createdAt: clock.now(),
        removedAt: null,
      };
      await database.transaction(async (tx) => {
        if ((await countExternalAccounts(tx.client, actor.userId)) >= externalAccountsMax)
          throw externalAccountErrors.EXTERNAL_ACCOUNT_LIMIT_REACHED({ externalAccountsMax });
        await insertExternalAccount(tx.client, account);
        await outbox.append(tx, [externalAccountAdded(account), externalAccountAudited('external_account.add', actor, account)]);
      });
      return account;
    },

    /** Only owners remove their accounts. @throws EXTERNAL_ACCOUNT_NOT_FOUND */
    remove(actor: Actor, input: { externalAccountId: string }): Promise<ExternalAccount> {
      const id = input.externalAccountId;
      return database.transaction(async (tx) => {
        const account = await markRemoved(tx.client, { id, ownerId: actor.userId }, clock.now());
        if (account === null) throw externalAccountErrors.EXTERNAL_ACCOUNT_NOT_FOUND({ externalAccountId: id });
        await outbox.append(tx, [
          externalAccountRemoved(account),
          externalAccountAudited('external_account.remove', actor, account),
        ]);
        return account;
      });
    },

    /** One result per id, removed ones included; null where there is none that the viewer may see. */
    async findVisible(viewer: Identity | null, accountIds: readonly string[]): Promise<(ExternalAccount | null)[]> {
      const found = await findExternalAccounts(database.client, accountIds);
      return accountIds.map((id) => {
        const account = found.get(id);
        return account !== undefined && maySee(viewer, account.ownerId) ? account : null;
      });
    },

    list(page: { ownerId: string; after: TimeKey | null; limit: number }): Promise<ExternalAccount[]> {
      return listExternalAccounts(database.client, page);
    },

    async exists(accountId: string): Promise<boolean> {
      return (await findExternalAccounts(database.client, [accountId])).has(accountId);
    },
  };
}

function readName(text: string, field: string, lengthMax: number): string {
  const line = readLine(text, lengthMax);
  if (line === null) throw externalAccountErrors.INVALID_EXTERNAL_ACCOUNT_NAME({ field, lengthMax });
  return line;
}

function externalAccountAudited(action: string, actor: Actor, account: ExternalAccount) {
  return audited({
    actorId: actor.userId,
    action,
    resourceType: 'ExternalAccount',
    resourceId: account.id,
    outcome: 'SUCCEEDED',
    subjectUserId: account.ownerId,
    details: { asset: account.asset },
    requestId: actor.requestId,
  });
}
