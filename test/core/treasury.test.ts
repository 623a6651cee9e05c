/** What may be signed: what the treasury finally has, less what is signed and not decided, at any number of workers. */
import { expect, test } from '@jest/globals';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { cancelledByUs, ending } from '../../lambdas/core/payout/ending.ts';
import { payableWaitMaxMs } from '../../lambdas/core/payout/limits.ts';
import type { SentPayout } from '../../lambdas/core/payout/rail.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { lotsReadMax } from '../../lambdas/core/rails/evm/limits.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { token } from '../support/chain.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { destination, minorOf } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);

function setUp(balance: bigint) {
  const given = startPayouts(world);
  const { state, clock, broadcast, confirm, mine, chain } = given;
  state.balance = balance;
  const payer = chain.treasury.toLowerCase() as Address;
  const value = async (id: WithdrawalId) => (await world.now(id)).amount;
  return {
    ...given,
    make: async (amount: bigint) =>
      (await world.reserved({ currency: 'USDC', amount: minorOf(amount) })).id,
    later: async (...ids: WithdrawalId[]) => {
      clock.advance(2 * payableWaitMaxMs);
      await broadcast(ids);
    },
    stages: (ids: readonly WithdrawalId[]) =>
      Promise.all(ids.map(async (id) => (await world.now(id)).stage)),
    promised: async () => (await world.store.promised({ network: 'ethereum', token, payer })).sum,
    /** The payout is final on chain, and 5-confirm has seen it. */
    pay: async (id: WithdrawalId) => {
      const paid = await value(id);
      mine(nonceOf(id), { transfer: { to: destination, value: paid, logIndex: 1 } });
      state.latest += 2;
      state.balance -= paid;
      await confirm([id]);
    },
  };
}

test('what is signed and not final counts as spent; the next one waits visibly until there is more', async () => {
  const { make, broadcast, later, pay, stages, state } = setUp(100n);
  const [one, other] = [await make(60n), await make(60n)];
  await broadcast([one, other]);
  await later(other);
  expect(await stages([one, other])).toEqual(['broadcast', 'reserved']);
  expect(waitReasonOf(await world.now(other))).toBe('treasury-short');
  await pay(one);
  await later(other);
  expect(await stages([other])).toEqual(['reserved']);
  state.balance = 60n;
  await later(other);
  expect(await stages([other])).toEqual(['broadcast']);
});

test('workers side by side never sign for more than there is', async () => {
  const { make, broadcast, stages, sends } = setUp(55n);
  const ids = await Promise.all(Array.from({ length: 12 }, () => make(10n)));
  await Promise.all(
    ids.map((_, index) => broadcast([...ids.slice(index), ...ids.slice(0, index)].slice(0, 4))),
  );
  const signed = (await stages(ids)).filter((stage) => stage !== 'reserved');
  expect(signed).toHaveLength(5);
  expect(new Set(sends().map(({ authorization }) => authorization)).size).toBe(5);
});

test('a large payout that there is not enough for holds up no small one', async () => {
  const { make, broadcast, stages } = setUp(100n);
  const ids = [await make(500n), await make(10n)];
  await broadcast(ids);
  expect(await stages(ids)).toEqual(['reserved', 'broadcast']);
});

test('a payout that was cancelled finally is not promised any more', async () => {
  const { make, broadcast, later, confirm, mine, state, stages, clock } = setUp(60n);
  const [one, other] = [await make(60n), await make(60n)];
  await broadcast([one]);
  const from = (await world.now(one)) as SentPayout;
  const to = ending(from, cancelledByUs, clock.now());
  await world.store.commit([{ change: 'withdrawal', from, to }]);
  await later(one); // Signs the cancellation.
  mine(nonceOf(one), { kind: 'canceled', transfer: null });
  await confirm([one]);
  await later(other);
  expect(await stages([one, other])).toEqual(['broadcast', 'reserved']);
  state.latest += 2;
  await confirm([one]);
  await later(other);
  expect(await stages([one, other])).toEqual(['refunding', 'broadcast']);
});

test('a node that is behind what is known to be final is not asked what there is', async () => {
  const { make, broadcast, later, pay, state, stages, clock } = setUp(100n);
  const [one, two, three] = [await make(60n), await make(60n), await make(60n)];
  await broadcast([one]);
  await pay(one);
  state.balance = 60n;
  await later(two); // Takes what is paid off the sum.
  expect(await stages([two])).toEqual(['broadcast']);
  // It answers as it was before the first payment.
  state.latest -= 3;
  state.balance = 160n;
  clock.advance(2 * payableWaitMaxMs);
  await expect(broadcast([three])).rejects.toMatchObject({ name: 'UnavailableError' });
  expect(await stages([three])).toEqual(['reserved']);
});

test('payouts without a verdict do not hide those that have one, however many they are', async () => {
  const { make, broadcast, later, pay, stages, promised, state } = setUp(1_000n);
  const stuck: WithdrawalId[] = [];
  for (let lots = 0; lots < lotsReadMax + 3; lots += 1) {
    const id = await make(10n);
    stuck.push(id);
    await broadcast([id]);
  }
  const last = await make(500n);
  await broadcast([last]);
  await pay(last);
  expect(await promised()).toBe(630n);
  state.balance = 500n;
  const next = await make(370n);
  for (let visit = 0; visit < 4; visit += 1) await later(next);
  expect(await stages([next])).toEqual(['broadcast']);
  expect(await promised()).toBe(500n);
});
