/** When sweep is to look at a withdrawal, and where it finds it. */
import { dueFreshMs, lostDoorbellMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';

type Timed = { createdAt: Instant; dueAt: Instant | null; nextAttemptAt: Instant | null };

/**
 * The `dueAt` of a withdrawal that has just come into another stage. What has been due for a while is looked at less and less
 * often, and if what the move rings for is lost, that would be late. Moving it costs index writes, so what is fresh stays.
 */
export const dueAfter = ({ dueAt }: Pick<Timed, 'dueAt'>, at: Instant): Instant =>
  dueAt !== null && at - dueAt <= dueFreshMs ? dueAt : later(at, lostDoorbellMs);

/**
 * Whether sweep comes by in time without an entry in the index of what is due, because the withdrawal is so young that the list of
 * all that is open has it among what is looked at each time. Most withdrawals never need another entry.
 */
export const isSeenAnyway = ({ createdAt, dueAt, nextAttemptAt }: Timed): boolean =>
  nextAttemptAt === null && dueAt !== null && dueAt - createdAt <= dueFreshMs;
