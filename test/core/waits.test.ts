/** What waits is looked at soon at first, and less often when it has waited for long. */
import { expect, test } from '@jest/globals';
import { later } from '../../lambdas/core/kernel/time.ts';
import { waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import type { WaitReason } from '../../lambdas/core/withdrawal/waits.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';

const [second, minute] = [1_000, 60_000];
const dice = { roll: () => 0 };

test.each<{ reason: WaitReason; after: number; wants: number }>([
  { reason: 'node-away', after: 14 * minute, wants: 15 * second },
  { reason: 'node-away', after: 17 * minute, wants: 30 * second },
  { reason: 'node-away', after: 24 * 60 * minute, wants: minute },
  { reason: 'brokerage-away', after: 14 * minute, wants: 15 * second },
  { reason: 'brokerage-away', after: 24 * 60 * minute, wants: 15 * minute },
  { reason: 'on-ramp-away', after: 55 * minute, wants: 10 * minute },
  { reason: 'on-ramp-away', after: 24 * 60 * minute, wants: 60 * minute },
  { reason: 'treasury-short', after: 24 * 60 * minute, wants: 15 * second },
])('$reason for $after ms already: it is left alone for $wants ms', ({ reason, after, wants }) => {
  const since = at(0);
  const waits = (from: ReturnType<typeof requestedOf>, ms: number) => {
    const now = later(since, ms);
    return waitFor(from, later(now, 15 * second), reason, now, dice);
  };
  const now = later(since, after);
  const again = waits(waits(requestedOf(walletOf()), 0), after);
  expect(Number(again.nextAttemptAt) - now).toBe(wants);
});
