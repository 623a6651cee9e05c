/**
 * What came into the list of a wallet's withdrawals after that had been taken up to behind its place: its clock was behind, or its
 * write took long. A doorbell names it. What cannot be applied then waits in the inbox, where every look finds it in its order.
 */
import { type Place, placeOf } from '../kernel/place.ts';
import type { Change } from '../store/change.ts';
import { commitGroups, type Store } from '../store/store.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import type { Operation } from './debit.ts';

export const isLate = (one: Operation, takenUpTo: Place | null): one is In<'requested'> =>
  'stage' in one &&
  one.listed === true &&
  takenUpTo !== null &&
  placeOf(one.createdAt, one.id) <= takenUpTo;

export async function enterLate(
  store: Store,
  waiting: readonly Operation[],
  takenUpTo: Place | null,
): Promise<void> {
  const late = waiting.filter((one) => isLate(one, takenUpTo));
  const groups = late.map((from): { changes: Change[] } => {
    const { listed, ...entered } = from;
    const to = { ...entered, version: from.version + 1 };
    return { changes: [{ change: 'withdrawal', from, to }] };
  });
  await commitGroups(store, groups);
}
