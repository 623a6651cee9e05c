/**
 * The check that a payout's cash is still with the firm. Alpaca can reverse or correct an executed journal
 * (https://docs.alpaca.markets/us/docs/funding-via-journals), so the brokerage is asked right before a payout is signed.
 */
import { all } from '../kernel/all.ts';
import { journalPollMaxMs, journalReviewMs, journalSettleMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { commitGroups } from '../store/store.ts';
import { aboutWithdrawal } from '../withdrawal/about.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import { waits } from '../withdrawal/waits.ts';
import { type Failure, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { followJournals } from './journal.ts';
import { type PerhapsBrokerage, withBrokerage } from './world.ts';

/** Whether the money came from a brokerage: no other withdrawal was ever `debiting`. */
export const hasJournal = ({ history }: Withdrawal): boolean =>
  history.some(({ stage }) => stage === 'debiting');

/** Answers those whose cash is with the firm now. By the brokerage's word, others are refunded, wait or go to REVIEW. */
export async function stillFunded<W extends Withdrawal>(
  given: PerhapsBrokerage,
  withdrawals: readonly W[],
): Promise<W[]> {
  const asking = withdrawals.filter(hasJournal);
  const funded = withdrawals.filter((one) => !hasJournal(one));
  // Two calls: the status and, if that is not good, the list. A withdrawal without time for them is rung again by sweep.
  if (asking.length === 0 || !given.budget.allows({ calls: 2 })) return funded;
  const world = withBrokerage(given);
  const journals = await world.store.journals(
    asking.map(({ id }) => id),
    'debit',
  );
  const groups = await all(
    asking.map(async (from) => {
      const journal = journals.find(({ withdrawalId }) => withdrawalId === from.id);
      if (journal === undefined) throw new Error(`${from.id} was debited without its journal`);
      const now = world.clock.now();
      const answer = await aboutWithdrawal(from, () =>
        followJournals(world.brokerage, journal, now),
      );
      if (!isThere(answer))
        return [
          {
            changes: [
              { change: 'withdrawal', from, to: withoutCash(world, from, answer) } as const,
            ],
          },
        ];
      funded.push(from);
      return [];
    }),
  );
  await commitGroups(world.store, groups.flat());
  return funded;
}

type Followed = Awaited<ReturnType<typeof followJournals>>;

/** The successor of a journal that was corrected, if it has the same amount, is as good as the journal itself. */
const isThere = (answer: Followed): boolean =>
  answer === 'moved' || (typeof answer === 'object' && 'successor' in answer);

/** What becomes of a withdrawal whose cash is not known to be there. */
function withoutCash(
  { clock, dice }: PerhapsBrokerage,
  from: Withdrawal,
  answer: Followed,
): Withdrawal {
  const now = clock.now();
  if (answer === 'not-moved') {
    const message = 'The brokerage took back the cash.';
    const failure: Failure = { code: 'BROKERAGE_REJECTED', message, retryable: false };
    const facts = { failure, proof: { proof: 'never-sent' } } as const;
    return moveTo(from, 'refunding', facts, now, message);
  }
  if (typeof answer === 'object' && 'why' in answer) return inReview(from, answer.why, now);
  const last = from.history.at(-1);
  // Whatever else it waited for before says nothing about the cash.
  const waited = last?.detail === waits['cash-unclear'].detail ? now - last.at : 0;
  if (waited > journalReviewMs)
    return inReview(from, 'The brokerage does not say whether the cash is still there.', now);
  const wait = Math.min(Math.max(waited / 4, journalSettleMs), journalPollMaxMs);
  return waitFor(from, Math.round(now + wait) as Instant, 'cash-unclear', now, dice);
}
