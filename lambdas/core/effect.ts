/**
 * The one way in which anything that moves money is asked of a provider (reliability.md §4.3): the intent with its key
 * and bytes is saved and its `sends` raised; what earlier sends did is looked up; the call is made once; what was said is
 * recorded. A journal, a transfer of the on-ramp and a payout differ only in their `Provider`. Many go side by side, and
 * what becomes true of them is committed together.
 */
import { all } from './all.ts';
import { commitGroups } from './commit.ts';
import { afterCall, afterLookUp, later, learnedBy, neverSent } from './effect-verdict.ts';
import type { Instant } from './ids.ts';
import { callTimeoutMs, recordReserveMs } from './limits.ts';
import type { Attempted, Budget, Change, Clock, Store } from './ports.ts';

/**
 * What the record of every effect says. `sends` counts a call before it is made, and no more when it was kept back: no record,
 * or 0, is all that means "never sent".
 */
export type Sent = {
  sends: number;
  firstSentAt: Instant;
  lastSentAt: Instant;
  /** The provider's no to the last send. To the only send it is certain; otherwise it has to be looked up first. */
  refusedCode: string | null;
  /** Since when look-ups after the last send have shown that nothing came of it; `null`: none has yet. */
  nothingSince: Instant | null;
};

/** What a visit that proved nothing has learned, for the next one: to be saved in the effect. */
export type Learned = Pick<Sent, 'refusedCode' | 'nothingSince'>;

/** What is known of an effect now. */
export type End<T> =
  /** The provider has it, by its answer to the call or by what it shows. */
  | { is: 'taken'; value: T; by: 'answer' | 'look-up' }
  /** Proven: nothing was moved by it and nothing will be. */
  | { is: 'not-made'; code: string }
  /** The last call was kept back until then: it is as if it had not been begun, and counts no more. */
  | { is: 'not-sent'; until: Instant }
  /** Not certain yet. */
  | { is: 'waiting'; until: Instant; learned: Learned }
  | { is: 'for-a-person'; why: string };

/** What a provider shows of everything that was sent before. */
export type Found<T> =
  /**
   * The likeliest first. None: there is nothing, which may still be under way. `doubtful`: not as it was asked for and
   * yet perhaps it; where nothing else would be found, one of these is taken, so that it is not asked for once more.
   */
  | { found: 'these'; values: readonly T[]; doubtful?: readonly T[] }
  /** There was something, and nothing was moved by it, and nothing will be. */
  | { found: 'void'; code: string }
  /** It does not answer, or its answer is open. */
  | { found: 'unclear' }
  | { found: 'wrong'; why: string };

/** How one provider is asked for one kind of effect. */
export type Provider<I extends { effect: Sent }, T> = {
  /** What was sent is to be seen so long after; before that nobody looks. */
  settleMs: number;
  /**
   * That nothing came of what was sent is believed when two looks, so far apart, say the same: a list may be behind
   * (reliability.md §4.5, §4.6). 0: at once, for the key itself excludes that anything comes of it twice.
   */
  proofMs: number;
  /** What is unclear for so long is for a person. */
  reviewMs: number;
  /** Whether what is found may be another's: then the next of them is tried when a record is refused. */
  isShared: boolean;
  /** When the same key and bytes may be sent again, given that there is nothing. */
  again(item: I): { from: Instant; until: Instant };
  /** From when on nothing new can come of what was sent: from then "there is nothing" counts. `null`: it never does. */
  deadFrom(item: I): Instant | null;
  lookUp(items: readonly I[]): Promise<readonly Found<T>[]>;
  /** Whether it may be sent again now, for reasons of the withdrawal. */
  mayGo?(item: I): Promise<boolean>;
  /** What saves the raised `sends` before the same is sent again, and the item as it is then. */
  claim(item: I, now: Instant): { changes: readonly Change[]; send: I };
  /** The call, with the saved key and bytes. One attempt. */
  call(item: I): Promise<Attempted<T>>;
  /** What becomes true with it. */
  record(item: I, end: End<T>): readonly Change[];
};

type World = { store: Store; clock: Clock; budget: Budget };
/** `isTrue`: it was recorded; if not, somebody else has been faster. */
export type Ended<I, T> = { item: I; end: End<T>; isTrue: boolean };

export const firstSend = (now: Instant): Sent => ({
  sends: 1,
  firstSentAt: now,
  lastSentAt: now,
  refusedCode: null,
  nothingSince: null,
});

export const sentAgain = <E extends Sent & { version: number }>(effect: E, now: Instant): E => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends + 1,
  firstSentAt: effect.sends === 0 ? now : effect.firstSentAt,
  lastSentAt: now,
  refusedCode: null,
  nothingSince: null,
});

/** After a call that was kept back. */
export const notSent = <E extends Sent & { version: number }>(effect: E): E => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends - 1,
});

/** Sends each, once. Call it only for what is saved with a `sends` that counts this very call. */
export async function sendSaved<I extends { effect: Sent }, T>(
  world: Pick<World, 'store' | 'clock'>,
  provider: Provider<I, T>,
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
export async function lookUpAndSend<I extends { effect: Sent }, T>(
  world: World,
  provider: Provider<I, T>,
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
  const inTime = budget.remainingMs() < callTimeoutMs + recordReserveMs ? [] : toSend;
  const claims = inTime.map((item) => provider.claim(item, clock.now()));
  const claimed = (await commitGroups(store, claims)).map(({ send }) => send);
  return [
    ...looked.flatMap((one) => ('isTrue' in one ? [one] : [])),
    ...ended,
    ...(await sendSaved(world, provider, claimed)),
  ];
}

type Looked<I, T> = { item: I; end: End<T> | { is: 'to-send' } } | Ended<I, T>;

async function look<I extends { effect: Sent }, T>(
  { store, clock }: World,
  provider: Provider<I, T>,
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

async function recordAll<I extends { effect: Sent }, T>(
  { store }: Pick<World, 'store'>,
  provider: Provider<I, T>,
  ends: readonly { item: I; end: End<T> }[],
): Promise<Ended<I, T>[]> {
  const groups = ends.map((one) => ({ ...one, changes: provider.record(one.item, one.end) }));
  const made = new Set(await commitGroups(store, groups));
  return groups.map((group) => ({ item: group.item, end: group.end, isTrue: made.has(group) }));
}
