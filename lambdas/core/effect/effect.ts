/**
 * The one way in which anything that moves money is asked of a provider (reliability.md §4.3): the intent with its key
 * and bytes is saved and its `sends` raised; what earlier sends did is looked up; the call is made once; what was said is
 * recorded. A journal, a transfer of the on-ramp and a payout differ only in their `Provider`. Many go side by side, and
 * what becomes true of them is committed together.
 */
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import { later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { SendRecord } from '../store/send-record.ts';
import { commitGroups, type Store } from '../store/store.ts';
import type { EffectKind, End } from './kind.ts';
import { afterCall, afterLookUp, learnedBy, neverSent } from './verdict.ts';

type World = { store: Store; clock: Clock; budget: Budget };
/** `isTrue`: it was recorded; if not, somebody else has been faster. */
export type Ended<I, T> = { item: I; end: End<T>; isTrue: boolean };

/** Sends each, once. Call it only for what is saved with a `sends` that counts this very call. */
export async function sendSaved<I extends { effect: SendRecord }, T>(
  world: Pick<World, 'store' | 'clock'>,
  provider: EffectKind<I, T>,
  saved: readonly I[],
): Promise<Ended<I, T>[]> {
  const ends = await all(
    saved.map(async (item) => {
      const answer = await provider.call(item);
      return { item, end: afterCall(provider, item, answer, world.clock.now()) };
    }),
  );
  return recordAll(world, provider, ends);
}

/** What became of those that were sent before. Those that are not there go again where that is safe. */
export async function lookUpAndSend<I extends { effect: SendRecord }, T>(
  world: World,
  provider: EffectKind<I, T>,
  items: readonly I[],
): Promise<Ended<I, T>[]> {
  const { store, clock, budget } = world;
  const looked = await look(world, provider, items);
  const toSend: I[] = [];
  const ends: { item: I; end: End<T> }[] = [];
  for (const one of looked) {
    if ('isTrue' in one) continue;
    if (one.end.is !== 'to-send') ends.push({ item: one.item, end: one.end });
    else if ((await provider.mayGo?.(one.item)) !== false) toSend.push(one.item);
  }
  const ended = await recordAll(world, provider, ends);
  // What there would be no time to record is left for the next visit.
  const inTime = budget.allows({ calls: 1 }) ? toSend : [];
  const claims = inTime.map((item) => provider.claim(item, clock.now()));
  const claimed = (await commitGroups(store, claims)).map(({ send }) => send);
  return [
    ...looked.flatMap((one) => ('isTrue' in one ? [one] : [])),
    ...ended,
    ...(await sendSaved(world, provider, claimed)),
  ];
}

type Looked<I, T> = { item: I; end: End<T> | { is: 'to-send' } } | Ended<I, T>;

async function look<I extends { effect: SendRecord }, T>(
  { store, clock }: World,
  provider: EffectKind<I, T>,
  items: readonly I[],
): Promise<Looked<I, T>[]> {
  const now = clock.now();
  const [unsent, sent] = [
    items.filter(({ effect }) => effect.sends === 0),
    items.filter(({ effect }) => effect.sends > 0),
  ];
  const seenFrom = ({ effect }: I) => later(effect.lastSentAt, provider.settleMs);
  const ripe = sent.filter((item) => now >= seenFrom(item));
  const found = ripe.length === 0 ? [] : await provider.lookUp(ripe);
  /** Takes the first of them that nobody else has taken. */
  const takeOne = async (item: I, values: readonly T[]): Promise<Ended<I, T> | null> => {
    for (const value of values) {
      const end = { is: 'taken', value, by: 'look-up' } as const;
      const refused = await store.commit(provider.record(item, end));
      if (refused.length === 0) return { item, end, isTrue: true };
    }
    return null;
  };
  const looked = ripe.map(async (item, index): Promise<Looked<I, T>> => {
    let seen = found[index] ?? ({ found: 'unclear' } as const);
    if (seen.found === 'these' && provider.isShared) {
      const taken = await takeOne(item, seen.values);
      if (taken !== null) return taken;
      seen = { ...seen, values: [] };
    }
    const end = afterLookUp(provider, item, seen, clock.now());
    const doubtful = seen.found === 'these' && end.is === 'not-made' ? seen.doubtful : undefined;
    return (await takeOne(item, doubtful ?? [])) ?? { item, end };
  });
  const early = sent.filter((item) => now < seenFrom(item));
  return [
    ...unsent.map((item) => ({ item, end: neverSent(provider, item, now) })),
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

async function recordAll<I extends { effect: SendRecord }, T>(
  { store }: Pick<World, 'store'>,
  provider: EffectKind<I, T>,
  ends: readonly { item: I; end: End<T> }[],
): Promise<Ended<I, T>[]> {
  const groups = ends.map((one) => ({ ...one, changes: provider.record(one.item, one.end) }));
  const made = new Set(await commitGroups(store, groups));
  return groups.map((group) => ({ item: group.item, end: group.end, isTrue: made.has(group) }));
}
