// The closed list of what can go wrong for readers of the audit log.
import { defineErrors } from '../../platform/errors.ts';

export const auditErrors = defineErrors({
  AUDIT_RANGE_INVALID: {
    message: (d: { from: number; headSequence: number }) =>
      `The audit log cannot be verified from entry ${d.from}: choose a whole number from 1 to ${Math.max(d.headSequence, 1)}.`,
  },
  AUDIT_TREE_SIZE_INVALID: {
    message: (d: { size: number; sizeMin: number; sizeMax: number }) =>
      `The audit tree has no proof for the size ${d.size}: choose a whole number from ${d.sizeMin} to ${d.sizeMax}.`,
  },
});
