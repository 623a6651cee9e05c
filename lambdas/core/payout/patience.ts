/** How long a payout that cannot go now waits until it is looked at again: the longer it waits already, the longer. */
import { type Instant, later } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import { waitFor } from '../withdrawal/retry.ts';
import { inStageSince } from '../withdrawal/timeline.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import {
  payableWaitMaxMs,
  payableWaitMinMs,
  payoutLateFactor,
  payoutLateMs,
  signedWaitMaxMs,
} from './limits.ts';
import type { Payable, Rail, SentPayout } from './rail.ts';

/** Since when it is in its stage. */
export const standsSince = ({ history }: Payable | SentPayout, now: Instant): Instant =>
  inStageSince(history) ?? now;

/** Signed bytes are taken at once, if at all; what is taken is final after a while. */
export const isLate = (from: SentPayout, { finalityMs }: Rail, now: Instant): boolean => {
  const usualMs = from.stage === 'signed' ? 0 : payoutLateFactor * finalityMs;
  return now - standsSince(from, now) > usualMs + payoutLateMs;
};

/** The payout, waiting visibly. */
export function waitWhile<W extends Payable | SentPayout>(
  from: W,
  reason: WaitReason,
  now: Instant,
  dice: Dice,
): W {
  const isSigned = from.stage === 'signed' || from.stage === 'broadcast';
  const most = isSigned ? signedWaitMaxMs : payableWaitMaxMs;
  const waitMs = Math.min(Math.max((now - standsSince(from, now)) / 4, payableWaitMinMs), most);
  return waitFor(from, later(now, waitMs), reason, now, dice);
}
