// The closed list of what can go wrong when a sanctions list is imported.
import { defineErrors } from '../../platform/errors.ts';

export const sanctionsErrors = defineErrors({
  SANCTIONS_LIST_UNREADABLE: {
    message: (d: { name: string; problem: string }) => `The list ${d.name} cannot be read: ${d.problem}. Nothing was imported.`,
  },
  SANCTIONS_LIST_VERSION_TAKEN: {
    message: (d: { name: string; version: string }) =>
      `The list ${d.name}, version ${d.version}, was imported with other content. Give the new content a new version.`,
  },
  SANCTIONS_LIST_SHRINKS: {
    message: (d: { name: string; entryCount: number; entryCountBefore: number }) =>
      `The list ${d.name} would shrink from ${d.entryCountBefore} parties to ${d.entryCount}: is the file whole? Import it with acceptsShrinking if it is.`,
  },
  PARTY_NOT_FOUND: { message: (d: { partyId: string }) => `There is no user or external account ${d.partyId} known here.` },
});
