/**
 * retell: whatever the relay has given up, or has never read, is made anew from the withdrawals, credits and debits themselves.
 * Deliveries have ids that follow from endpoint, source and line of the timeline, so one that is there is never made twice.
 *
 * It looks in two ways (docs/decisions/0080-retell-goes-on-from-where-it-was.md), and each goes on in the next run from where its
 * time ran out:
 *
 *   listed   what the indexes and the ledgers say has changed since the last look: as much work as that is
 *   table    round through the whole table, some pages in each run, for what none of them names: rows of older code
 *
 * A span that somebody names is looked at as what is listed, but for once (`named`).
 */
import type { OperationId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { WalletTransaction } from '../ledger/wallet.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Place } from './laps.ts';
import {
  retellFirstMs,
  retellGraceMs,
  retellKeptEveryPages,
  retellKeptMs,
  retellTablePages,
  retellUnreadableMax,
} from './limits.ts';
import { type Span, type Tell, type TellWorld, type Told, tellAnew } from './tell-anew.ts';

export const ways = ['listed', 'table'] as const;
export type Way = (typeof ways)[number];

/** What was read of some rows, and which of them cannot be read, with the word that is said of each. */
export type Changes = {
  withdrawals: readonly Withdrawal[];
  transactions: readonly WalletTransaction[];
  unreadable: readonly { id: string; said: string }[];
};
/** What could not be read, and the time of which it is to be told when it can be. */
export type Again = Span & { id: string };
/** A look that has not come to its end. `isInVain`: more could not be read than is kept, so it is made again as a whole. */
export type Underway = Span & { place: Place; isInVain: boolean };
/** How far a way is. Up to `until` all is told, but for what could not be read; the look before that came up to `since`. */
export type Kept = {
  until: Instant;
  since: Instant;
  underway: Underway | null;
  unreadable: readonly Again[];
};

/** The port of the withdrawals by time. */
export type Changed = {
  /**
   * Some of the withdrawals that may have a line of their timeline in this span, some of the credits and debits that were applied
   * in it, and where it goes on; `null`: those were the last.
   */
  page(
    way: Way | 'named',
    span: Span,
    from: Place | null,
  ): Promise<Changes & { next: Place | null }>;
  /** Those of these that are there. */
  named(ids: readonly string[]): Promise<Changes>;
  /** How far a way is, or the look at a span that somebody has named; `null`: it has never been looked. */
  kept(of: Way | Span): Promise<Kept | null>;
  keep(of: Way | Span, kept: Kept): Promise<void>;
};

export type RetellWorld = TellWorld & { changed: Changed };
/** `isWhole`: all that is listed was looked at. If not, whoever asks for the same again has the rest looked at. */
export type Retold = Told & { unreadable: readonly string[]; isWhole: boolean };
/** How long ago the time lies up to which all is told, in each way. */
export type Behind = { behindMs: Record<Way, number> };

/** When a run ends, to go on in the next: when its time is over, or it has read so many pages. */
type Effort = { mayGoOn: () => boolean; pages: number };
const always = () => true;

/** Makes what is missing of the events of a span that somebody names, from where the last run for the same span has ended. */
export async function retell(world: RetellWorld, span: Span, mayGoOn = always): Promise<Retold> {
  const kept = await world.changed.kept(span);
  const anew = { until: span.from, since: span.from, underway: null, unreadable: [] };
  const effort = { mayGoOn, pages: Number.POSITIVE_INFINITY };
  const known = kept === null || kept.underway === null ? anew : kept;
  const { looked, made, isWhole, said } = await lookOn(world, tellAnew(world), {
    ...{ way: 'named', of: span, kept: known, span, effort },
  });
  return { looked, made, isWhole, unreadable: [...said.values()] };
}

/**
 * The check of its own: everything since the last one, but the last moments, which the relay may still be about to tell.
 * What cannot be read is looked at again in each run, until there is code that reads it, and nothing else waits for that.
 */
export async function retellRest(
  world: RetellWorld,
  now: Instant,
  { mayGoOn = always, tablePages = retellTablePages } = {},
): Promise<Retold & Behind> {
  const tell = tellAnew(world);
  const first = (now - retellFirstMs) as Instant;
  const oldest = (now - retellKeptMs) as Instant;
  const behindMs = { listed: 0, table: 0 };
  const said = new Map<string, string>();
  let [looked, made, isWhole] = [0, 0, true];
  for (const way of ways) {
    const nothing = { until: first, since: first, underway: null, unreadable: [] };
    const kept = (await world.changed.kept(way)) ?? nothing;
    // What leaves one index is not in the next at once. So each time is looked at twice, by two runs: then it has come there.
    const from = Math.max(way === 'listed' ? kept.since : kept.until, oldest) as Instant;
    const pages = way === 'listed' ? Number.POSITIVE_INFINITY : tablePages;
    const one = await lookOn(world, tell, {
      ...{ way, of: way, span: { from, until: (now - retellGraceMs) as Instant } },
      kept: { ...kept, unreadable: kept.unreadable.filter(({ until }) => until >= oldest) },
      effort: { mayGoOn, pages },
    });
    for (const [id, text] of one.said) said.set(id, text);
    behindMs[way] = now - one.kept.until;
    looked += one.looked;
    made += one.made;
    if (way === 'listed') isWhole = one.isWhole;
  }
  return { looked, made, unreadable: [...said.values()], isWhole, behindMs };
}

type Look = { way: Way | 'named'; of: Way | Span; kept: Kept; span: Span; effort: Effort };
type Looked = Told & { isWhole: boolean; kept: Kept; said: ReadonlyMap<string, string> };

/** Goes on with the look that is under way, or begins one at this span, and keeps how far it came. */
async function lookOn({ changed }: RetellWorld, tell: Tell, look: Look): Promise<Looked> {
  const { way, of, kept: before, effort } = look;
  const { from, until } = before.underway ?? look.span;
  const span = { from, until };
  let [looked, made, pages] = [0, 0, 0];
  let isInVain = before.underway?.isInVain ?? false;
  const add = (told: Told): void => {
    looked += told.looked;
    made += told.made;
  };
  const { again, said, ...seen } = await lookAgain(changed, tell, before.unreadable);
  add(seen);
  let place = before.underway?.place ?? null;
  let isWhole = false;
  const kept = (): Kept => {
    const unreadable = [...again.values()];
    if (place !== null) return { ...before, unreadable, underway: { ...span, place, isInVain } };
    if (!isWhole || isInVain) return { ...before, unreadable, underway: null };
    return { until, since: before.until, underway: null, unreadable };
  };
  // Even a run that has next to no time comes on by a page.
  while (!isWhole && pages < effort.pages && (pages === 0 || effort.mayGoOn())) {
    const page = await changed.page(way, span, place);
    add(await tell(page, () => span));
    for (const one of page.unreadable) {
      const known = again.get(one.id);
      said.set(one.id, one.said);
      if (known === undefined && again.size >= retellUnreadableMax) isInVain = true;
      else again.set(one.id, { id: one.id, ...around(span, known) });
    }
    place = page.next;
    isWhole = place === null;
    pages += 1;
    if (!isWhole && pages % retellKeptEveryPages === 0) await changed.keep(of, kept());
  }
  await changed.keep(of, kept());
  return { looked, made, isWhole: isWhole && !isInVain, kept: kept(), said };
}

const around = ({ from, until }: Span, known: Span = { from, until }): Span => ({
  from: Math.min(from, known.from) as Instant,
  until: Math.max(until, known.until) as Instant,
});

/** Tells of what could not be read when it was looked for, if it can be now. `again`: it cannot. */
async function lookAgain(changed: Changed, tell: Tell, before: readonly Again[]) {
  const asked = new Map(before.map((one) => [one.id, one]));
  const found = await changed.named([...asked.keys()]);
  const nothing = { from: 0 as Instant, until: -1 as Instant };
  const told = await tell(found, (id: OperationId) => asked.get(id) ?? nothing);
  const again = new Map(
    found.unreadable.flatMap(({ id }) => {
      const one = asked.get(id);
      return one === undefined ? [] : [[id, one]];
    }),
  );
  return { ...told, again, said: new Map(found.unreadable.map(({ id, said }) => [id, said])) };
}
