/**
 * The one way in which anything that moves money is asked of a provider (reliability.md §4.3): the intent with its key
 * and bytes is saved and its `sends` raised; what earlier sends did is looked up; the call is made once; what was said is
 * recorded. A journal, a transfer of the on-ramp and a payout differ only in their `Provider`. Many go side by side, and
 * what becomes true of them is committed together.
 */
import { all } from './all.ts';
import { commitGroups } from './commit.ts';
import type { Instant } from './ids.ts';
import { callTimeoutMs, recordReserveMs } from './limits.ts';
import type { Attempted, Budget, Change, Clock, Store } from './ports.ts';

/** What the record of every effect says. `sends` counts a call before it is made: no record is all that means "never sent". */
export type Sent = {
  sends: number;
  firstSentAt: Instant;
  lastSentAt: Instant;
  /** The provider's no to the last send. To the only send it is certain; otherwise it has to be looked up first. */
  refusedCode: string | null;
};

/** What is known of an effect now. */
export type End<T> =
  /** The provider has it. */
  | { is: 'taken'; value: T }
  /** Proven: nothing was moved by it and nothing will be. */
  | { is: 'not-made'; code: string }
  /** Not certain yet. `refusedCode`: a no that does not prove anything by itself. */
  | { is: 'waiting'; until: Instant; refusedCode: string | null }
  | { is: 'for-a-person'; why: string };

/** What a provider shows of everything that was sent before. */
export type Found<T> =
  /** The likeliest first. None: there is nothing, which may still be under way. */
  | { found: 'these'; values: readonly T[] }
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
   * So long after the last of several sends, "there is nothing" proves the no that it was answered with. 0: at once, for
   * the key itself excludes that anything comes of it twice.
   */
  proofMs: number;
  /** What is unclear for so long is for a person. */
  reviewMs: number;
  /** Whether what is found may be another's: then the next of them is tried when a record is refused. */
  isShared: boolean;
  /** When the same key and bytes may be sent again, given that there is nothing. */
  again(item: I): { from: Instant; until: Instant };
  /** From when on "there is nothing" proves that there never will be; `null`: it never does. */
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

/** The code of what was not made because it can no longer be. */
export const expired = 'EXPIRED_UNUSED';

export const later = (from: Instant, ms: number): Instant => (from + ms) as Instant;

export const firstSend = (now: Instant): Sent => ({
  sends: 1,
  firstSentAt: now,
  lastSentAt: now,
  refusedCode: null,
});

export const sentAgain = <E extends Sent & { version: number }>(effect: E, now: Instant): E => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends + 1,
  lastSentAt: now,
  refusedCode: null,
});

/** What the answer to a call says of the effect, which may have been sent before. */
export function afterCall<I extends { effect: Sent }, T>(
  { settleMs, proofMs }: Pick<Provider<I, T>, 'settleMs' | 'proofMs'>,
  { effect }: I,
  answer: Attempted<T>,
  now: Instant,
): End<T> {
  switch (answer.outcome) {
    case 'APPLIED':
      return { is: 'taken', value: answer.value };
    case 'NOT_APPLIED':
      return effect.sends === 1 || proofMs === 0
        ? { is: 'not-made', code: answer.code }
        : { is: 'waiting', until: later(now, settleMs), refusedCode: answer.code };
    case 'NOT_NOW':
      return { is: 'waiting', until: answer.until, refusedCode: effect.refusedCode };
    case 'UNKNOWN':
      return { is: 'waiting', until: later(now, settleMs), refusedCode: effect.refusedCode };
    default:
      return answer satisfies never;
  }
}

/** What a look-up says of it; `these`: one of them is it. */
export function afterLookUp<I extends { effect: Sent }, T>(
  provider: Pick<Provider<I, T>, 'settleMs' | 'proofMs' | 'reviewMs' | 'again' | 'deadFrom'>,
  item: I,
  found: Found<T>,
  now: Instant,
): End<T> | { is: 'to-send' } {
  const { sends, firstSentAt, lastSentAt, refusedCode } = item.effect;
  const wait = (until: Instant): End<T> => ({ is: 'waiting', until, refusedCode });
  switch (found.found) {
    case 'void':
      return { is: 'not-made', code: found.code };
    case 'wrong':
      return { is: 'for-a-person', why: found.why };
    case 'unclear':
      return now < later(firstSentAt, provider.reviewMs)
        ? wait(later(now, provider.settleMs))
        : { is: 'for-a-person', why: 'The provider does not say what became of it.' };
    case 'these': {
      const [value] = found.values;
      if (value !== undefined) return { is: 'taken', value };
      if (refusedCode !== null) {
        // What was sent before the refused one may have been taken: it would be seen by then.
        const proven = sends === 1 ? lastSentAt : later(lastSentAt, provider.proofMs);
        return now < proven ? wait(proven) : { is: 'not-made', code: refusedCode };
      }
      const { from, until } = provider.again(item);
      if (now < from) return wait(from);
      if (now < until) return { is: 'to-send' };
      const deadFrom = provider.deadFrom(item);
      if (deadFrom === null)
        return { is: 'for-a-person', why: 'The provider may have forgotten what it was asked.' };
      return now < deadFrom ? wait(deadFrom) : { is: 'not-made', code: expired };
    }
    default:
      return found satisfies never;
  }
}

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
  const seenFrom = ({ effect }: I) => later(effect.lastSentAt, provider.settleMs);
  const ripe = items.filter((item) => now >= seenFrom(item));
  const found = ripe.length === 0 ? [] : await provider.lookUp(ripe);
  const looked = ripe.map(async (item, index): Promise<Looked<I, T>> => {
    let seen = found[index] ?? ({ found: 'unclear' } as const);
    if (seen.found === 'these' && provider.isShared) {
      for (const value of seen.values) {
        const end = { is: 'taken', value } as const;
        const refused = await store.commit(provider.record(item, end));
        if (refused.length === 0) return { item, end, isTrue: true };
      }
      seen = { found: 'these', values: [] };
    }
    return { item, end: afterLookUp(provider, item, seen, clock.now()) };
  });
  const early = items.filter((item) => now < seenFrom(item));
  return [
    ...early.map((item) => {
      const { refusedCode } = item.effect;
      return { item, end: { is: 'waiting', until: seenFrom(item), refusedCode } as const };
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
