// The closed list of failures around balance monitors.
import { defineErrors } from '../../platform/errors.ts';

export const monitorErrors = defineErrors({
  INVALID_REARM_AMOUNT: {
    message: (d: { condition: 'BELOW' | 'ABOVE' }) =>
      `A threshold that is crossed ${d.condition === 'BELOW' ? 'downwards' : 'upwards'} is armed again at itself or ` +
      `${d.condition === 'BELOW' ? 'above' : 'below'}: input.rearmAt is on the wrong side of it.`,
  },
  BALANCE_MONITOR_NOT_FOUND: {
    message: (d: { monitorId: string }) => `You have no balance monitor "${d.monitorId}".`,
  },
  TOO_MANY_BALANCE_MONITORS: {
    message: (d: { walletId: string; ownMonitorsMax: number; monitorsMax: number }) =>
      `On the wallet ${d.walletId} you may have ${d.ownMonitorsMax} balance monitors, and all members together ${d.monitorsMax}.`,
  },
});
