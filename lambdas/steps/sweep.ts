/** The only timer: started each minute, it makes a pass every few seconds until its minute is over. */
import { bootDoorbells, bootDue, clock, passMs, pollMs } from '../boot.ts';
import { errorName } from '../core/errors.ts';
import type { Instant } from '../core/ids.ts';
import { sweepRunMs } from '../core/limits.ts';
import { makeSweep } from '../core/sweep.ts';
import { logger, observed } from '../observe.ts';

const sweep = makeSweep(bootDue(), bootDoorbells(), pollMs());
const betweenPassesMs = passMs();

export const handler = observed(async (): Promise<void> => {
  const end = clock.now() + sweepRunMs;
  let passes = 0;
  while (clock.now() < end) {
    const began = clock.now();
    try {
      await sweep(began);
      passes += 1;
    } catch (error) {
      logger.error('pass failed', { error: errorName(error) }); // The next pass looks again.
    }
    await clock.until((began + betweenPassesMs) as Instant);
  }
  if (passes === 0) throw new Error('no pass of this run succeeded'); // Raises the alarm sweep-errors.
});
