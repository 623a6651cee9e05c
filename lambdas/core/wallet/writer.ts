/**
 * 2-debit: the one writer of a wallet's ledger. Holds that end, which wait for nobody, and what waits in the wallet become true
 * together, in one transaction with their block, as many as fit. The condition on the balance decides; an index only says
 * what to look at. (docs/decisions/0036-one-writer-for-a-wallet.md, docs/decisions/0065-the-list-is-the-inbox.md)
 */
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import type { OperationId } from '../kernel/ids.ts';
import { behindAllOf, type Place } from '../kernel/place.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import { isAtBrokerage, type Wallet } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import { commitGroups, type Store } from '../store/store.ts';
import { asManyAsFit } from '../store/weight.ts';
import type { Switches } from '../switches/switches.ts';
import { applyInOrder, type Operation } from './debit.ts';
import { growInbox, growList } from './grow.ts';
import { showHeld } from './held.ts';
import { type Ending, endOf } from './holds.ts';
import { untilRipe } from './inbox.ts';
import { type InboxMemory, nothingKnown, remember } from './known.ts';
import { enterLate, isLate } from './late.ts';
import {
  inboxStaleMs,
  knownMs,
  notedMin,
  postingsMax,
  ringSkewMs,
  walletTurnMs,
} from './limits.ts';
import {
  type Look,
  type Looking,
  lookInto,
  type Named,
  noLook,
  type Shown,
  shownOf,
  takenWith,
} from './look.ts';
import { byWallet, type Rung } from './rung.ts';

export type WriterWorld = {
  store: Store;
  switches: Switches;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  /** Rings for what waits in the wallet, behind all that has been rung for it. Answers whether that was possible. */
  handOn: (wallet: Wallet) => Promise<boolean>;
};

export const makeWriter =
  (world: WriterWorld, memory: InboxMemory) =>
  /**
   * Writes what the doorbells name: wallets, into which it looks, withdrawals that wait there, and those whose hold ends. `rungAt` is
   * when the last of them was rung, and a turn begins when the first was. It answers `unfinished` when its time ran out first.
   */
  async (
    ids: readonly string[],
    rungAt: Instant,
    rungFrom = rungAt,
  ): Promise<'done' | 'unfinished'> => {
    const rung = await byWallet(world.store, ids);
    const turnEndsAt = later(rungFrom, walletTurnMs);
    const ends = await all(rung.map((one) => writeWallet(world, memory, one, rungAt, turnEndsAt)));
    return ends.includes('unfinished') ? 'unfinished' : 'done';
  };

async function writeWallet(
  world: WriterWorld,
  memory: InboxMemory,
  rung: Rung,
  rungAt: Instant,
  turnEndsAt: Instant,
): Promise<'done' | 'unfinished'> {
  const { store, clock, budget } = world;
  const { walletId } = rung;
  const known = memory.get(walletId) ?? nothingKnown;
  // Whatever this was rung for has been taken by a look that was later, but for a name that it did not see.
  const isTaken = later(rungAt, ringSkewMs) <= known.takenUpTo;
  const named = rung.named.filter(({ id }) => !isTaken || !known.read.has(id));
  const looks = named.length > 0 || (rung.inbox && !isTaken);
  if (!looks && rung.ending.length === 0) return 'done';
  if (looks) await untilRipe(clock, rungAt);
  let { shards } = known;
  const isKnown = clock.now() - known.lookedAt < knownMs;
  let { from, ahead }: Pick<Looking, 'from' | 'ahead'> = isKnown && looks ? known : notKnown;
  let odd: Looking['odd'] = new Set();
  const ending = new Set(rung.ending);
  const waits = new Map<OperationId, Named>(isKnown && looks ? known.waits : []);
  for (const one of named) waits.set(one.id, one);
  /** What is suspended may not be taken, and is looked for again. */
  const rememberTaken = ({ found, read, settledBefore }: Look, upTo: Place): void => {
    if (!looks || found.wallet.status !== 'ACTIVE') return;
    remember(memory, walletId, {
      ...{ ...known, shards, from: upTo, lookedAt: settledBefore, ahead: null },
      ...{ takenUpTo: settledBefore, read, waits: new Map() },
    });
  };
  while (budget.allows({ calls: 0 })) {
    const began = clock.now();
    // What an earlier run read ahead may not have all that was rung for.
    const isAhead = ahead !== null && ahead.settledBefore < later(rungAt, ringSkewMs);
    const asked = { walletId, shards, from, odd, ending, ahead, now: began };
    const look = looks
      ? await lookInto(store, { ...asked, named: [...waits.values()] })
      : await noLook(store, walletId, ending, began);
    ahead = null;
    if ('again' in look) {
      ({ from, shards, odd } = { ...asked, ...look.again });
      continue;
    }
    const { wallet, balance, withdrawals } = look.found;
    for (const id of look.read) if (!look.open.has(id)) waits.delete(id);
    if (looks) await growList(store, wallet, look.list);
    const now = clock.now();
    if (isAtBrokerage(wallet)) await handOver(store, look.waiting, now);
    // A doorbell is believed in nothing: whose a withdrawal is, its own item says.
    const own = withdrawals.filter((one) => one.walletId === walletId);
    const endings = own.flatMap((one) => endOf(one, now) ?? []);
    const operations = await mayBeApplied(world, look, waits.keys());
    const items = [...endings, ...operations].slice(0, postingsMax);
    const takenBy = (some: readonly (Ending | Operation)[]): Place | undefined =>
      looks && !isAtBrokerage(wallet) ? takenWith(look, operationsIn(some)) : balance.takenUpTo;
    if (items.length === 0) {
      if ((await nothingToWrite(world, look, takenBy([]))) === 'again' || isAhead) continue;
      if (look.waiting.length === 0 && look.takenUpTo !== null) rememberTaken(look, look.takenUpTo);
      return 'done';
    }
    const changes = asManyAsFit(items, (some) => applyInOrder(balance, some, now, takenBy(some)));
    const made = changes.flatMap((one) =>
      one.change === 'withdrawal' || one.change === 'transaction' ? [one.to.id] : [],
    );
    const next = takenWith(look, new Set(made));
    // A full inbox would only show these again, which have not left it yet.
    const readsAhead =
      looks && operations.length > 0 && look.isFull && !look.isInboxFull && !isAtBrokerage(wallet);
    const [refused, shown] = await all([
      store.commit(changes),
      readsAhead ? shownOf(store, { ...asked, from: next, now: clock.now() }) : null,
    ]);
    // When it is refused, the next round reads what is true now.
    if (refused.length > 0) continue;
    if (look.isInboxFull) await growInbox(store, wallet);
    for (const id of made) {
      ending.delete(id);
      waits.delete(id);
    }
    if (looks) ({ from, ahead } = { from: next, ahead: shown && without(shown, made) });
    const left = look.waiting.filter(({ id }) => !made.includes(id));
    if (looks && !isAtBrokerage(wallet) && wallet.listed === undefined)
      await store.commit([{ change: 'wallet-listed', walletId }]);
    const isMore = look.isFull || isAhead || made.length < endings.length + operations.length;
    const isMyTurn = clock.now() < turnEndsAt || endings.some(({ to }) => !made.includes(to.id));
    if (isMore && (from === null || isMyTurn || operations.length === 0)) continue;
    await enterLate(store, left, look.takenUpTo);
    if (isMore && from !== null) {
      // A ring that was later than this one is behind it in the queue still.
      const isRungFor = known.handedOnAt > later(rungAt, ringSkewMs);
      if (!isRungFor && !(await world.handOn(wallet))) continue;
      remember(memory, walletId, {
        ...{ ...known, shards, from, lookedAt: now, waits },
        ahead: left.some((one) => isLate(one, look.takenUpTo)) ? null : ahead,
        handedOnAt: isRungFor ? known.handedOnAt : now,
      });
      return 'done';
    }
    rememberTaken(look, behindAllOf(look.settledBefore));
    return 'done';
  }
  return 'unfinished';
}

/** An index that was read beside a block shows still what that has taken. */
const without = (shown: Shown, made: readonly OperationId[]): Shown =>
  shown.inbox.length >= postingsMax
    ? shown
    : { ...shown, inbox: shown.inbox.filter(({ id }) => !made.includes(id)) };

const notKnown = { from: null, ahead: null };

const operationsIn = (items: readonly (Ending | Operation)[]): ReadonlySet<OperationId> =>
  new Set(items.flatMap((one) => ('id' in one ? [one.id] : [])));

/** What waits while the wallet is suspended waits until it is ACTIVE again; a brokerage's cash is 2-journal's to ask for. */
async function mayBeApplied(
  world: WriterWorld,
  { found: { wallet }, waiting, takenUpTo }: Look,
  rung: Iterable<OperationId>,
): Promise<readonly Operation[]> {
  if (waiting.length === 0 || isAtBrokerage(wallet) || wallet.status === 'SUSPENDED') return [];
  const held = await world.switches.held('debit');
  if (held === null) return waiting;
  // What is late gets its entry in the inbox first, by the version that was read here, and shows it another time.
  const late = new Set<OperationId>(
    waiting.filter((one) => isLate(one, takenUpTo)).map(({ id }) => id),
  );
  await showHeld(
    world,
    wallet,
    takenUpTo,
    held,
    [...rung].filter((id) => !late.has(id)),
  );
  return [];
}

/** Sees to it that what has been read is not read for ever: `again` when there may be more behind it. */
async function nothingToWrite(
  { store, clock }: WriterWorld,
  { found: { balance }, waiting, ...look }: Look,
  takenUpTo: Place | undefined,
): Promise<'done' | 'again'> {
  await enterLate(store, waiting, look.takenUpTo);
  const isNews = look.takenUpTo !== null && takenUpTo !== look.takenUpTo;
  const notes = isNews && takenUpTo !== undefined && look.fresh - waiting.length >= notedMin;
  if (notes) await store.commit([{ change: 'balance-unchanged', balance, takenUpTo }]);
  if (!look.isFull || waiting.length > 0 || look.read.size === 0) return 'done';
  // What is full of what waits no longer is an index that is behind.
  if (!notes) await clock.until(later(clock.now(), inboxStaleMs));
  return 'again';
}

/** What older code has accepted for a wallet at a brokerage does not say so yet, and 2-journal is not rung for it. */
async function handOver(store: Store, waiting: readonly Operation[], now: Instant): Promise<void> {
  const groups = waiting.flatMap((from): { changes: Change[] }[] => {
    if (!('stage' in from) || from.atBrokerage) return [];
    // It is rung for by its wallet from now on, so it has to be in that one's inbox.
    const { listed, ...entered } = from;
    const to = { ...entered, atBrokerage: true, version: from.version + 1, updatedAt: now };
    return [{ changes: [{ change: 'withdrawal', from, to }] }];
  });
  await commitGroups(store, groups);
}
