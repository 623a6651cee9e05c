/** What a worker remembers of wallets. It only saves reads and rings, so losing it does no harm. */
import type { OperationId, WalletId } from '../kernel/ids.ts';
import type { Place } from '../kernel/place.ts';
import type { Instant } from '../kernel/time.ts';
import { walletsRememberedMax } from './limits.ts';
import type { Shards } from './look.ts';

export type Known = {
  shards: Shards;
  /** Up to where the list had been taken by the latest look, and when that was. */
  from: Place;
  lookedAt: Instant;
  /** Whatever was rung for until then has been taken, by a look that read these: a name that is missing there came too late for it. */
  takenUpTo: Instant;
  read: ReadonlySet<OperationId>;
  /** When what a turn had left was rung for. */
  handedOnAt: Instant;
};
export type InboxMemory = Map<WalletId, Known>;

const never = 0 as Instant;
export const nothingKnown: Known = {
  shards: { inboxShards: 1, listShards: 1 },
  from: '',
  lookedAt: never,
  takenUpTo: never,
  read: new Set(),
  handedOnAt: never,
};

export function remember(memory: InboxMemory, walletId: WalletId, known: Known): void {
  if (memory.size >= walletsRememberedMax) memory.clear();
  memory.set(walletId, known);
}
