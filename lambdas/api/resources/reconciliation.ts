/** Shows the last report of reconciliation, and compares the books anew when that is older than `reconcileFreshMs`. */
import { logger } from '../../boot/observe.ts';
import { bootReconcile, reports } from '../../boot/reconcile.ts';
import { clock } from '../../boot/world.ts';
import { errorName } from '../../core/kernel/errors.ts';
import { reconcileFreshMs } from '../../core/kernel/limits.ts';
import { whileSomebodyWaits } from '../../core/reconcile/limits.ts';
import { reportResourceOf } from '../../core/requests/resource.ts';
import { apiHandler } from '../http.ts';

const reconcile = await bootReconcile(whileSomebodyWaits);

export const handler = apiHandler({
  getReconciliation: async () => {
    const last = await reports.last();
    if (last !== null && clock.now() - last.checkedAt < reconcileFreshMs)
      return { status: 200, body: reportResourceOf(last) };
    try {
      return { status: 200, body: reportResourceOf(await reconcile()) };
    } catch (error) {
      if (last === null || errorName(error) !== 'UnavailableError') throw error;
      logger.warn('no new report', { error: errorName(error) });
      return { status: 200, body: reportResourceOf(last) };
    }
  },
});
