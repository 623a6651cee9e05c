/** Reads withdrawals that somebody names, and the wallets that only they name. */
import { isWithdrawalId, type WalletId, type WithdrawalId } from '../kernel/ids.ts';
import { eachSideBySide } from '../kernel/side-by-side.ts';
import type { Instant } from '../kernel/time.ts';
import { stages, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Booked, Unreadable } from './books.ts';
import { namedRoundsMax, readSideBySide, readTogether } from './limits.ts';
import type { Books } from './ports.ts';
import { type Pace, readWallets, type WalletReads } from './wallets.ts';

export type Found = Booked | Unreadable;
export const isUnreadable = (one: Found): one is Unreadable => 'row' in one;
/** The id in the key of its row, whatever it is. */
export const idIn = (one: Found): WithdrawalId[] =>
  'row' in one
    ? [one.withdrawalId ?? (one.row.slice('WD#'.length).split(' ')[0] as WithdrawalId)]
    : [one.withdrawal.id];

/** Reads them after everything else. A wallet that only a withdrawal names is read, and then what that names. */
export async function readWithdrawals(
  books: Books,
  asked: Set<WithdrawalId>,
  known: Set<WalletId>,
  pace: Pace,
  reads: WalletReads,
): Promise<Found[]> {
  let found: Found[] = [];
  let wanted = new Set([...asked, ...[...reads.named].filter(isWithdrawalId)]);
  for (let round = 0; wanted.size > 0; round += 1) {
    for (const id of wanted) asked.add(id);
    found = found.filter((one) => !idIn(one).some((id) => wanted.has(id)));
    found.push(...(await readNamed(books, [...wanted], pace)));
    const strange = walletsOf(found).filter((id) => !known.has(id));
    if (strange.length === 0 || round === namedRoundsMax) break;
    for (const id of strange) known.add(id);
    await readWallets(books, strange, pace, reads);
    // Their ledgers were read after these withdrawals, which may have gone on since.
    const again = found.filter((one) => walletsOf([one]).some((id) => strange.includes(id)));
    const named = [...reads.named].filter(isWithdrawalId).filter((id) => !asked.has(id));
    wanted = new Set([...again.flatMap(idIn), ...named]);
  }
  return found;
}

const walletsOf = (found: readonly Found[]): WalletId[] => [
  ...new Set(found.flatMap((one) => ('row' in one ? [] : [one.withdrawal.walletId]))),
];

async function readNamed(
  books: Books,
  ids: readonly WithdrawalId[],
  { onTime }: Pace,
): Promise<Found[]> {
  const found: Found[] = [];
  const parts = Array.from({ length: Math.ceil(ids.length / readTogether) }, (_, index) =>
    ids.slice(index * readTogether, (index + 1) * readTogether),
  );
  await eachSideBySide(parts, readSideBySide, async (part) => {
    onTime();
    found.push(...(await books.named(part)));
  });
  return found;
}

/** Whether the withdrawal has not ended, or has ended since then. */
export const isOpenSince = ({ stage, updatedAt }: Withdrawal, from: Instant): boolean =>
  stages[stage].step !== null || stage === 'review' || updatedAt >= from;
