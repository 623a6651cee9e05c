import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import type { WalletId } from '../../lambdas/core/kernel/ids.ts';
import { balanceMax, formatAmount } from '../../lambdas/core/kernel/money.ts';
import { hashOf, post } from '../../lambdas/core/ledger/ledger.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import { commitsOfOne } from '../../lambdas/core/store/store.ts';
import { applyInOrder } from '../../lambdas/core/wallet/debit.ts';
import { customer, testBrokerage } from '../support/brokerage.ts';
import {
  at,
  balanceOf,
  minorOf,
  plenty,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, startWorld, stepWorld } from '../support/world.ts';

const wallet = walletOf();
/** `W5` means a withdrawal of 5, `C5` a credit, `D5` a debit. */
const operation = (text: string) => {
  const amount = BigInt(text.slice(1));
  if (text[0] === 'W') return requestedOf(wallet, { amount: minorOf(amount) });
  return transactionOf(wallet, text[0] === 'C' ? 'CREDIT' : 'DEBIT', amount);
};

const outcome = (change: Change): string => {
  if (change.change === 'withdrawal') return change.to.stage;
  if (change.change === 'transaction') return change.to.status;
  if (change.change === 'balance') return `${change.to.available}+${change.to.held}`;
  return change.change;
};

// biome-ignore format: columns are the point
test.each([
  //                                      has   operations     outcome
  ['all of it may be taken',               10n, 'W10',         '0+10 reserved'],
  ['one more than there is is rejected',   10n, 'W11',         'balance-unchanged rejected'],
  ['the first that fits wins',             10n, 'W6 W6 W4',    '0+10 reserved rejected reserved'],
  ['a credit before it makes it fit',       0n, 'C5 W5',       '0+5 PROCESSED reserved'],
  ['a credit after it does not',            0n, 'W5 C5',       '5+0 rejected PROCESSED'],
  ['a debit beyond the balance fails',      3n, 'D4 D3',       '0+0 FAILED PROCESSED'],
  ['nothing fits: nothing is written',      0n, 'D1 W1',       'balance-unchanged FAILED rejected'],
  ['a credit beyond what is kept fails',   1n, `C${10n ** 38n - 1n}`, 'balance-unchanged FAILED'],
])('%s', (_name, has, operations, want) => {
  const changes = applyInOrder(balanceOf(wallet.id, has), operations.split(' ').map(operation), at(5));
  expect(changes.map(outcome).join(' ')).toBe(want);
});

test('a rejection tells the figures', () => {
  const [, rejected] = applyInOrder(balanceOf(wallet.id, 250n), [operation('W10000')], at(5));
  expect(rejected).toMatchObject({
    to: {
      failure: {
        code: 'INSUFFICIENT_FUNDS',
        message: 'The wallet has 2.50 USD available; 100.00 was asked for.',
      },
    },
  });
});

test('any operations: no balance is negative, and the block adds up to the balance', () => {
  const letters = fc.constantFrom('W', 'C', 'D');
  const one = fc
    .tuple(letters, fc.integer({ min: 1, max: 50 }))
    .map(([letter, amount]) => operation(`${letter}${amount}`));
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 45 }),
      fc.bigInt({ min: 0n, max: 100n }),
      (operations, has) => {
        const before = balanceOf(wallet.id, has);
        const [first, second] = applyInOrder(before, operations, at(5));
        if (first?.change !== 'balance') return;
        const [block] = second?.change === 'blocks' ? second.blocks : first.to.tail;
        if (block === undefined) throw new Error('no block');
        let [available, held] = [has, 0n];
        for (const entry of block.entries) {
          if (entry.debit === 'wallet:available') available -= entry.amount;
          if (entry.credit === 'wallet:available') available += entry.amount;
          if (entry.credit === 'wallet:held') held += entry.amount;
          expect(available >= 0n).toBe(true);
          expect([entry.availableAfter, entry.heldAfter]).toEqual([available, held]);
        }
        expect([first.to.available, first.to.held]).toEqual([available, held]);
        expect(block.prevHash).toBe(before.lastHash);
        expect(hashOf(block)).toBe(block.hash);
        expect(first.to.lastHash).toBe(block.hash);
      },
    ),
  );
});

test.each([
  ['USD', 10n ** 20n - 1n],
  ['USDC', 10n ** 24n - 1n],
] as const)('a %s wallet holds no more than can be written', (currency, most) => {
  const wallet = walletOf({ currency });
  const credit = transactionOf(wallet, 'CREDIT', 1n);
  const outcome = (available: bigint) =>
    applyInOrder(balanceOf(wallet.id, available), [credit], at(5))
      .flatMap((one) => (one.change === 'transaction' ? [one.to] : []))
      .map((to) => (to.status === 'FAILED' ? to.failure.code : to.status));
  expect(outcome(most - 1n)).toEqual(['PROCESSED']);
  expect(outcome(most)).toEqual(['BALANCE_LIMIT']);
});

test('what is held counts, for it may come back: the bound is for the sum', () => {
  const most = balanceMax('USD');
  const [held, credit] = [5n, (amount: bigint) => transactionOf(wallet, 'CREDIT', amount)];
  const before = { ...balanceOf(wallet.id, most - held), held: minorOf(held) };
  expect(applyInOrder(before, [credit(1n)], at(5)).map(outcome)).toEqual([
    'balance-unchanged',
    'FAILED',
  ]);
  const room = { ...balanceOf(wallet.id, most - held - 1n), held: minorOf(held) };
  const [credited] = applyInOrder(room, [credit(1n)], at(5));
  if (credited?.change !== 'balance') throw new Error('not credited');
  const release = { kind: 'RELEASE', amount: minorOf(held), sourceId: 'wd_1' } as const;
  const { balance } = post(credited.to, [release], at(6));
  expect(formatAmount(balance.available, 'USD')).toBe(`${'9'.repeat(18)}.99`);
});

test('a wallet that has more than the bound from before it held still holds, pays and releases', () => {
  const over = { ...balanceOf(wallet.id, balanceMax('USD')), held: minorOf(7n) };
  const outcomes = applyInOrder(over, ['W5', 'D5', 'C1'].map(operation), at(5)).map(outcome);
  expect(outcomes.slice(1)).toEqual(['reserved', 'PROCESSED', 'FAILED']);
});

test.each(['ledger', 'alpaca'] as const)(
  'what was accepted while a part of the inbox was slow to be read waits for what that part had (%s)',
  async (type) => {
    const world = await startWorld();
    const clock = testClock();
    const slow = walletOf({
      funding: type === 'alpaca' ? { type, accountId: customer } : { type },
    });
    await world.requests.createWallet(slow);
    const accepted = [clock.now(), at(clock.now() + 500)].map((acceptedAt) =>
      requestedOf(slow, { amount: minorOf(1n), createdAt: acceptedAt, acceptedAt }),
    );
    for (const one of accepted) await world.requests.createWithdrawal(one, []);
    let reads = 0;
    let isSlow = true;
    const inbox = async (walletId: WalletId, shards: number, limit: number) => {
      const all = await world.store.inbox(walletId, shards, 2);
      reads += 1;
      // A wallet at the brokerage takes one at a time.
      if (!isSlow || (type === 'alpaca' && limit > 1)) return all.slice(0, limit);
      isSlow = false;
      // The first shard answered at once and did not show the first operation yet; the other took a second.
      clock.advance(1_000);
      return all.slice(1);
    };
    const moved: string[] = [];
    const commit = async (changes: readonly Change[]) => {
      for (const one of changes) if (one.change === 'withdrawal') moved.push(one.from?.id ?? '');
      return world.store.commit(changes);
    };
    const store = { ...world.store, inbox, commit, commitEach: commitsOfOne(commit) };
    const { brokerage } = testBrokerage(clock);
    const budget = budgetOf(() => (reads < 9 ? plenty.remainingMs() : 0));
    const debit = debitIn({ ...stepWorld(store, clock), budget, brokerage });
    // Each was rung for, but the first ring found a part of the inbox only.
    for (const _ of accepted) await debit(slow.id);
    expect(moved[0]).toBe(accepted[0]?.id);
    world.stop();
  },
);
