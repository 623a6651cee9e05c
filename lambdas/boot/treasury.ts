/** What is needed by who shows our money: the withdrawals that have not ended, and below which a treasury is low. */
import type { Currency, Minor } from '../core/kernel/money.ts';
import type { Withdrawal } from '../core/withdrawal/withdrawal.ts';
import { told } from './environment.ts';
import { bootLists } from './requests.ts';
import { read } from './setting-checks.ts';
import { treasuryLow } from './settings-table.ts';

/** What has not ended is read so far: beyond it the sums are of the oldest. So what this costs has an end. */
const openMax = 1_000;
const openPage = 200;

/** The oldest withdrawals that have not ended; `complete`: they are all there is. */
export async function oldestOpen(): Promise<{ withdrawals: Withdrawal[]; complete: boolean }> {
  const source = bootLists().oldestWithdrawals('open', null);
  const withdrawals: Withdrawal[] = [];
  let place: string | null = null;
  while (withdrawals.length < openMax) {
    const page: Awaited<ReturnType<typeof source>> = await source(place, openPage);
    const last = page.at(-1);
    if (last === undefined) return { withdrawals, complete: true };
    withdrawals.push(...page.flatMap(({ item }) => item ?? []));
    place = last.place;
  }
  return { withdrawals, complete: false };
}

/** Who sets it for one asset says nothing of the others, which would have no alarm. */
export const lowBelow = (): Partial<Record<Currency, Minor>> => ({
  ...read(treasuryLow, treasuryLow.default),
  ...told(treasuryLow),
});
