/** What is counted of deliveries, in the write that makes it so: statistics read counters and no deliveries. */
import type { Delivery, DeliveryAttempt } from './webhook.ts';

/** `open` are those that have not ended. `spread`: how many attempts took how long, by the bucket of their duration. */
export type Tally = {
  open: number;
  completed: number;
  failed: number;
  attempts: number;
  spread: ReadonlyMap<number, number>;
};
export const nothing: Tally = { open: 0, completed: 0, failed: 0, attempts: 0, spread: new Map() };

/** Each bucket ends a quarter above the one before, so a percentile is exact to a quarter. */
const growth = 1.25;
/** The bucket of a duration; no attempt takes longer than those of the last. */
const bucketMax = 50;
const bucketFor = (ms: number): number =>
  ms <= 1 ? 0 : Math.min(Math.ceil(Math.log(ms) / Math.log(growth)), bucketMax);
const endOf = (bucket: number): number => Math.round(growth ** bucket);

const isOpen = ({ status }: Pick<Delivery, 'status'>): boolean =>
  status === 'PENDING' || status === 'PROCESSING';

export const created: Tally = { ...nothing, open: 1 };

/** The attempt that has ended now, and those right before it whose end nobody saw: no other end has counted them. */
function newlyEnded(from: Delivery, to: Delivery): readonly DeliveryAttempt[] {
  const last = to.attempts.length - 1;
  const isNew =
    from.attempts[last]?.completedAt === null && to.attempts[last]?.completedAt !== null;
  if (!isNew) return [];
  const counted = to.attempts.slice(0, last).findLastIndex(({ error }) => error !== 'SENT_UNKNOWN');
  return to.attempts.slice(counted + 1);
}

/** What an end of an attempt, or giving up, adds. Whatever is under way is counted when it has ended. */
export function ended(from: Delivery, to: Delivery): Tally {
  const spread = new Map<number, number>();
  const attempts = newlyEnded(from, to);
  for (const { durationMs } of attempts)
    if (durationMs !== null)
      spread.set(bucketFor(durationMs), (spread.get(bucketFor(durationMs)) ?? 0) + 1);
  return { ...moved(from, to), attempts: attempts.length, spread };
}

/** What a change of status alone adds. */
export const moved = (from: Delivery, to: Delivery): Tally => ({
  ...nothing,
  open: Number(isOpen(to)) - Number(isOpen(from)),
  completed: Number(to.status === 'COMPLETED') - Number(from.status === 'COMPLETED'),
  failed: Number(to.status === 'FAILED') - Number(from.status === 'FAILED'),
});

export function together(tallies: readonly Tally[]): Tally {
  const spread = new Map<number, number>();
  for (const one of tallies)
    for (const [bucket, count] of one.spread) spread.set(bucket, (spread.get(bucket) ?? 0) + count);
  const sum = (field: 'open' | 'completed' | 'failed' | 'attempts') =>
    tallies.reduce((total, one) => total + one[field], 0);
  return {
    open: sum('open'),
    completed: sum('completed'),
    failed: sum('failed'),
    attempts: sum('attempts'),
    spread,
  };
}

/** The duration, in ms, that this part of the attempts did not exceed; `null`: there is no attempt. */
export function percentile({ spread }: Tally, part: number): number | null {
  const buckets = [...spread].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= total * part) return endOf(bucket);
  }
  return null;
}
