/**
 * The one way in which a provider is asked for anything that moves money: the request with its key and bytes is saved and
 * its `sends` raised; what became of earlier sends is looked up; the call is made once; its outcome is recorded. Journals,
 * conversions, wires and payouts differ only in their `EffectKind`. Many are sent side by side and recorded together.
 */
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import { later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { commitGroups, type Store } from '../store/store.ts';
import type { Switches } from '../switches/switches.ts';
import { heldMinMs } from '../switches/waiting.ts';
import { ask } from './ask.ts';
import type { EffectKind, End, Sending } from './kind.ts';
import { afterCall, afterLookUp, learnedBy, neverSent } from './verdict.ts';

type World = { store: Store; clock: Clock; budget: Budget; switches: Switches };
/** `isTrue`: the end was recorded. Otherwise somebody else has changed the item first. */
export type Ended<I, T> = { item: I; end: End<T>; isTrue: boolean };

/** Calls the provider once for each item. Each must be saved with a `sends` that counts this very call. */
export async function sendSaved<I extends Sending, T>(
  world: Pick<World, 'store' | 'clock' | 'switches'>,
  kind: EffectKind<I, T>,
  saved: readonly I[],
): Promise<Ended<I, T>[]> {
  const ends = await all(
    saved.map(async (item): Promise<{ item: I; end: End<T> }> => {
      // The last look before money moves: whatever was decided above may have been decided before the switch was turned.
      const held = await world.switches.held(kind.guard);
      if (held !== null) {
        const until = later(world.clock.now(), heldMinMs);
        return { item, end: { is: 'not-sent', until, held } };
      }
      const answer = await ask(world.clock, kind, item);
      return { item, end: afterCall(kind, item, answer, world.clock.now()) };
    }),
  );
  return recordAll(world, kind, ends);
}

/** Looks up what became of each item, and sends those again that the provider does not know, where `again` allows it. */
export async function lookUpAndSend<I extends Sending, T>(
  world: World,
  kind: EffectKind<I, T>,
  items: readonly I[],
): Promise<Ended<I, T>[]> {
  const { store, clock, budget, switches } = world;
  const looked = await look(world, kind, items);
  const toSend: I[] = [];
  const ends: { item: I; end: End<T> }[] = [];
  for (const one of looked) {
    if ('isTrue' in one) continue;
    if (one.end.is !== 'to-send') {
      ends.push({ item: one.item, end: one.end });
      continue;
    }
    const held = await switches.held(kind.guard);
    if (held !== null) ends.push({ item: one.item, end: { is: 'held', held } });
    else if ((await kind.mayGo?.(one.item)) !== false) toSend.push(one.item);
  }
  const ended = await recordAll(world, kind, ends);
  // A call whose outcome could not be recorded in time is left for the next visit.
  const inTime = budget.allows({ calls: 1 }) ? toSend : [];
  const claims = inTime.map((item) => kind.claim(item, clock.now()));
  const claimed = (await commitGroups(store, claims)).map(({ send }) => send);
  return [
    ...looked.flatMap((one) => ('isTrue' in one ? [one] : [])),
    ...ended,
    ...(await sendSaved(world, kind, claimed)),
  ];
}

type Looked<I, T> = { item: I; end: End<T> | { is: 'to-send' } } | Ended<I, T>;

async function look<I extends Sending, T>(
  { store, clock }: World,
  kind: EffectKind<I, T>,
  items: readonly I[],
): Promise<Looked<I, T>[]> {
  const now = clock.now();
  const [unsent, sent] = [
    items.filter(({ effect }) => effect.sends === 0),
    items.filter(({ effect }) => effect.sends > 0),
  ];
  const replayOf = (item: I) => {
    const replay = kind.replay?.(item) ?? null;
    return replay !== null && now < replay.until ? replay : null;
  };
  const seenFrom = (item: I) =>
    replayOf(item)?.from ?? later(item.effect.lastSentAt, kind.settleMs);
  const replayed = sent.filter((item) => replayOf(item) !== null && now >= seenFrom(item));
  const ripe = sent.filter((item) => replayOf(item) === null && now >= seenFrom(item));
  const found = ripe.length === 0 ? [] : await kind.lookUp(ripe);
  /** Takes the first value that no other withdrawal has taken; `null`: there is none. */
  const takeOne = async (item: I, values: readonly T[]): Promise<Ended<I, T> | null> => {
    for (const value of values) {
      const end = { is: 'taken', value, by: 'look-up' } as const;
      const refused = await store.commit(kind.record(item, end));
      if (refused.length === 0) return { item, end, isTrue: true };
    }
    return null;
  };
  const looked = ripe.map(async (item, index): Promise<Looked<I, T>> => {
    let seen = found[index] ?? ({ found: 'unclear' } as const);
    if (seen.found === 'these' && kind.isShared) {
      const taken = await takeOne(item, seen.values);
      if (taken !== null) return taken;
      seen = { ...seen, values: [] };
    }
    const end = afterLookUp(kind, item, seen, clock.now());
    const doubtful = seen.found === 'these' && end.is === 'not-made' ? seen.doubtful : undefined;
    return (await takeOne(item, doubtful ?? [])) ?? { item, end };
  });
  const early = sent.filter((item) => now < seenFrom(item));
  return [
    ...replayed.map((item) => ({ item, end: { is: 'to-send' } as const })),
    ...unsent.map((item) => ({ item, end: neverSent(kind, item, now) })),
    ...early.map((item) => {
      const end = {
        is: 'waiting',
        until: seenFrom(item),
        learned: learnedBy(item.effect),
      } as const;
      return { item, end };
    }),
    ...(await all(looked)),
  ];
}

async function recordAll<I extends Sending, T>(
  { store }: Pick<World, 'store'>,
  kind: EffectKind<I, T>,
  ends: readonly { item: I; end: End<T> }[],
): Promise<Ended<I, T>[]> {
  const groups = ends.map((one) => ({ ...one, changes: kind.record(one.item, one.end) }));
  const made = new Set(await commitGroups(store, groups));
  return groups.map((group) => ({ item: group.item, end: group.end, isTrue: made.has(group) }));
}
