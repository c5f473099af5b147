// The closed list of failures around external accounts. "Not yours" is always "not found".
import { defineErrors } from '../../platform/errors.ts';

export const externalAccountErrors = defineErrors({
  EXTERNAL_ACCOUNT_NOT_FOUND: {
    message: (d: { externalAccountId: string }) => `There is no external account "${d.externalAccountId}" that you may use.`,
  },
  EXTERNAL_ACCOUNT_ASSET_MISMATCH: {
    message: (d: { externalAccountId: string; asset: string; expected: string }) =>
      `The external account ${d.externalAccountId} holds ${d.expected}, so it cannot be used for ${d.asset}.`,
  },
  INVALID_EXTERNAL_ACCOUNT_NAME: {
    message: (d: { field: string; lengthMax: number }) =>
      `${d.field}: 1 to ${d.lengthMax} characters, none of them control characters.`,
  },
  EXTERNAL_ACCOUNT_LIMIT_REACHED: {
    message: (d: { externalAccountsMax: number }) =>
      `You have ${d.externalAccountsMax} external accounts, and nobody may have more.`,
  },
});
