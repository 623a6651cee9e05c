/** How long a payout that cannot go now waits until it is looked at again: the longer it waits already, the longer. */
import { type Instant, later } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import { waitFor, waitReasonOf } from '../withdrawal/retry.ts';
import { inStageSince } from '../withdrawal/timeline.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import {
  payableWaitMaxMs,
  payableWaitMinMs,
  payoutLateFactor,
  payoutLateMs,
  reasonStandsMs,
  signedWaitMaxMs,
} from './limits.ts';
import { isSent, type Payable, type Rail, type SentPayout } from './rail.ts';

/** Since when it is in its stage. */
export const standsSince = ({ history }: Payable | SentPayout, now: Instant): Instant =>
  inStageSince(history) ?? now;

/** Signed bytes are taken at once, if at all; what is taken is final after a while. */
export const isLate = (from: SentPayout, { finalityMs }: Rail, now: Instant): boolean => {
  const usualMs = from.stage === 'signed' ? 0 : payoutLateFactor * finalityMs;
  return now - standsSince(from, now) > usualMs + payoutLateMs;
};

/** Why a signed payout gets no other bytes, as its rail says. */
const whyNoOthers: readonly WaitReason[] = [
  'treasury-short',
  'gas-short',
  'gas-above-cap',
  'fee-above-cap',
  'slots-short',
  'payer-replaced',
  'payer-key-missing',
];

/**
 * The reason why it gets no other bytes, where that was told a short while ago; `null`: it was not. One look that finds nothing in the way but
 * that the payout is late may be chance (the price of a block, the word of one node), and its timeline would tell two reasons by turns.
 */
export function standingReason(from: SentPayout, now: Instant): WaitReason | null {
  const told = waitReasonOf(from);
  const since = from.history.at(-1)?.at ?? now;
  const stands = told !== null && whyNoOthers.includes(told) && now - since < reasonStandsMs;
  return stands ? told : null;
}

/** The payout, waiting visibly. */
export function waitWhile<W extends Payable | SentPayout>(
  from: W,
  reason: WaitReason,
  now: Instant,
  dice: Dice,
): W {
  const most = isSent(from) ? signedWaitMaxMs : payableWaitMaxMs;
  const waitMs = Math.min(Math.max((now - standsSince(from, now)) / 4, payableWaitMinMs), most);
  return waitFor(from, later(now, waitMs), reason, now, dice);
}
