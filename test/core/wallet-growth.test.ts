/** When a wallet gets more parts of the list of its withdrawals: when that has grown fast for some seconds, and not by what comes at once. */
import { expect, test } from '@jest/globals';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { type Place, timeOfPlace } from '../../lambdas/core/kernel/place.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import { growList } from '../../lambdas/core/wallet/grow.ts';
import {
  listBusyMs,
  listedPerSecondMax,
  listShardsMax,
  postingsMax,
} from '../../lambdas/core/wallet/limits.ts';
import { at, walletOf } from '../support/things.ts';

const start = 1_000_000;
/** So many that are accepted so many a second from a time on. */
const accepted = (perSecond: number, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `wd_${index}` as WithdrawalId,
    acceptedAt: at(from + Math.floor((index * 1_000) / perSecond)),
  }));

const [full, slow, fast] = [postingsMax, listedPerSecondMax / 2, listedPerSecondMax * 1.5];
type Case = { shards: number; now: number; count?: number; before: number | null };
/** `before`: how many a second were accepted some seconds ago; `null`: none. `reads`: whether that is looked at. */
// biome-ignore format: columns are the point
const cases: readonly [string, Case, { reads: boolean; to: number | null }][] = [
  ['a list that grows slowly',                   { shards: 1, now: slow, before: slow },                  { reads: false, to: null }],
  ['less than a page, however fast',             { shards: 1, now: fast, count: full - 1, before: fast }, { reads: false, to: null }],
  ['what comes at once',                         { shards: 1, now: 100_000, before: null },               { reads: true,  to: null }],
  ['what comes at once after what came slowly',  { shards: 1, now: 100_000, before: slow },               { reads: true,  to: null }],
  ['a list that has grown fast for seconds',     { shards: 1, now: fast, before: fast },                  { reads: true,  to: 2 }],
  ['the same, with parts enough for it',         { shards: 2, now: fast, before: fast },                  { reads: false, to: null }],
  ['one that needs more than two parts',         { shards: 2, now: 2 * fast, before: 2 * fast },          { reads: true,  to: 4 }],
  ['one that has all the parts there are',       { shards: listShardsMax, now: 99 * fast, before: 99 * fast }, { reads: false, to: null }],
];

test.each(cases)('%s', async (_, { shards, now, count = full, before }, wanted) => {
  const page = accepted(now, start, count);
  // There is no limit to how many are between: what is read is the first page behind the place that is asked for.
  const earlier = before === null ? [] : accepted(before, start - listBusyMs, full);
  const made: Change[] = [];
  let reads = 0;
  const store = {
    accepted: async (_wallet: string, parts: number, after: Place | null, limit: number) => {
      reads += 1;
      expect(parts).toBe(shards);
      const since = after === null ? 0 : timeOfPlace(after) - 1;
      return [...earlier, ...page].filter(({ acceptedAt }) => acceptedAt >= since).slice(0, limit);
    },
    commit: async (changes: readonly Change[]) => {
      made.push(...changes);
      return [];
    },
  } as Partial<Store> as Store;
  const wallet = walletOf({ listShards: shards });
  await growList(store, wallet, page);
  const change = { change: 'more-shards', walletId: wallet.id, of: 'listShards' } as const;
  expect(made).toEqual(wanted.to === null ? [] : [{ ...change, from: shards, to: wanted.to }]);
  expect(reads).toBe(wanted.reads ? 1 : 0);
});
