/**
 * A conversion that takes longer than is usual says on its timeline what it waits for, whatever that is: dollars that have
 * not reached the on-ramp, a transfer that is not paid, an answer that nobody gives. Nothing else becomes of it by that.
 */
import { conversionLateMs, onRampPollMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { commitGroups } from '../store/store.ts';
import { waitFor, waitReasonOf } from '../withdrawal/retry.ts';
import { inStageSince } from '../withdrawal/timeline.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { OnRampWorld } from './conversion.ts';
import type { TransferState } from './provider.ts';

type Underway = In<'converting'>;

/** Waits that only say that it takes long: whoever rings meanwhile, as an event of the on-ramp does, has it looked at. */
const late: readonly (WaitReason | null)[] = ['on-ramp-decides', 'dollars-late', 'conversion-late'];
export const isOnlyLate = (withdrawal: Withdrawal): boolean =>
  late.includes(waitReasonOf(withdrawal));

/** What the on-ramp has shown of a transfer in this visit, by the record as it was read. */
export type Said = { effect: ConversionRecord; state: TransferState };

const convertingSince = ({ history, updatedAt }: Underway): Instant =>
  inStageSince(history) ?? updatedAt;

/**
 * Comes last in a visit, with the withdrawals as they were read: whatever the visit itself has written of one says more, and
 * the write on its version is then refused. `unfunded`: those that wait for dollars of ours. `said`: what the on-ramp showed of
 * them, which whoever decides about one that stands for ever has to know (core/operations/review.ts).
 */
export async function sayWhatIsLate(
  { store, clock, dice }: Pick<OnRampWorld, 'store' | 'clock' | 'dice'>,
  underway: readonly Underway[],
  unfunded: ReadonlySet<string>,
  said: ReadonlyMap<string, Said>,
): Promise<void> {
  const now = clock.now();
  const groups = underway.flatMap((from): { changes: Change[] }[] => {
    const ageMs = now - convertingSince(from);
    if (ageMs < conversionLateMs) return [];
    const reason: WaitReason = unfunded.has(from.id) ? 'dollars-late' : 'conversion-late';
    const until = later(now, Math.max(onRampPollMs, ageMs / 40));
    const to = waitFor(from, until, reason, now, dice);
    // By itself, for what waits for something else in this visit is written already.
    const keeping = kept(said.get(from.id), now);
    return [{ changes: [{ change: 'withdrawal', from, to }] }, { changes: keeping }];
  });
  await commitGroups(store, groups);
}

/** A state is written once, when it is shown for the first time. */
function kept(said: Said | undefined, now: Instant): Change[] {
  if (said === undefined || said.effect.lastSaid === said.state) return [];
  const { effect, state } = said;
  const to = { ...effect, version: effect.version + 1, lastSaid: state, lastSaidAt: now };
  return [{ change: 'record', to }];
}
