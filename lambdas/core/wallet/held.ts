/** How what waits in a wallet's inbox shows that a switch holds it back. */
import { isWithdrawalId, type OperationId } from '../kernel/ids.ts';
import type { Place } from '../kernel/place.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Wallet } from '../ledger/wallet.ts';
import { commitGroups, type Store } from '../store/store.ts';
import type { Held } from '../switches/switches.ts';
import { heldChange } from '../switches/waiting.ts';
import { heldShownMax } from './limits.ts';

type HeldWorld = { store: Store; clock: Clock; dice: Dice };

/** Shows it of the first that wait, and of those that are rung for, each by itself: it was asked for one by one. */
export async function showHeld(
  { store, clock, dice }: HeldWorld,
  { id, inboxShards, listShards }: Wallet,
  takenUpTo: Place | null,
  held: Held,
  rung: Iterable<OperationId>,
): Promise<void> {
  const waiting = await Promise.all([
    store.inbox(id, inboxShards, heldShownMax),
    takenUpTo === null ? [] : store.accepted(id, listShards, takenUpTo, heldShownMax),
  ]);
  const ids = [...waiting.flat().map((one) => one.id), ...rung];
  const requested = (await store.readable(ids.filter(isWithdrawalId))).filter(
    // A doorbell is believed in nothing: whose a withdrawal is, its own item says.
    ({ stage, walletId }) => stage === 'requested' && walletId === id,
  );
  const now = clock.now();
  await commitGroups(
    store,
    requested.map((one) => ({ changes: heldChange(one, held, now, dice) })),
  );
}
