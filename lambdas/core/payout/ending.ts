/**
 * Ending a payout that is signed. From then on nothing is signed for it but what uses its resource up without paying, and the
 * chain says which of the two came first: paid all the same, or never.
 */
import type { Instant } from '../kernel/time.ts';
import { inStageSince, withLine } from '../withdrawal/timeline.ts';
import { waits } from '../withdrawal/waits.ts';
import type { Failure, TimelineEvent } from '../withdrawal/withdrawal.ts';
import { payoutHopelessMs } from './limits.ts';
import type { PayeeWhy, SentPayout } from './rail.ts';

export const cancelledByUs: Failure = {
  code: 'PAYOUT_CANCELLED',
  message: 'The payout was cancelled on chain before it was made.',
  retryable: false,
};
export const cancelledForPayee: Failure = {
  code: 'PAYOUT_CANCELLED',
  message:
    'The token does not allow a transfer to this address, so the payout was cancelled on chain.',
  retryable: false,
};

export const cancelledForPayer: Failure = {
  code: 'PAYOUT_CANCELLED',
  message:
    'The network did not take what a former treasury of ours had signed, so the payout was cancelled on chain.',
  retryable: false,
};

export const notTaken: Failure = {
  code: 'PAYOUT_REVERTED',
  message: 'The destination did not take the payment, which failed on chain.',
  retryable: false,
};

const whyNot: Record<PayeeWhy | 'frozen', string> = {
  frozen: 'The token does not allow a transfer to this address.',
  amount: 'The amount is less than the network carries to this address.',
  'amount-now': 'The amount is less than a new account of the network has to have.',
  ours: 'This is an address of ours, not of a customer.',
  receiver: 'The address is one that does not take the payment.',
};

/** Why nothing was signed for it. What is too little for ever is not tried again. */
export const notPayable = (why: PayeeWhy | 'frozen' = 'frozen'): Failure => ({
  code: 'PAYOUT_REVERTED',
  message: whyNot[why],
  retryable: why !== 'amount' && why !== 'ours',
});

/** The withdrawal whose payout is being ended. `note` is the reason that a person gave. */
export function ending<W extends SentPayout>(
  from: W,
  failure: Failure,
  now: Instant,
  note?: string,
): W {
  const { detail } = waits['being-cancelled'];
  const line = { stage: from.stage, at: now, attempt: 0, detail };
  return {
    ...from,
    version: from.version + 1,
    updatedAt: now,
    ending: failure,
    nextAttemptAt: now,
    dueAt: now,
    history: withLine(from.history, note === undefined ? line : { ...line, note }),
  };
}

/** Whether the network has not taken for so long what its payer cannot sign anew: it is ended without a person. */
export const isStranded = ({ history, createdAt }: SentPayout, now: Instant): boolean =>
  now - (inStageSince(history) ?? createdAt) >= payoutHopelessMs;

/** Whether its address has been refused for so long that it is ended without a person. A node that is away is no change of that. */
export function isHopeless({ history }: SentPayout, now: Instant): boolean {
  const tells = (
    { attempt, detail }: TimelineEvent,
    ...reasons: ('payee-refused' | 'node-away')[]
  ) => attempt === 0 && reasons.some((reason) => waits[reason].detail === detail);
  const other = history.findLastIndex((line) => !tells(line, 'payee-refused', 'node-away'));
  const first = history.slice(other + 1).find((line) => tells(line, 'payee-refused'));
  return first !== undefined && now - first.at >= payoutHopelessMs;
}
