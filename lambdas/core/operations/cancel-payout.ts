/**
 * Our word that a signed payout is to be cancelled on the chain. It moves nothing: 4-broadcast reads `ending`, has the
 * exclusive resource used up by a cancellation, and only that one's final place in the chain gives the money back.
 */
import type { Instant } from '../kernel/time.ts';
import { backTo } from '../withdrawal/endings.ts';
import { withLine } from '../withdrawal/timeline.ts';
import type { Failure, In, Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Attestation, asked, type Evidence, ended, type Refused } from './review.ts';

const detail = 'The payout is to be cancelled.';
const ending: Failure = ended('PAYOUT_CANCELLED', 'The payout was cancelled on the chain.');

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
  // The line is no change of stage and no retry, as that of a wait is none.
  const line = { stage, at: now, attempt: 0, detail };
  const to: Withdrawal = {
    ...withdrawal,
    version: withdrawal.version + 1,
    updatedAt: now,
    nextAttemptAt: null,
    history: withLine(withdrawal.history, line),
    ending,
  };
  return asked(to, note, now, dueAfterMs);
}

function fromReview(
  withdrawal: In<'review'>,
  note: string,
  now: Instant,
  dueAfterMs: number,
): Withdrawal | Refused {
  const { failure: _, heldFrom, ...held } = withdrawal;
  if (heldFrom !== 'broadcast')
    return { refused: `Nobody knows of a payout of what was ${heldFrom}.` };
  const to = backTo(heldFrom, { ...held, ending }, now, detail);
  return asked(to, note, now, dueAfterMs);
}
