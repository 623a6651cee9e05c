/** When sweep is to look at a withdrawal, and where it finds it. */
import { dueFreshMs, lostDoorbellMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';

type Timed = { createdAt: Instant; dueAt: Instant | null; nextAttemptAt: Instant | null };
type Sent = Pick<Timed, 'dueAt'> & {
  stage: string;
  updatedAt: Instant;
  payoutBatch?: string | undefined;
};

/**
 * The `dueAt` of a withdrawal that has just come into another stage. What has been due for a while is looked at less and less
 * often, and if what the move rings for is lost, that would be late. Moving it costs index writes, so what is fresh stays.
 */
export const dueAfter = ({ dueAt }: Pick<Timed, 'dueAt'>, at: Instant): Instant =>
  dueAt !== null && at - dueAt <= dueFreshMs ? dueAt : later(at, lostDoorbellMs);

/**
 * Payouts of one batch are final together. So of many one is due at a time to come, when they are to be, and leads: 5-confirm, which is
 * rung for it, reads the verdicts of all of them (core/payout/confirm.ts). The others are due at no time.
 */
const isInBatch = ({ stage, payoutBatch }: Sent): boolean =>
  stage === 'broadcast' && payoutBatch !== undefined;
export const leads = (sent: Sent): boolean =>
  isInBatch(sent) && sent.dueAt !== null && sent.dueAt > sent.updatedAt;
export const isLed = (sent: Sent): boolean => isInBatch(sent) && sent.dueAt === null;

/** One that is due by itself from now on, and has not moved otherwise. */
export const dueByItself = <W extends { version: number }>(from: W, now: Instant) => ({
  ...from,
  version: from.version + 1,
  dueAt: now,
});

/**
 * Whether sweep comes by in time without an entry in the index of what is due, because the withdrawal is so young that the list of
 * all that is open has it among what is looked at each time. Most withdrawals never need another entry.
 */
export const isSeenAnyway = (withdrawal: Timed & Sent): boolean => {
  const { createdAt, dueAt, nextAttemptAt } = withdrawal;
  if (nextAttemptAt !== null || dueAt === null || leads(withdrawal)) return false;
  return dueAt - createdAt <= dueFreshMs;
};
