/** How old what a look-up of a transfer stands on may be. */
import { expect, test } from '@jest/globals';
import { onRampProofMs } from '../../lambdas/core/kernel/limits.ts';
import { conversionEffect, type OnRampWorld } from '../../lambdas/core/on-ramp/conversion.ts';
import { bookedAt, effectOf, made } from '../support/books.ts';
import { testOnRamp } from '../support/on-ramp.ts';
import { at, plenty, testClock } from '../support/things.ts';

const sentAt = 10_000_000;
const minuteMs = 60_000;
test.each<[string, number | null, number, number]>([
  ['a look after the only request', null, 10 * minuteMs, 10 * minuteMs],
  ['one that comes before it, by our clock', null, -1, 0],
  ['the second look, before it proves anything', 5 * minuteMs, 5 * minuteMs + onRampProofMs - 1, 0],
  ['the look that proves the absence, at first', 5 * minuteMs, 5 * minuteMs + onRampProofMs, 0],
  [
    '… and when it goes on with a long list',
    5 * minuteMs,
    5 * minuteMs + onRampProofMs + 40_000,
    40_000,
  ],
])('%s', async (_, nothingAfterMs, nowAfterMs, noOlderThanMs) => {
  const clock = testClock(sentAt + nowAfterMs);
  const asked: unknown[] = [];
  const onRamp: OnRampWorld['onRamp'] = {
    ...testOnRamp(clock).onRamp,
    transfersBetween: async (_from, _to, how) => {
      asked.push(how?.noOlderThanMs);
      return { ok: true, value: [] };
    },
  };
  const { withdrawal } = bookedAt(made(['converting']), 0);
  if (withdrawal.stage !== 'converting') throw new Error('not the stage that was made');
  const effect = {
    ...effectOf(withdrawal, null),
    firstSentAt: at(sentAt),
    lastSentAt: at(sentAt),
    nothingSince: nothingAfterMs === null ? null : at(sentAt + nothingAfterMs),
  };
  const world: Pick<OnRampWorld, 'onRamp' | 'clock' | 'budget'> = { onRamp, clock, budget: plenty };
  await conversionEffect(world as OnRampWorld).lookUp([{ withdrawal, effect }]);
  expect(asked).toEqual([noOlderThanMs]);
});
