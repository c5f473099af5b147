// How following a live feed can end early, apart from a refused cursor.
import { defineErrors } from '../errors.ts';

export const feedErrors = defineErrors({
  FEED_INTERRUPTED: {
    message: (d: { reason: string; cursor: string }) =>
      `The live feed ended because ${d.reason}. Follow it again after the cursor "${d.cursor}".`,
    retryable: true,
  },
});
