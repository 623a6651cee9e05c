/** Withdrawals of a wallet at a brokerage that go while others ahead of them have no answer: only as far as the cash goes. */
import { expect, test } from '@jest/globals';
import {
  callUnderwayMs,
  cashSettleMs,
  journalReplayMs,
} from '../../lambdas/core/brokerage/limits.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { journalProofMs, journalSettleMs } from '../../lambdas/core/kernel/limits.ts';
import type { BrokerageWallet } from '../../lambdas/core/ledger/wallet.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { followDebits } from '../../lambdas/core/wallet/follow-debit.ts';
import { behindShownMs } from '../../lambdas/core/wallet/limits.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { testBrokerage } from '../support/brokerage.ts';
import { shared } from '../support/shared.ts';
import { minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';
import { debitIn, endIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

async function setUp() {
  const clock = testClock();
  const broker = testBrokerage(clock);
  const { brokerage } = broker;
  const accountId = crypto.randomUUID();
  const step = { ...stepWorld(world.store, clock), brokerage };
  const aWallet = async () => {
    const funding = { type: 'alpaca', accountId } as const;
    const wallet = walletOf({ funding }) as BrokerageWallet;
    await world.requests.createWallet(wallet);
    return wallet;
  };
  const wallet = await aWallet();
  const withdraw = async (amount: bigint, from = wallet) => {
    const now = clock.now();
    const given = { amount: minorOf(amount), createdAt: now, acceptedAt: now };
    const requested = requestedOf(from, given);
    await world.requests.createWithdrawal(requested, []);
    clock.advance(1);
    return requested.id;
  };
  /** Nothing is known of the journals of these amounts, whatever becomes of them; until `answers` is called. */
  const silent = new Set<string>();
  const { journal } = brokerage;
  const asked: string[] = [];
  brokerage.journal = async (request) => {
    const { amount } = JSON.parse(request.bytes) as { amount: string };
    asked.push(amount);
    if (silent.has(`lost ${amount}`)) return { outcome: 'UNKNOWN', why: 'ECONNRESET' };
    const answer = await journal(request);
    return silent.has(`made ${amount}`) ? { outcome: 'UNKNOWN', why: 'ETIMEDOUT' } : answer;
  };
  return {
    ...{ clock, broker, brokerage, wallet, aWallet, withdraw, asked, silent, step },
    debit: (from = wallet) => debitIn(step)(from.id),
    follow: (...ids: WithdrawalId[]) => followDebits(step, ids),
    cancel: makeCancel(world.store, clock),
    refund: endIn(step),
    stages: async (...ids: WithdrawalId[]) =>
      (await Promise.all(ids.map(world.now))).map(({ stage }) => stage).join(' '),
    sums: async () => {
      const all = await world.store.asked(accountId);
      return [
        all.reduce((sum, one) => sum + one.asked, 0n),
        all.reduce((sum, one) => sum + one.booked, 0n),
      ];
    },
  };
}

// biome-ignore format: columns are the point
test.each<[string, cash: bigint, silent: string, amounts: bigint[], want: string]>([
  ['covers all',                                    60n, 'lost 10', [10n, 20n, 30n],      'debiting reserved reserved'],
  ['covers all, though the first was made',         60n, 'made 10', [10n, 20n, 30n],      'debiting reserved reserved'],
  ['covers all but the last',                       59n, 'lost 10', [10n, 20n, 30n],      'debiting reserved requested'],
  ['covers all but the last: no later one passes',  59n, 'lost 10', [10n, 20n, 30n, 1n],  'debiting reserved requested requested'],
  ['covers the first only',                         10n, 'lost 10', [10n, 1n],            'debiting requested'],
  ['does not even cover the first',                  9n, 'lost 10', [10n, 1n],            'debiting requested'],
  ['one in the middle has no answer',               60n, 'lost 20', [10n, 20n, 30n],      'reserved debiting reserved'],
  ['one in the middle may have taken the rest',     59n, 'lost 20', [10n, 20n, 30n],      'reserved debiting requested'],
])('the cash %s', async (_name, cash, silent, amounts, want) => {
  const it = await setUp();
  it.broker.has(cash);
  it.silent.add(silent);
  const ids: WithdrawalId[] = [];
  for (const amount of amounts) ids.push(await it.withdraw(amount));
  await it.debit();
  // What was booked a moment ago counts twice for as long as the brokerage's answers may be behind.
  it.clock.advance(2 * cashSettleMs);
  await it.debit();
  expect(await it.stages(...ids)).toBe(want);
  const first = want.split(' ').indexOf('requested');
  const waiting = first < 0 ? undefined : ids[first];
  if (waiting === undefined) return;
  const told = await world.now(waiting);
  expect([statusOf(told), waitReasonOf(told)]).toEqual(['RETRYING', 'debits-ahead']);
  // Those behind it say so as well when it takes longer.
  it.clock.advance(behindShownMs);
  await it.debit();
  for (const id of ids) {
    const one = await world.now(id);
    if (one.stage === 'requested') expect(waitReasonOf(one)).toBe('debits-ahead');
  }
  // As soon as there is an answer they are judged in their order. To the refusal of a repetition two looks have to agree.
  it.silent.clear();
  for (let visit = 0; visit < 3; visit += 1) {
    it.clock.advance(journalProofMs);
    await it.debit();
  }
  expect(it.broker.taken()).toBeLessThanOrEqual(cash);
  const ends = await it.stages(...ids);
  expect(ends).not.toMatch(/requested|debiting/);
  let left = cash;
  const inOrder = amounts.map((amount) => {
    if (amount > left) return 'rejected';
    left -= amount;
    return 'reserved';
  });
  expect(ends).toBe(inOrder.join(' '));
  expect(await it.sums()).toEqual([it.broker.taken(), it.broker.taken()]);
});

test('the cash is not known: nobody passes one that has no answer', async () => {
  const it = await setUp();
  it.silent.add('lost 1');
  const ids = [await it.withdraw(1n), await it.withdraw(2n)];
  await it.debit();
  expect(await it.stages(...ids)).toBe('debiting requested');
  expect(it.asked).not.toContain('2');
});

test('an account that may not be used covers nothing', async () => {
  const it = await setUp();
  it.silent.add('lost 1');
  it.brokerage.account = async (id) => ({
    ok: true,
    value: { id, usable: false, transferable: minorOf(1_000n) },
  });
  const ids = [await it.withdraw(1n), await it.withdraw(2n)];
  await it.debit();
  expect(await it.stages(...ids)).toBe('debiting requested');
});

test('an answer about the account that is behind is not taken for cash that is still there', async () => {
  const it = await setUp();
  // The first is executed, and the account does not show it yet.
  it.broker.has(40n);
  const first = await it.withdraw(20n);
  await it.debit();
  const since = it.clock.now();
  it.brokerage.account = async (id) => {
    const unseen = it.clock.now() < since + cashSettleMs - 500 ? 20n : 0n;
    const transferable = minorOf(40n - it.broker.taken() + unseen);
    return { ok: true, value: { id, usable: true, transferable } };
  };
  it.silent.add('lost 10');
  const ids = [first, await it.withdraw(10n), await it.withdraw(15n)];
  await it.debit();
  expect(await it.stages(...ids)).toBe('reserved debiting requested');
});

test('a journal that waits at the brokerage may take its cash yet, also that of another wallet of the account', async () => {
  const it = await setUp();
  const other = await it.aWallet();
  it.broker.has(60n);
  it.broker.makeThem('pending');
  const pending = await it.withdraw(30n, other);
  await it.debit(other);
  expect(await it.stages(pending)).toBe('debiting');
  it.silent.add('lost 10');
  const ids = [await it.withdraw(10n), await it.withdraw(20n), await it.withdraw(1n)];
  await it.debit();
  expect(await it.stages(...ids)).toBe('debiting debiting requested');
  // It is executed, and then what it took is off the cash and off what is asked for.
  it.broker.makeThem('executed');
  await it.follow(pending, ...ids);
  it.broker.has(61n);
  it.clock.advance(2 * journalSettleMs);
  await it.debit();
  expect(await it.stages(pending, ...ids)).toBe('reserved debiting reserved reserved');
});

test('two visits at once ask for each once, in their order, and the sums are right', async () => {
  const it = await setUp();
  it.broker.has(1_000n);
  const ids: WithdrawalId[] = [];
  for (let amount = 1n; amount <= 30n; amount += 1n) ids.push(await it.withdraw(amount));
  await Promise.all([it.debit(), it.debit(), it.debit()]);
  await it.debit();
  expect(new Set((await it.stages(...ids)).split(' '))).toEqual(new Set(['reserved']));
  expect(it.broker.sent).toHaveLength(30);
  expect(await it.sums()).toEqual([465n, 465n]);
});

test('what older code has asked for is not in the sums, and counts all the same', async () => {
  const it = await setUp();
  it.broker.has(30n);
  it.silent.add('lost 10');
  const first = await it.withdraw(10n);
  await it.debit();
  const [effect] = await world.store.journals([first], 'debit');
  if (effect === undefined) throw new Error('no journal');
  const { counted: _, ...older } = effect;
  const [sums] = await world.store.asked(effect.from);
  if (sums === undefined) throw new Error('no sums');
  await world.store.commit([
    { change: 'record', to: { ...older, version: effect.version + 1, counted: false } },
    { change: 'asked', to: { ...sums, version: sums.version + 1, asked: minorOf(0n) } },
  ]);
  const ids = [first, await it.withdraw(20n), await it.withdraw(1n)];
  await it.debit();
  expect(await it.stages(...ids)).toBe('debiting reserved requested');
  it.silent.clear();
  it.clock.advance(2 * journalSettleMs);
  await it.debit();
  expect(await it.stages(...ids)).toBe('reserved reserved rejected');
  expect(await it.sums()).toEqual([20n, 20n]);
});

test('a call that nobody has seen end is not made a second time while it may be under way', async () => {
  const it = await setUp();
  const id = await it.withdraw(10n);
  it.broker.failNext('crash');
  await expect(it.debit()).rejects.toThrow('crash');
  await it.debit();
  it.clock.advance(callUnderwayMs - 1_000);
  await it.debit();
  expect(it.broker.sent).toHaveLength(1);
  it.clock.advance(1_000);
  await it.debit();
  expect([await it.stages(id), it.broker.sent.length]).toEqual(['reserved', 2]);
});

test('a failure of one leaves no other behind that nobody waits for', async () => {
  const it = await setUp();
  it.broker.has(100n);
  it.broker.failNext('none', 'crash');
  const ids = [await it.withdraw(10n), await it.withdraw(20n), await it.withdraw(30n)];
  await expect(it.debit()).rejects.toThrow('crash');
  expect(await it.stages(...ids)).toBe('reserved debiting reserved');
});

test('after ten minutes without an answer the journal is looked for before it is asked for again', async () => {
  const it = await setUp();
  const id = await it.withdraw(10n);
  it.silent.add('made 10');
  const { journalsOf } = it.brokerage;
  let looks = 0;
  it.brokerage.journalsOf = (wanted) => {
    looks += 1;
    return journalsOf(wanted);
  };
  await it.debit();
  for (let minute = 0; minute < 9; minute += 1) {
    it.clock.advance(60_000);
    await it.debit();
  }
  const { length } = it.asked;
  expect([await it.stages(id), looks]).toEqual(['debiting', 0]);
  it.clock.advance(journalReplayMs);
  await it.debit();
  expect([await it.stages(id), looks, it.asked.length]).toEqual(['reserved', 1, length]);
});

test('a mirror journal whose answer was lost is asked for again within seconds, and keeps no other refund waiting', async () => {
  const it = await setUp();
  it.broker.has(1_000n);
  const ids: WithdrawalId[] = [];
  for (let amount = 1n; amount <= 20n; amount += 1n) ids.push(await it.withdraw(amount));
  await it.debit();
  for (const id of ids) await it.cancel(id);
  it.silent.add('lost 7').add('made 8');
  await it.refund(ids);
  const stages = (await it.stages(...ids)).split(' ');
  expect(stages.filter((stage) => stage === 'cancelled')).toHaveLength(18);
  it.silent.clear();
  it.clock.advance(2_000);
  await it.refund(ids);
  expect(new Set((await it.stages(...ids)).split(' '))).toEqual(new Set(['cancelled']));
  expect(it.broker.taken()).toBe(0n);
});
