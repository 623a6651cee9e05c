/** The chain of a wallet as the console computes it again, held against what the ledger writes. */
import { expect, test } from '@jest/globals';
import type { Entry } from '../../console/api/types.ts';
import { blocksOf, checked } from '../../console/wallets/chain.ts';
import type { OperationId, WalletId } from '../../lambdas/core/kernel/ids.ts';
import { minor } from '../../lambdas/core/kernel/money.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { emptyBalance, type Posting, post } from '../../lambdas/core/ledger/ledger.ts';
import { entryResourceOf } from '../../lambdas/core/requests/resource.ts';

const walletId = 'wal_1' as WalletId;
const posting = (kind: Posting['kind'], cents: bigint, source: string): Posting => ({
  kind,
  amount: minor(cents),
  sourceId: source as OperationId,
});

/** Three blocks, one of them with two entries, as the API lists them. */
function entries(): Entry[] {
  let balance = emptyBalance(walletId);
  const all: Entry[] = [];
  for (const [at, postings] of [
    [1_000, [posting('CREDIT', 25_000n, 'txn_1')]],
    [2_000, [posting('HOLD', 10_000n, 'wd_1')]],
    [9_000, [posting('PAYOUT', 9_950n, 'wd_1'), posting('FEE', 50n, 'wd_1')]],
  ] as const) {
    const { balance: after, block } = post(balance, postings, at as Instant);
    balance = after;
    for (const entry of block.entries)
      all.push(entryResourceOf({ ...entry, at: block.at, blockHash: block.hash }, 'USD'));
  }
  return all;
}

test('what the ledger wrote is whole', async () => {
  expect(await checked(walletId, 'USD', blocksOf(entries()))).toEqual({ is: 'whole', blocks: 3 });
});

const changed = (index: number, change: Partial<Entry>): Entry[] =>
  entries().map((entry, at) => (at === index ? { ...entry, ...change } : entry));

test.each<{ what: string; of: Entry[]; says: RegExp }>([
  { what: 'an amount', of: changed(2, { amount: '99.00' }), says: /balance after entry 3/ },
  { what: 'a time', of: changed(1, { at: '1970-01-01T00:00:03.000Z' }), says: /another hash/ },
  { what: 'whom it is for', of: changed(3, { sourceId: 'wd_2' }), says: /another hash/ },
  {
    what: 'a balance',
    of: changed(0, { availableAfter: '251.00' }),
    says: /balance after entry 1/,
  },
  { what: 'an entry that is missing', of: entries().toSpliced(1, 1), says: /Entry 2 is missing/ },
  {
    what: 'an amount that is none',
    of: changed(0, { amount: '1e3' }),
    says: /an amount that is none/,
  },
])('a change shows: $what', async ({ of, says }) => {
  const verdict = await checked(walletId, 'USD', blocksOf(of));
  expect(verdict).toMatchObject({ is: 'broken', why: expect.stringMatching(says) });
});

test('another wallet’s chain is not this one’s', async () => {
  expect(await checked('wal_2', 'USD', blocksOf(entries()))).toMatchObject({ is: 'broken' });
});
