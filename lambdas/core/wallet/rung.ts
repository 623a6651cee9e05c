/** What doorbells of 2-debit name, by wallet. */
import {
  heldPlaceIn,
  isWalletId,
  isWithdrawalId,
  type OperationId,
  type WalletId,
  waitingPlaceIn,
} from '../kernel/ids.ts';
import { placeOf } from '../kernel/place.ts';
import type { Store } from '../store/store.ts';
import type { Named } from './look.ts';

/** Withdrawals whose hold may end, those that may wait, and whether all is to be looked at that waits in the wallet. */
export type Rung = { walletId: WalletId; ending: OperationId[]; named: Named[]; inbox: boolean };

export async function byWallet(
  store: Pick<Store, 'withdrawals'>,
  ids: readonly string[],
): Promise<Rung[]> {
  // Older code rings without the wallet, which is read first then.
  const alone = ids.filter(isWithdrawalId);
  const found = alone.length === 0 ? [] : await store.withdrawals(alone);
  const held = [...found, ...ids.flatMap((id) => heldPlaceIn(id) ?? [])];
  const ending = Map.groupBy(held, ({ walletId }) => walletId);
  const waiting = ids.flatMap((id) => waitingPlaceIn(id) ?? []);
  const named = Map.groupBy(waiting, ({ walletId }) => walletId);
  const inboxes = new Set(ids.filter(isWalletId));
  return [...new Set([...inboxes, ...ending.keys(), ...named.keys()])].map((walletId) => ({
    walletId,
    ending: (ending.get(walletId) ?? []).map(({ id }) => id),
    named: (named.get(walletId) ?? []).map(({ id, acceptedAt }) => ({
      id,
      place: placeOf(acceptedAt, id),
    })),
    inbox: inboxes.has(walletId),
  }));
}
