/**
 * Reads logs in ranges of blocks. Nodes limit a range by its blocks, by what it finds or by the time that it takes, and each
 * says so in its own words: so whatever is refused is asked for in halves, down to one block. What was refused once is not
 * asked for again for a while.
 */
import { BaseError } from 'viem';
import { ShutError } from '../../core/kernel/errors.ts';
import { logRangeForgetMs, logRangeMax } from '../../core/rails/evm/limits.ts';
import { systemClock } from '../net/clock.ts';

export type Range = { from: number; to: number };

/** How wide a range one node allows, as far as is known. It is remembered for as long as a function lives. */
export type Width = { readonly most: number; now: number; refusedAt: number };

/** `limit` is the setting `EVM_LOG_RANGE_<NETWORK>`. */
export const widthOf = (limit: number | undefined): Width => {
  const most = limit ?? logRangeMax;
  return { most, now: most, refusedAt: 0 };
};

/**
 * Reads the blocks of the range part by part, from its beginning or from its end, until `read` answers that it is enough.
 * Throws what one block alone is refused with.
 */
export async function inRanges(
  width: Width,
  { from, to }: Range,
  read: (part: Range) => Promise<'more' | 'enough'>,
  direction: 'up' | 'down' = 'up',
): Promise<void> {
  if (systemClock.now() - width.refusedAt > logRangeForgetMs) width.now = width.most;
  let [low, high] = [from, to];
  while (low <= high) {
    const size = Math.min(width.now, high - low + 1);
    const part =
      direction === 'up' ? { from: low, to: low + size - 1 } : { from: high - size + 1, to: high };
    try {
      if ((await read(part)) === 'enough') return;
      if (direction === 'up') low = part.to + 1;
      else high = part.from - 1;
    } catch (error) {
      if (size === 1 || isShut(error)) throw error;
      width.now = Math.floor(size / 2);
      width.refusedAt = systemClock.now();
    }
  }
}

/** Whether our own circuit breaker kept the question back. */
export const isShut = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((one) => one instanceof ShutError) !== null;
