/** When what a doorbell was rung for may be taken from a wallet's inbox. */

import { type Instant, later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { inboxGatherMs, inboxSettleMs } from './limits.ts';

/**
 * Waits until everything is ripe that was accepted before the doorbell was rung: then one look finds all of it, in order. The
 * wait is bounded, however fast the clock was that stamped the doorbell.
 */
export const untilRipe = (clock: Clock, rungAt: Instant): Promise<void> =>
  clock.until(later(Math.min(rungAt, clock.now()) as Instant, inboxSettleMs + inboxGatherMs));
