/**
 * A look at what waits in a wallet: in the list of its withdrawals, from where that has been taken, and in the inbox, where credits,
 * debits and whatever is out of the usual course wait. Both are merged into the order of acceptance. They are indexes, and say what to look at
 * only; the items are read as they are now. (docs/decisions/0065-the-list-is-the-inbox.md)
 */
import type { OperationId, WalletId, WithdrawalId } from '../kernel/ids.ts';
import { behindAllOf, type Place, placeOf, rightBefore } from '../kernel/place.ts';
import { type Instant, later } from '../kernel/time.ts';
import { isAtBrokerage, type Wallet } from '../ledger/wallet.ts';
import type { Store, WalletWith } from '../store/store.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Operation } from './debit.ts';
import { isLate } from './late.ts';
import { inboxSettleMs, newestMin, postingsMax } from './limits.ts';

/** What a doorbell names: a withdrawal, and its place in the list of its wallet. It is believed in nothing, but saves reads. */
export type Named = { id: WithdrawalId; place: Place };
type Placed = { id: OperationId; place: Place };
export type Shards = Pick<Wallet, 'inboxShards' | 'listShards'>;

export type Looking = {
  walletId: WalletId;
  /** How many parts inbox and list are known to have. */
  shards: Shards;
  /** Where the list is read from; `null`: that is not known yet, so the newest are read. */
  from: Place | null;
  named: readonly Named[];
  ending: Iterable<OperationId>;
  /** What cannot be read. It stays where it is, and nothing waits behind it. */
  odd: ReadonlySet<OperationId>;
  /** What the indexes have shown from there on; `null`: they are asked first. */
  ahead: Shown | null;
  now: Instant;
};

/** What list and inbox show. Only what was ripe before they were asked may be taken: one may have been read long before the other. */
export type Shown = {
  list: readonly { id: OperationId; acceptedAt: Instant }[];
  inbox: readonly { id: OperationId; acceptedAt: Instant }[];
  settledBefore: Instant;
};

export async function shownOf(
  store: Store,
  { walletId, shards, from, odd, now }: Omit<Looking, 'named' | 'ending' | 'ahead'>,
  listMax = postingsMax,
): Promise<Shown> {
  const [list, shown] = await Promise.all([
    store.accepted(walletId, shards.listShards, from, listMax),
    store.inbox(walletId, shards.inboxShards, postingsMax + odd.size),
  ]);
  const inbox = shown.filter(({ id }) => !odd.has(id));
  return { list, inbox, settledBefore: later(now, -inboxSettleMs) };
}

export type Look = {
  found: WalletWith;
  /** What still waits and is ripe, in order of acceptance. */
  waiting: readonly Operation[];
  /** More may wait behind. */
  isFull: boolean;
  isInboxFull: boolean;
  /** Whatever was accepted up to then, and no later, is ripe. */
  settledBefore: Instant;
  /** What was read of the list, in its order. */
  list: readonly { acceptedAt: Instant }[];
  /** How many of the list were read that nobody had noted as taken. */
  fresh: number;
  /** Where the list had been taken up to before; `null`: only older code has been here, and all that waits is in the inbox. */
  takenUpTo: Place | null;
  /** No waiting operation behind this place was looked at. */
  seenUpTo: Place;
  /** Those of the named that were looked at. */
  read: ReadonlySet<OperationId>;
  /** Those of them that still wait, also where others go first or they are not ripe. */
  open: ReadonlySet<OperationId>;
};

/** `again`: the list has to be read from there, or more parts, or behind what is odd, for what was read is not all that may wait. */
export async function lookInto(
  store: Store,
  looking: Looking,
): Promise<Look | { again: Partial<Pick<Looking, 'from' | 'shards' | 'odd'>> }> {
  const { walletId, shards, from, named, ending, ahead } = looking;
  const newestMax = Math.min(Math.max(2 * named.length, newestMin), postingsMax);
  const listMax = from === null ? newestMax : postingsMax;
  const { list, inbox, settledBefore } = ahead ?? (await shownOf(store, looking, listMax));
  const listed = list.map(placed);
  // Among the newest are many that have been taken long ago; what a doorbell names is behind these.
  const guess = from ?? rightBefore(firstOf(named) ?? behindAllOf(settledBefore));
  const settled = behindAllOf(settledBefore);
  const isRipe = ({ place }: Placed): boolean => place <= settled;
  // So many are newer than what is named that what has been taken is not known to be among them.
  const isShort = from === null && list.length >= listMax && (listed[0]?.place ?? '') > guess;
  const seen = isShort ? [] : listed.filter(({ place }) => place > guess);
  const merged = ofEachOne([...seen, ...inbox.map(placed)]);
  const some = merged.slice(0, postingsMax);
  const isCut = merged.length >= postingsMax;
  const last = some.at(-1)?.place ?? settled;
  const listedUpTo = isCut && last < settled ? last : settled;
  const ids = new Set(some.filter(isRipe).map(({ id }) => id));
  const reading = { ids, from, seenUpTo: listedUpTo };
  const byTheirNames = isShort ? noNames : byName(named, reading);
  const seenUpTo = byTheirNames.upTo ?? listedUpTo;
  const isFull = isCut || byTheirNames.upTo !== null;
  const read = new Set([...ids, ...byTheirNames.ids]);

  const found = await readWith(store, walletId, [...ending, ...read]);
  // It is read after the parts: what was accepted into others when this was read is newer than all that they were asked for.
  const { inboxShards, listShards } = found.wallet;
  if (inboxShards > shards.inboxShards || listShards > shards.listShards)
    return { again: { shards: { inboxShards, listShards } } };
  if (isCut && found.odd.some((id) => !looking.odd.has(id)))
    return { again: { odd: new Set([...looking.odd, ...found.odd]) } };
  const takenUpTo = isAtBrokerage(found.wallet) ? null : (found.balance.takenUpTo ?? null);
  const fresh = listed.filter((one) => isRipe(one) && one.place > (takenUpTo ?? settled));
  if (takenUpTo !== null) {
    const isUnread = ({ id, place }: Named): boolean =>
      place <= takenUpTo && place <= seenUpTo && !read.has(id);
    if (
      isShort ||
      named.some(isUnread) ||
      !isAll({ listed, listMax, from, takenUpTo, fresh, read })
    )
      return { again: { from: takenUpTo } };
  }
  const open = stillWaiting(found, read);
  const waiting = open
    // A doorbell is believed in nothing: whose a withdrawal is, its own item says.
    .filter((one) => one.walletId === walletId)
    .map((one) => ({ one, place: placeOfOperation(one) }))
    .filter(({ place }) => place <= settled && place <= seenUpTo)
    .sort(earlierFirst)
    .map(({ one }) => one);
  const isInboxFull = inbox.length >= postingsMax;
  return {
    ...{ found, waiting, isFull, isInboxFull, settledBefore, list, takenUpTo, seenUpTo, read },
    open: new Set(open.map(({ id }) => id)),
    fresh: fresh.length,
  };
}

/** Only the holds that end: they wait for nothing that is looked for. */
export async function noLook(
  store: Store,
  walletId: WalletId,
  ending: Iterable<OperationId>,
  now: Instant,
): Promise<Look> {
  const found = await readWith(store, walletId, [...ending]);
  return {
    ...{ found, waiting: [], isFull: false, isInboxFull: false, list: [], fresh: 0 },
    ...{ takenUpTo: null, seenUpTo: '', read: new Set(), open: new Set(), settledBefore: now },
  };
}

async function readWith(
  store: Store,
  walletId: WalletId,
  ids: readonly OperationId[],
): Promise<WalletWith> {
  const found = await store.walletWith(walletId, ids);
  if (found === null) throw new Error(`operations without their wallet ${walletId}`);
  return found;
}

const placed = ({ id, acceptedAt }: { id: OperationId; acceptedAt: Instant }): Placed => ({
  id,
  place: placeOf(acceptedAt, id),
});

/** Each once, in order: what older code has accepted is in the list and in the inbox. */
function ofEachOne(all: readonly Placed[]): Placed[] {
  const byPlace = new Map(all.map((one) => [one.place, one]));
  return [...byPlace.values()].sort(earlierFirst);
}

const firstOf = (named: readonly Named[]): Place | undefined =>
  named.map(({ place }) => place).sort()[0];

const earlierFirst = (a: { place: Place }, b: { place: Place }): number =>
  a.place < b.place ? -1 : 1;

type ByName = { ids: readonly OperationId[]; upTo: Place | null };
const noNames: ByName = { ids: [], upTo: null };

/**
 * All that are named for a part of the list that is not read; and the first that are missing where it is, for an index may be behind.
 * `upTo` is the place of the last of these where there are more: nothing behind it may be taken before those.
 */
function byName(
  named: readonly Named[],
  {
    ids,
    from,
    seenUpTo,
  }: Pick<Looking, 'from'> & { ids: ReadonlySet<OperationId>; seenUpTo: Place },
): ByName {
  const missing = named.filter(({ id, place }) => place <= seenUpTo && !ids.has(id));
  const isBehind = ({ place }: Named): boolean => from !== null && place <= from;
  const inOrder = missing.filter((one) => !isBehind(one)).sort(earlierFirst);
  const some = inOrder.slice(0, postingsMax);
  return {
    ids: [...missing.filter(isBehind), ...some].map(({ id }) => id),
    upTo: inOrder.length > some.length ? (some.at(-1)?.place ?? null) : null,
  };
}

type Reading = {
  listed: readonly Placed[];
  listMax: number;
  from: Place | null;
  takenUpTo: Place;
  fresh: readonly Placed[];
  read: ReadonlySet<OperationId>;
};

/** Whether what was read of the list begins where it has been taken, and has not been used up by what was taken long ago. */
function isAll({ listed, listMax, from, takenUpTo, fresh, read }: Reading): boolean {
  const [first, last] = [listed[0], listed.at(-1)];
  if (first === undefined || last === undefined) return from === null || from <= takenUpTo;
  const isCut = listed.length >= listMax;
  if (from !== null) return from <= takenUpTo && !(isCut && last.place <= takenUpTo);
  return (!isCut || first.place <= takenUpTo) && fresh.every(({ id }) => read.has(id));
}

const placeOfOperation = (one: Operation): Place =>
  placeOf('stage' in one ? one.acceptedAt : one.createdAt, one.id);

function stillWaiting({ withdrawals, transactions }: WalletWith, ids: ReadonlySet<OperationId>) {
  const waiting: Operation[] = [];
  for (const one of withdrawals) if (isRequested(one)) waiting.push(one);
  for (const one of transactions) if (one.status === 'PENDING') waiting.push(one);
  return waiting.filter(({ id }) => ids.has(id));
}

const isRequested = (one: Withdrawal): one is In<'requested'> => one.stage === 'requested';

/** Up to where the list has been taken when these have been made, and the others still wait. */
export function takenWith(look: Look, made: ReadonlySet<OperationId>): Place {
  const { waiting, takenUpTo, seenUpTo } = look;
  const left = waiting.find(
    (one) => 'stage' in one && one.listed && !made.has(one.id) && !isLate(one, takenUpTo),
  );
  const place = left === undefined ? seenUpTo : rightBefore(placeOfOperation(left));
  return takenUpTo !== null && takenUpTo > place ? takenUpTo : place;
}
