/** The only timer: it starts each minute, and makes a pass every few seconds until the minute is over. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootDoorbells, bootDue } from '../boot/outbox.ts';
import { passMs, pollMs } from '../boot/settings.ts';
import { bootTurns } from '../boot/switches.ts';
import { clock } from '../boot/world.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import { sweepRunMs } from '../core/kernel/limits.ts';
import type { Instant } from '../core/kernel/time.ts';
import { makeSweep } from '../core/outbox/sweep.ts';
import { makeWaiting } from '../core/outbox/waiting.ts';

const waiting = makeWaiting();
const sweep = makeSweep(bootDue(), bootDoorbells(), pollMs(), waiting.note);
const switches = bootTurns();
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
      logger.error('pass failed', { error: errorName(error), why: whyOf(error) }); // The next pass looks again.
    }
    await clock.until((began + betweenPassesMs) as Instant);
  }
  const { reasons, old } = waiting.count(clock.now());
  for (const [reason, many] of reasons)
    metrics.addMetric(`waiting-${reason}`, MetricUnit.Count, many);
  metrics.addMetric('withdrawals-old', MetricUnit.Count, old);
  await countSwitches();
  if (passes === 0) throw new Error('no pass of this run succeeded'); // Raises the alarm sweep-errors.
});

/** What is switched off, and what is stopped, must not be forgotten. */
async function countSwitches(): Promise<void> {
  try {
    const off = [...(await switches.turns()).values()].filter(({ on }) => !on);
    for (const { lever } of off) logger.warn('switched off', { lever });
    metrics.addMetric('switched-off', MetricUnit.Count, off.length);
  } catch (error) {
    logger.error('switches cannot be read', { error: errorName(error), why: whyOf(error) });
  }
}
