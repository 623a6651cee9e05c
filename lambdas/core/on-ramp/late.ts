/**
 * A conversion that takes longer than is usual says on its timeline what it waits for, whatever that is: dollars that have
 * not reached the on-ramp, a transfer that is not paid, an answer that nobody gives. Nothing else becomes of it by that.
 */
import { conversionLateMs, onRampPollMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import { commitGroups } from '../store/store.ts';
import { waitFor, waitReasonOf } from '../withdrawal/retry.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { OnRampWorld } from './conversion.ts';

type Underway = In<'converting'>;

/** Waits that only say that it takes long: whoever rings meanwhile, as an event of the on-ramp does, has it looked at. */
const late: readonly (WaitReason | null)[] = ['on-ramp-decides', 'dollars-late', 'conversion-late'];
export const isOnlyLate = (withdrawal: Withdrawal): boolean =>
  late.includes(waitReasonOf(withdrawal));

const convertingSince = ({ history, updatedAt }: Underway): Instant =>
  history.findLast(({ attempt }) => attempt === undefined)?.at ?? updatedAt;

/**
 * Comes last in a visit, with the withdrawals as they were read: whatever the visit itself has written of one says more, and
 * the write on its version is then refused. `unfunded`: those that wait for dollars of ours.
 */
export async function sayWhatIsLate(
  { store, clock, dice }: Pick<OnRampWorld, 'store' | 'clock' | 'dice'>,
  underway: readonly Underway[],
  unfunded: ReadonlySet<string>,
): Promise<void> {
  const now = clock.now();
  const groups = underway.flatMap((from): { changes: Change[] }[] => {
    const ageMs = now - convertingSince(from);
    if (ageMs < conversionLateMs) return [];
    const reason: WaitReason = unfunded.has(from.id) ? 'dollars-late' : 'conversion-late';
    const until = later(now, Math.max(onRampPollMs, ageMs / 40));
    return [
      { changes: [{ change: 'withdrawal', from, to: waitFor(from, until, reason, now, dice) }] },
    ];
  });
  await commitGroups(store, groups);
}
