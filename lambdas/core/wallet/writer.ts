/**
 * 2-debit: the one writer of a wallet's ledger. Holds that end, which wait for nobody, and what waits in the inbox become true
 * together, in one transaction with their block, as many as fit. The condition on the balance decides; the index only says
 * what to look at. (docs/decisions/0036-one-writer-for-a-wallet.md)
 */
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import {
  heldPlaceIn,
  isWalletId,
  isWithdrawalId,
  type OperationId,
  type WalletId,
} from '../kernel/ids.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import { isAtBrokerage, type Wallet } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import { commitGroups, type Store, type WalletWith } from '../store/store.ts';
import { asManyAsFit } from '../store/weight.ts';
import type { Switches } from '../switches/switches.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import { applyInOrder, type Operation } from './debit.ts';
import { showHeld } from './held.ts';
import { endOf } from './holds.ts';
import { untilRipe } from './inbox.ts';
import {
  inboxSettleMs,
  inboxShardsMax,
  inboxStaleMs,
  postingsMax,
  ringSkewMs,
  walletsRememberedMax,
} from './limits.ts';

export type WriterWorld = {
  store: Store;
  switches: Switches;
  clock: Clock;
  dice: Dice;
  budget: Budget;
};
/** What is remembered of a wallet's inbox only saves reads, so losing it does no harm. */
type Known = { shards: number; takenUpTo: Instant };
export type InboxMemory = Map<WalletId, Known>;
type Rung = { walletId: WalletId; ending: OperationId[]; inbox: boolean };

export const makeWriter =
  (world: WriterWorld, memory: InboxMemory) =>
  /**
   * Writes what the doorbells name: wallets, whose inboxes it looks into, and withdrawals whose hold ends. `rungAt` is when the
   * last of them was rung. It answers `unfinished` when its time ran out first.
   */
  async (ids: readonly string[], rungAt: Instant): Promise<'done' | 'unfinished'> => {
    const rung = await byWallet(world, ids);
    const ends = await all(rung.map((one) => writeWallet(world, memory, one, rungAt)));
    return ends.includes('unfinished') ? 'unfinished' : 'done';
  };

async function byWallet({ store }: WriterWorld, ids: readonly string[]): Promise<Rung[]> {
  // Older code rings without the wallet, which is read first then.
  const alone = ids.filter(isWithdrawalId);
  const found = alone.length === 0 ? [] : await store.withdrawals(alone);
  const held = [...found, ...ids.flatMap((id) => heldPlaceIn(id) ?? [])];
  const ending = Map.groupBy(held, ({ walletId }) => walletId);
  const inboxes = new Set(ids.filter(isWalletId));
  return [...new Set([...inboxes, ...ending.keys()])].map((walletId) => ({
    walletId,
    ending: (ending.get(walletId) ?? []).map(({ id }) => id),
    inbox: inboxes.has(walletId),
  }));
}

async function writeWallet(
  world: WriterWorld,
  memory: InboxMemory,
  { walletId, ending, inbox }: Rung,
  rungAt: Instant,
): Promise<'done' | 'unfinished'> {
  const { store, clock, budget } = world;
  const known = memory.get(walletId) ?? { shards: 1, takenUpTo: 0 as Instant };
  // Whatever this was rung for has been taken by a look that was later.
  const looks = inbox && later(rungAt, ringSkewMs) > known.takenUpTo;
  if (!looks && ending.length === 0) return 'done';
  if (looks) await untilRipe(clock, rungAt);
  let { shards } = known;
  const left = new Set(ending);
  while (budget.allows({ calls: 0 })) {
    // One shard of the index may be read long before another: only what was ripe before the first read may be taken.
    const settledBefore = later(clock.now(), -inboxSettleMs);
    const listed = looks ? await store.inbox(walletId, shards, postingsMax) : [];
    const ripe = listed.filter(({ acceptedAt }) => acceptedAt <= settledBefore).map(({ id }) => id);
    const found = await store.walletWith(walletId, [...left, ...ripe]);
    if (found === null) throw new Error(`operations without their wallet ${walletId}`);
    const { wallet, balance } = found;
    if (looks && wallet.inboxShards > shards) {
      shards = wallet.inboxShards;
      continue;
    }
    const now = clock.now();
    const waiting = waitingIn(found, ripe);
    if (isAtBrokerage(wallet)) await handOver(store, waiting, now);
    // A doorbell is believed in nothing: whose a withdrawal is, its own item says.
    const own = found.withdrawals.filter((one) => one.walletId === walletId);
    const endings = own.flatMap((one) => endOf(one, now) ?? []);
    const operations = await mayBeApplied(world, wallet, waiting);
    const items = [...endings, ...operations].slice(0, postingsMax);
    const isFull = listed.length >= postingsMax;
    if (items.length === 0) {
      const isStale = isFull && waiting.length === 0 && ripe.length > 0;
      if (!isStale) return 'done';
      await clock.until(later(now, inboxStaleMs));
      continue;
    }
    const changes = asManyAsFit(items, (some) => applyInOrder(balance, some, now));
    // When it is refused, the next round reads what is true now.
    if ((await store.commit(changes)).length > 0) continue;
    if (isFull) await grow(store, wallet);
    const made = changes.flatMap((one) =>
      one.change === 'withdrawal' || one.change === 'transaction' ? [one.to.id] : [],
    );
    for (const id of made) left.delete(id);
    if (isFull || made.length < endings.length + operations.length) continue;
    if (wallet.status === 'ACTIVE' && looks) {
      if (memory.size >= walletsRememberedMax) memory.clear();
      memory.set(walletId, { shards, takenUpTo: settledBefore });
    }
    return 'done';
  }
  return 'unfinished';
}

/** What waits while the wallet is suspended waits until it is ACTIVE again; a brokerage's cash is 2-journal's to ask for. */
async function mayBeApplied(
  world: WriterWorld,
  wallet: Wallet,
  waiting: readonly Operation[],
): Promise<readonly Operation[]> {
  if (waiting.length === 0 || isAtBrokerage(wallet) || wallet.status === 'SUSPENDED') return [];
  const held = await world.switches.held('debit');
  if (held === null) return waiting;
  await showHeld(world, wallet, held);
  return [];
}

/** The operations that still wait, in the order of their ids. */
function waitingIn(
  { withdrawals, transactions }: WalletWith,
  ids: readonly OperationId[],
): Operation[] {
  const byId = new Map<OperationId, Operation>();
  for (const one of withdrawals) if (isRequested(one)) byId.set(one.id, one);
  for (const one of transactions) if (one.status === 'PENDING') byId.set(one.id, one);
  // The index may show a withdrawal at two places for a moment after it was taken up again.
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

const isRequested = (one: Withdrawal): one is In<'requested'> => one.stage === 'requested';

/** What older code has accepted for a wallet at a brokerage does not say so yet, and 2-journal is not rung for it. */
async function handOver(store: Store, waiting: readonly Operation[], now: Instant): Promise<void> {
  const groups = waiting.flatMap((from): { changes: Change[] }[] => {
    if (!('stage' in from) || from.atBrokerage) return [];
    const to = { ...from, atBrokerage: true, version: from.version + 1, updatedAt: now };
    return [{ changes: [{ change: 'withdrawal', from, to }] }];
  });
  await commitGroups(store, groups);
}

/** More wait than one transaction holds, so others get parts of the inbox of their own to wait in. */
async function grow(store: Store, { id: walletId, inboxShards: from }: Wallet): Promise<void> {
  const to = Math.min(2 * from, inboxShardsMax);
  if (to > from) await store.commit([{ change: 'inbox-shards', walletId, from, to }]);
}
