/**
 * How a busy wallet gets more parts of its inbox and of the list of its withdrawals, each of them a partition of an index. Only its writer
 * gives it more, and never less: who has read the wallet before then writes into a part that is read as well.
 * (docs/decisions/0069-a-wallets-list-in-parts.md)
 */
import { behindAllOf } from '../kernel/place.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Wallet } from '../ledger/wallet.ts';
import type { ShardsOf } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import {
  inboxShardsMax,
  listBusyMs,
  listedPerSecondMax,
  listShardsMax,
  postingsMax,
} from './limits.ts';
import type { Look } from './look.ts';

/** More wait there than one transaction holds. */
export const growInbox = (store: Store, wallet: Wallet): Promise<void> =>
  grow(store, wallet, 'inboxShards', inboxShardsMax);

/** `list` is what a look has read of it. Where that was accepted fast, one more page says whether it was as fast some seconds before. */
export async function growList(store: Store, wallet: Wallet, list: Look['list']): Promise<void> {
  const { id, listShards } = wallet;
  const [first] = list;
  if (first === undefined || listShards >= listShardsMax) return;
  if (!isBusy(list, first.acceptedAt, listShards)) return;
  const earlier = later(first.acceptedAt, -listBusyMs);
  const then = await store.accepted(id, listShards, behindAllOf(earlier), postingsMax);
  if (isBusy(then, earlier, listShards)) await grow(store, wallet, 'listShards', listShardsMax);
}

/** Whether the first page of what was accepted from then on says that it was more than so many parts are for. */
function isBusy(page: Look['list'], since: Instant, shards: number): boolean {
  const last = page.at(-1);
  if (last === undefined || page.length < postingsMax) return false;
  return (last.acceptedAt - since) * listedPerSecondMax * shards < page.length * 1_000;
}

async function grow(store: Store, wallet: Wallet, of: ShardsOf, most: number): Promise<void> {
  const { id: walletId, [of]: from } = wallet;
  const to = Math.min(2 * from, most);
  if (to > from) await store.commit([{ change: 'more-shards', walletId, of, from, to }]);
}
