import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  askedBy,
  asking,
  bookedUntil,
  booking,
  leftOf,
} from '../../lambdas/core/brokerage/cash.ts';
import { cashSettleMs } from '../../lambdas/core/brokerage/limits.ts';
import { at, minorOf, walletOf } from '../support/things.ts';

const { id: walletId } = walletOf();
const nothing = askedBy([], { accountId: 'account', walletId });
const read = (cash: bigint, taken: bigint) => ({
  at: at(0),
  cash: minorOf(cash),
  taken: new Map([[walletId, minorOf(taken)]]),
});

// biome-ignore format: columns are the point
test.each<[string, cash: bigint, taken: bigint, asked: bigint, left: bigint]>([
  ['nothing is asked for',                          100n,  0n,   0n, 100n],
  ['one without an answer may be paid yet',         100n,  0n,  30n,  70n],
  ['one that is surely paid is in the cash already', 70n, 30n,  30n,  70n],
  ['one that may be paid or not counts as not',      70n,  0n,  30n,  40n],
  ['more is asked for than there is',                20n,  0n,  30n, -10n],
])('what is left when %s', (_name, cash, taken, asked, left) => {
  expect(leftOf(read(cash, taken), [asking(nothing, asked)])).toBe(left);
});

test('what other wallets have asked of the account counts as well', () => {
  const others = { ...asking(nothing, 40n), walletId: walletOf().id };
  expect(leftOf(read(100n, 0n), [asking(nothing, 30n), others])).toBe(30n);
});

test('a debit that came to nothing is off the sums, and no sum is ever below what is paid', () => {
  const sums = booking(asking(nothing, 30n), 10n, at(5));
  expect(asking(sums, -20n)).toMatchObject({ asked: 10n, booked: 10n, version: 3 });
  expect(asking(sums, -99n)).toMatchObject({ asked: 10n });
  expect(booking(nothing, 7n, at(5))).toMatchObject({ asked: 7n, booked: 7n });
});

test('whenever it is looked at: what counts as surely paid was paid by then, and is not much behind', () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: 4_000 }), amount: fc.bigInt(1n, 9n) });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 0, max: 9_000 }),
      (steps, idle) => {
        let sums = asking(nothing, 1_000n);
        const paid: { at: number; sum: bigint }[] = [];
        let now = 1_000_000;
        const paidBy = (time: number) => paid.findLast((one) => one.at <= time)?.sum ?? 0n;
        const check = () => {
          const surely = bookedUntil(sums, at(now - cashSettleMs));
          expect(surely).toBeLessThanOrEqual(paidBy(now - cashSettleMs));
          expect(surely).toBeGreaterThanOrEqual(paidBy(now - 1.4 * cashSettleMs));
          expect(sums.marks.length).toBeLessThan(6);
        };
        for (const { ms, amount } of steps) {
          now += ms;
          sums = booking(sums, amount, at(now));
          paid.push({ at: now, sum: (paid.at(-1)?.sum ?? 0n) + amount });
          check();
        }
        now += idle;
        check();
      },
    ),
  );
});
