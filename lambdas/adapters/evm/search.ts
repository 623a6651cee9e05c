/**
 * Looks for what became of nonces in the token's logs. Which final blocks were read in vain is remembered, so the next visit
 * reads only what is new; and before much is read, the token is asked whether the nonce is used up at all. So a payout that
 * was signed days ago costs no more than a fresh one, and nothing is written for it. The memory is this process's alone: all
 * that it saves is work.
 */
import type { Hex } from 'viem';
import type { Address } from '../../core/kernel/networks.ts';
import type { ChainEvent } from '../../core/rails/evm/chain.ts';
import { logSearchMs, logsForgetMs } from '../../core/rails/evm/limits.ts';
import { systemClock } from '../net/clock.ts';
import { type LogSource, readAuthorizations } from './logs.ts';
import { inRanges, type Range } from './ranges.ts';

/** The blocks `from` to `to` were read for a nonce without finding it; the first of them at `since`. */
type Read = Range & { since: number };
/** Which of the nonces are used up or cancelled at the head. Where the node does not say, there is no entry. */
export type SpentAtHead = (
  treasury: Address,
  nonces: readonly Hex[],
) => Promise<ReadonlyMap<Hex, boolean>>;
export type Search = (
  treasury: Address,
  nonces: readonly Hex[],
  range: Range,
) => Promise<ChainEvent[]>;

export function nonceSearch(source: LogSource, spentAtHead: SpentAtHead): Search {
  const memory = new Map<string, Read>();

  /** What was read for this nonce, as far as it counts; nothing, as a range without a block above `range`. */
  const readFor = (key: string, { to }: Range): Read => {
    const known = memory.get(key);
    // A node may have answered that lacks a block or its logs, so nothing counts for long.
    const counts =
      known !== undefined && systemClock.now() - known.since <= logsForgetMs && known.to <= to;
    return counts ? known : { from: to + 1, to, since: systemClock.now() };
  };

  async function searchFor(treasury: Address, all: readonly Hex[], read: Read, range: Range) {
    let nonces = [...all];
    const found: ChainEvent[] = [];
    const left = Math.max(0, range.to - read.to) + Math.max(0, read.from - range.from);
    if (left > source.width.now) {
      const spent = await spentAtHead(treasury, nonces);
      nonces = nonces.filter((nonce) => spent.get(nonce) !== false);
    }
    const until = systemClock.now() + logSearchMs;
    const done = { ...read };
    const take = async (part: Range): Promise<'more' | 'enough'> => {
      if (nonces.length === 0) return 'enough';
      const events = await readAuthorizations(source, treasury, nonces, part);
      found.push(...events);
      nonces = nonces.filter((nonce) => !events.some((event) => event.nonce === nonce));
      done.from = Math.min(done.from, part.from);
      done.to = Math.max(done.to, part.to);
      // What is left is for the next visit, which begins where this one ends.
      return systemClock.now() < until ? 'more' : 'enough';
    };
    try {
      await inRanges(source.width, { from: read.to + 1, to: range.to }, take);
      // What is used up now, and was not at the last visit, was used up lately.
      if (done.to === range.to)
        await inRanges(source.width, { from: range.from, to: read.from - 1 }, take, 'down');
    } finally {
      for (const nonce of nonces) memory.set(keyOf(treasury, nonce), done);
    }
    return found;
  }

  return async (treasury, nonces, range) => {
    for (const [key, { since }] of memory)
      if (systemClock.now() - since > logsForgetMs) memory.delete(key);
    const groups = new Map<string, { read: Read; nonces: Hex[] }>();
    for (const nonce of nonces) {
      const read = readFor(keyOf(treasury, nonce), range);
      const name = `${read.from} ${read.to}`;
      const group = groups.get(name) ?? { read, nonces: [] };
      group.nonces.push(nonce);
      groups.set(name, group);
    }
    const found: ChainEvent[] = [];
    for (const group of groups.values())
      found.push(...(await searchFor(treasury, group.nonces, group.read, range)));
    return found;
  };
}

const keyOf = (treasury: Address, nonce: Hex): string => `${treasury} ${nonce}`;
