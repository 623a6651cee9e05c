/** How what is held back by a switch waits: visibly, not as a retry, and for a few seconds at a time. */
import { type Instant, later } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import { waitFor, waitReasonOf } from '../withdrawal/retry.ts';
import { type WaitReason, waits } from '../withdrawal/waits.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Held } from './switches.ts';

/** What is held back is looked at again after this at least and at most: a switch that is on again is noticed by then. */
export const heldMinMs = 3_000;
export const heldMaxMs = 15_000;

const heldReasons: readonly WaitReason[] = ['switch', 'processor-stopped', 'switch-unread'];
/** Whether nothing but a switch keeps it where it is. */
export const isHeld = (withdrawal: Withdrawal): boolean => {
  const reason = waitReasonOf(withdrawal);
  return reason !== null && heldReasons.includes(reason);
};

/** The withdrawal, held back. The longer it is held back already, the later it is looked at again. */
function waitHeld<W extends Withdrawal>(from: W, held: Held, now: Instant, dice: Dice): W {
  const last = from.history.at(-1);
  const since = last?.attempt === 0 && last.detail === waits[held].detail ? last.at : now;
  const until = later(now, Math.min(Math.max((now - since) / 4, heldMinMs), heldMaxMs));
  return waitFor(from, until, held, now, dice);
}

/** The change that shows that it is held back; none while it shows that already, and is not due. */
export function heldChange(
  from: Withdrawal,
  held: Held,
  now: Instant,
  dice: Dice,
): { change: 'withdrawal'; from: Withdrawal; to: Withdrawal }[] {
  const isShown = waitReasonOf(from) === held && (from.nextAttemptAt ?? 0) > now;
  return isShown ? [] : [{ change: 'withdrawal', from, to: waitHeld(from, held, now, dice) }];
}

/** The withdrawal after a call that was kept back: by a switch, or else by what `otherwise` names. */
export const waitKeptBack = <W extends Withdrawal>(
  from: W,
  { until, held }: { until: Instant; held?: Held },
  otherwise: WaitReason,
  now: Instant,
  dice: Dice,
): W =>
  held === undefined ? waitFor(from, until, otherwise, now, dice) : waitHeld(from, held, now, dice);
