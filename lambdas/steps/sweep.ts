/** The only timer: it starts each minute, and makes a pass every few seconds until the minute is over. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Progress } from '../adapters/dynamo/sweep-progress.ts';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootDoorbells, bootDue, bootProgress, bootUnlisted } from '../boot/outbox.ts';
import { passMs, pollMs } from '../boot/settings.ts';
import { bootTurns } from '../boot/switches.ts';
import { clock } from '../boot/world.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import { sweepRunMs } from '../core/kernel/limits.ts';
import type { Instant } from '../core/kernel/time.ts';
import { scanOn } from '../core/outbox/scan.ts';
import { makeSweep } from '../core/outbox/sweep.ts';
import { makeWaiting } from '../core/outbox/waiting.ts';

const waiting = makeWaiting();
const index = bootDue();
const unlisted = bootUnlisted();
const progress = bootProgress();
const doorbells = bootDoorbells();
const switches = bootTurns();
const pace = { pollMs: pollMs(), passMs: passMs() };
let begun: { pass: ReturnType<typeof makeSweep>; at: Progress } | null = null;

export const handler = observed(async (): Promise<void> => {
  const end = clock.now() + sweepRunMs;
  let passes = 0;
  while (clock.now() < end) {
    const began = clock.now();
    try {
      const { pass } = await begin();
      await pass(began);
      passes += 1;
    } catch (error) {
      logger.error('pass failed', { error: errorName(error), why: whyOf(error) }); // The next pass looks again.
    }
    await scan(began);
    await clock.until((began + pace.passMs) as Instant);
  }
  const { reasons, old } = waiting.count();
  for (const [reason, many] of reasons)
    metrics.addMetric(`waiting-${reason}`, MetricUnit.Count, many);
  metrics.addMetric('withdrawals-old', MetricUnit.Count, old);
  await countSwitches();
  await keepProgress();
  if (passes === 0) throw new Error('no pass of this run succeeded'); // Raises the alarm sweep-errors.
});

/** A worker goes on where the last one was, and then remembers. */
async function begin() {
  if (begun === null) {
    const at = await progress.load();
    begun = { pass: makeSweep(index, doorbells, pace, waiting, at.laps), at };
  }
  return begun;
}

/** It goes on also where a pass has failed for what it cannot read. */
async function scan(now: Instant): Promise<void> {
  if (begun === null) return;
  try {
    const { scanned, mended, unreadable } = await scanOn(unlisted, begun.at.scanned, now);
    begun.at.scanned = scanned;
    if (mended > 0) logger.warn('was in no list of sweep', { mended });
    for (const item of unreadable)
      logger.error('an open item in no list of sweep cannot be read', { item });
  } catch (error) {
    logger.error('scan failed', { error: errorName(error), why: whyOf(error) });
  }
}

/** What is not kept costs laps that begin anew, should this worker be lost. */
async function keepProgress(): Promise<void> {
  try {
    if (begun !== null) await progress.save(begun.at);
  } catch (error) {
    logger.error('progress not kept', { error: errorName(error), why: whyOf(error) });
  }
}

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
