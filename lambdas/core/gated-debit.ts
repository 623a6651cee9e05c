/** 2-debit behind the circuit breakers of the brokerage: what it could not be asked now is not begun. */
import { journaling } from './breaker-names.ts';
import type { PerhapsBrokerage } from './brokerage-debit.ts';
import { makeDebit } from './debit.ts';
import type { Gates } from './gates.ts';
import { type Instant, isWithdrawalId, type WalletId } from './ids.ts';
import { waitFor } from './retry.ts';
import { isAtBrokerage } from './wallet.ts';

export const makeGatedDebit = ({ gates, ...world }: PerhapsBrokerage & { gates: Gates }) => {
  const debit = makeDebit(world);
  return async (walletId: WalletId): Promise<'done' | 'unfinished'> => {
    const { brokerage, store } = world;
    if (brokerage === null || !(await gates.isShut(journaling))) return debit(walletId);
    const found = await store.wallet(walletId);
    if (found === null || !isAtBrokerage(found.wallet)) return debit(walletId);
    const until = await gates.check(journaling);
    if (until === null) return debit(walletId);
    await wait(world, walletId, until);
    return 'done';
  };
};

/** The oldest waits for the brokerage, visible as RETRYING, and those behind it for their turn. */
async function wait(
  { store, clock, dice }: PerhapsBrokerage,
  walletId: WalletId,
  until: Instant,
): Promise<void> {
  const [oldest] = await store.inbox(walletId, 1);
  if (oldest === undefined || !isWithdrawalId(oldest.id)) return;
  const [from] = await store.withdrawals([oldest.id]);
  const now = clock.now();
  if (from === undefined || (from.nextAttemptAt !== null && from.nextAttemptAt > now)) return;
  if (from.stage !== 'requested' && from.stage !== 'debiting') return;
  await store.commit([{ change: 'withdrawal', from, to: waitFor(from, until, now, dice) }]);
}
