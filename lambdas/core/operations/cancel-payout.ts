/**
 * Our word that a signed payout is to be cancelled on the chain. It moves nothing: 4-broadcast reads `ending`, has the
 * exclusive resource used up by a cancellation, and only that one's final place in the chain gives the money back.
 */
import type { Instant } from '../kernel/time.ts';
import { cancelledByUs, ending } from '../payout/ending.ts';
import { backTo } from '../withdrawal/endings.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Attestation, asked, type Evidence, type Refused } from './review.ts';

const takenUp = 'Taken up again after a review.';

export function cancelPayout(
  { withdrawal, attempt }: Evidence,
  { note }: Attestation,
  now: Instant,
  dueAfterMs: number,
): Withdrawal | Refused {
  const { stage } = withdrawal;
  if (stage !== 'signed' && stage !== 'broadcast' && stage !== 'review')
    return { refused: `It has no payout under way that could be cancelled, it is ${stage}.` };
  if (!attempt || withdrawal.attempts === undefined)
    return { refused: 'There is no signed payout on record.' };
  if (withdrawal.ending !== undefined) return { refused: 'Its payout is being cancelled already.' };
  if (stage === 'review') return fromReview(withdrawal, note, now, dueAfterMs);
  return asked(ending(withdrawal, cancelledByUs, now), note, now, dueAfterMs);
}

function fromReview(
  withdrawal: In<'review'>,
  note: string,
  now: Instant,
  dueAfterMs: number,
): Withdrawal | Refused {
  const { failure: _, heldFrom, ...held } = withdrawal;
  const back = heldFrom === 'broadcast' ? backTo(heldFrom, held, now, takenUp) : null;
  if (back?.stage !== 'broadcast')
    return { refused: `Nobody knows of a payout of what was ${heldFrom}.` };
  // One write is one line: clients are told that it is taken up, and by the next visit what it waits for.
  const { version, history } = back;
  return asked({ ...ending(back, cancelledByUs, now), version, history }, note, now, dueAfterMs);
}
