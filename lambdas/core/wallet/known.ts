/** What a worker remembers of wallets. It saves reads and rings; what is lost with it is rung for by sweep. */
import type { OperationId, WalletId } from '../kernel/ids.ts';
import type { Place } from '../kernel/place.ts';
import type { Instant } from '../kernel/time.ts';
import { walletsRememberedMax } from './limits.ts';
import type { Named, Shards, Shown } from './look.ts';

export type Known = {
  shards: Shards;
  /** Up to where the list had been taken by the latest look, and when that was. */
  from: Place;
  lookedAt: Instant;
  /** What is behind that place, if it has been read already. */
  ahead: Shown | null;
  /** Whatever was rung for until then has been taken, by a look that read these: a name that is missing there came too late for it. */
  takenUpTo: Instant;
  read: ReadonlySet<OperationId>;
  /** When what a turn had left was rung for, and who of that was named: an index that is behind is not all that waits. */
  handedOnAt: Instant;
  waits: ReadonlyMap<OperationId, Named>;
};
export type InboxMemory = Map<WalletId, Known>;

const never = 0 as Instant;
export const nothingKnown: Known = {
  shards: { inboxShards: 1, listShards: 1 },
  from: '',
  lookedAt: never,
  ahead: null,
  takenUpTo: never,
  read: new Set(),
  handedOnAt: never,
  waits: new Map(),
};

export function remember(memory: InboxMemory, walletId: WalletId, known: Known): void {
  if (memory.size >= walletsRememberedMax) memory.clear();
  memory.set(walletId, known);
}
