/** Where the blocks of a ledger are kept: none is lost or kept twice, and no write becomes dearer than it was. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blocksFrom, blocksToRow } from '../../lambdas/adapters/dynamo/block-row.ts';
import { balanceItemFrom, balanceToRow } from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { balanceMax } from '../../lambdas/core/kernel/money.ts';
import { type Block, hashOf, type Posting, post } from '../../lambdas/core/ledger/ledger.ts';
import {
  append,
  type BalanceItem,
  blocksOfRowMax,
  emptyItem,
} from '../../lambdas/core/ledger/tail.ts';
import { asRead } from '../support/as-read.ts';
import { itemSize } from '../support/item-size.ts';
import { at, minorOf, requestedOf, walletOf } from '../support/things.ts';

const wallet = walletOf();
const sourceId = requestedOf(wallet).id;
const now = 1_795_263_448_827;
const credits = (count: number, amount = 1n): Posting[] =>
  Array.from({ length: count }, () => ({ kind: 'CREDIT', amount: minorOf(amount), sourceId }));

/** What a transaction pays for these rows: two units for each started KB. */
const units = (...rows: Record<string, unknown>[]): number =>
  rows.reduce((sum, row) => sum + 2 * Math.ceil(itemSize(row) / 1_024), 0);
/** Others write attributes of their own into the item: a suspension, and how far the inbox is taken. */
const roomForOthers = 64;

/** A write with so many postings; `false`: by code that knows no tail, which leaves it as it is. */
type Write = { postings: number; knowsTail: boolean };
function written(writes: readonly Write[], amount: bigint, blocksBefore = 10 ** 9) {
  const long = { version: blocksBefore, entries: blocksBefore };
  let balance: BalanceItem = { ...emptyItem(wallet.id), ...long };
  const [made, rows]: [Block[], (readonly Block[])[]] = [[], []];
  const paid = { now: 0, before: 0 };
  for (const { postings, knowsTail } of writes) {
    const next = post(balance, credits(postings, amount), at(now));
    const step = knowsTail
      ? append(balance, credits(postings, amount), at(now))
      : { to: { ...next.balance, tail: balance.tail }, row: [next.block] };
    made.push(next.block);
    balance = step.to;
    if (step.row.length > 0) rows.push(step.row);
    const written = step.row.length > 0 ? [blocksToRow(step.row)] : [];
    paid.now += units(balanceToRow(balance), ...written);
    paid.before += units(balanceToRow({ ...balance, tail: [] }), blocksToRow([next.block]));
  }
  return { balance, made, rows, paid };
}

const writes = fc.array(
  fc.record({
    postings: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 60 })),
    knowsTail: fc.boolean(),
  }),
  { maxLength: 40 },
);
const amounts = fc.bigInt({ min: 1n, max: 10n ** 24n });

test('whatever is written, by new code and old: each block is kept once, as it was made, and its row is named after its first one', () => {
  fc.assert(
    fc.property(writes, amounts, (all, amount) => {
      const { balance, made, rows } = written(all, amount);
      const read = [...rows.flatMap((row) => blocksFrom(asRead(blocksToRow(row))))];
      const tail = balanceItemFrom(asRead(balanceToRow(balance))).tail;
      const kept = [...read, ...tail].toSorted((a, b) => a.sequence - b.sequence);
      expect(kept).toEqual(made);
      for (const block of kept) expect(hashOf(block)).toBe(block.hash);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(blocksOfRowMax);
    }),
  );
});

test('the item of a balance stays within 1 KB with its tail, and there is room for what others write into it', () => {
  fc.assert(
    fc.property(writes, fc.bigInt({ min: 1n, max: balanceMax('USDC') / 2_400n }), (all, amount) => {
      const { balance } = written(all, amount);
      expect(itemSize(balanceToRow(balance))).toBeLessThanOrEqual(1_024 - roomForOthers);
    }),
  );
});

test('no history of a wallet costs more than with a row for each block', () => {
  const ours = writes.map((all) => all.map((one) => ({ ...one, knowsTail: true })));
  fc.assert(
    fc.property(ours, amounts, (all, amount) => {
      const { paid } = written(all, amount);
      expect(paid.now).toBeLessThanOrEqual(paid.before);
    }),
  );
});

test.each([
  ['one posting', () => 1, 2.3],
  ['a hold, or a payout with its fee', (n: number) => 1 + (n % 2), 2.4],
])(
  'a block with %s costs little more than its balance, where it cost four units',
  (_, count, most) => {
    const lone = Array.from({ length: 140 }, (_, n) => ({ postings: count(n), knowsTail: true }));
    const { paid } = written(lone, 100_000_000n, 1_000);
    expect(paid.before / lone.length).toBe(4);
    expect(paid.now / lone.length).toBeLessThanOrEqual(most);
  },
);
