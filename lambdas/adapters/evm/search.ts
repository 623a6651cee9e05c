/**
 * Looks for what became of nonces in the token's logs. Which final blocks were read in vain is remembered, so the next visit
 * reads only what is new; and before much is read, the token is asked whether the nonce is used up at all. So a payout that
 * was signed days ago costs no more than a fresh one, and nothing is written for it. The memory is this process's alone: all
 * that it saves is work.
 *
 * A payout may have been paid before the blocks that are read for it: a table that was restored has forgotten that it was
 * signed, and it was signed once more. Where the token says so, older blocks are read, down from there.
 */
import type { Hex } from 'viem';
import type { ChainEvent } from '../../core/rails/evm/chain.ts';
import type { Address } from '../../core/rails/evm/hex.ts';
import { logSearchMs, logsAgainMs, logsForgetMs } from '../../core/rails/evm/limits.ts';
import { systemClock } from '../net/clock.ts';
import { type LogSource, readAuthorizations } from './logs.ts';
import { inRanges, type Range, widthOf } from './ranges.ts';
import type { SpentAt, UsedBy } from './used.ts';

/** The blocks `from` to `to` were read for a nonce without finding it; the first of them at `since`. */
type Read = Range & { since: number };
/** `range` is where they are likely. What was used up before it is found as well, only later. */
export type Search = (
  payer: Address,
  nonces: readonly Hex[],
  range: Range,
) => Promise<ChainEvent[]>;

/** What is looked for and where that has come to. */
type Reading = {
  payer: Address;
  nonces: Hex[];
  done: Read;
  /** In ms since the epoch: what is left then is for the next visit, which begins where this one ends. */
  until: number;
  found: ChainEvent[];
};

export function nonceSearch(source: LogSource, spentAt: SpentAt, used: UsedBy): Search {
  const memory = new Map<string, Read>();
  /** When the likely blocks of a nonce that is used up were last read. */
  const reread = new Map<string, number>();
  // What a node refuses of its oldest blocks says nothing of its newest.
  const old: LogSource = { ...source, width: widthOf(source.width.most) };

  /** What was read for this nonce, as far as it counts; nothing, as a range without a block above `range`. */
  const readFor = (key: string, { to }: Range): Read => {
    const known = memory.get(key);
    // A node may have answered that lacks a block or its logs, so nothing counts for long.
    const counts =
      known !== undefined && systemClock.now() - known.since <= logsForgetMs && known.to <= to;
    return counts ? known : { from: to + 1, to, since: systemClock.now() };
  };

  /** Nonces for which the same blocks were read are asked for together. */
  const groupsOf = (payer: Address, nonces: readonly Hex[], range: Range) => {
    const groups = new Map<string, { read: Read; nonces: Hex[] }>();
    for (const nonce of nonces) {
      const read = readFor(keyOf(payer, nonce), range);
      const name = `${read.from} ${read.to}`;
      const group = groups.get(name) ?? { read, nonces: [] };
      group.nonces.push(nonce);
      groups.set(name, group);
    }
    return [...groups.values()];
  };

  async function readParts(
    from: LogSource,
    reading: Reading,
    range: Range,
    direction: 'up' | 'down',
  ): Promise<void> {
    const { payer, done, until, found } = reading;
    const take = async (part: Range): Promise<'more' | 'enough'> => {
      if (reading.nonces.length === 0) return 'enough';
      const events = await readAuthorizations(from, payer, reading.nonces, part);
      found.push(...events);
      reading.nonces = reading.nonces.filter((one) => !events.some(({ nonce }) => nonce === one));
      done.from = Math.min(done.from, part.from);
      done.to = Math.max(done.to, part.to);
      return systemClock.now() < until ? 'more' : 'enough';
    };
    const before = reading.nonces;
    try {
      await inRanges(from.width, range, take, direction);
    } finally {
      // What is found may be asked for again, by who could not save it.
      for (const nonce of before) memory.delete(keyOf(payer, nonce));
      for (const nonce of reading.nonces) memory.set(keyOf(payer, nonce), done);
    }
  }

  async function searchIn(payer: Address, all: readonly Hex[], range: Range, until: number) {
    const found: ChainEvent[] = [];
    for (const { read, nonces } of groupsOf(payer, all, range)) {
      const reading: Reading = { payer, nonces, done: { ...read }, until, found };
      const left = Math.max(0, range.to - read.to) + Math.max(0, read.from - range.from);
      if (left > source.width.now) {
        const spent = await spentAt(payer, nonces, 'latest');
        reading.nonces = nonces.filter((nonce) => spent.get(nonce) !== false);
      }
      await readParts(source, reading, { from: read.to + 1, to: range.to }, 'up');
      // What is used up now, and was not at the last visit, was used up lately.
      if (reading.done.to === range.to)
        await readParts(source, reading, { from: range.from, to: read.from - 1 }, 'down');
    }
    return found;
  }

  /** For nonces that are used up, and not in the range: where no log shows that, the search goes on until the first block. */
  async function searchBelow(payer: Address, all: readonly Hex[], range: Range, until: number) {
    const found: ChainEvent[] = [];
    const first = Math.min(range.from, range.to + 1);
    const readWhole = all.filter((nonce) => {
      const { from, to } = memory.get(keyOf(payer, nonce)) ?? { from: range.to + 1, to: -1 };
      return from <= first && to === range.to;
    });
    const below = await used(payer, readWhole, range.to);
    const now = systemClock.now();
    for (const { read, nonces } of groupsOf(payer, below, range)) {
      const done = { ...read };
      const reading: Reading = { payer, nonces, done, until, found };
      // They are the likeliest still: a node that had not the logs of a block yet shows none, without a word. So they are not only
      // read once, before a way that may take days.
      const keys = nonces.map((nonce) => keyOf(payer, nonce));
      for (const key of keys) if (!reread.has(key)) reread.set(key, read.since);
      if (keys.some((key) => now - (reread.get(key) ?? now) > logsAgainMs)) {
        await readParts(source, reading, { from: first, to: range.to }, 'up');
        for (const key of keys) reread.set(key, now);
      }
      const deeper = { from: 0, to: Math.min(read.from, first) - 1 };
      await readParts(old, reading, deeper, 'down');
      // As long as it gets on nothing is forgotten, or a long way would never come to its end.
      if (done.from < read.from) done.since = systemClock.now();
    }
    return found;
  }

  return async (payer, nonces, range) => {
    for (const [key, { since }] of memory)
      if (systemClock.now() - since > logsForgetMs) memory.delete(key);
    for (const key of reread.keys()) if (!memory.has(key)) reread.delete(key);
    const until = systemClock.now() + logSearchMs;
    const found = await searchIn(payer, nonces, range, until);
    const left = nonces.filter((one) => !found.some(({ nonce }) => nonce === one));
    try {
      found.push(...(await searchBelow(payer, left, range, until)));
    } catch (error) {
      // What is found is told first. A node that has no such old logs says so again at the next visit.
      if (found.length === 0) throw error;
    }
    return found;
  };
}

const keyOf = (payer: Address, nonce: Hex): string => `${payer} ${nonce}`;
