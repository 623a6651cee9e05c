/** What may be signed: what the treasury finally has, less what is signed and not decided, at any number of workers. */
import { expect, test } from '@jest/globals';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { payableWaitMaxMs } from '../../lambdas/core/payout/limits.ts';
import { fundsOf } from '../../lambdas/core/rails/evm/funds.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import {
  lotsReadMax,
  namedBesideMax,
  namedTogetherMax,
} from '../../lambdas/core/rails/evm/limits.ts';
import type { Treasury } from '../../lambdas/core/store/treasury.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { token } from '../support/chain.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { at, destination, minorOf } from '../support/things.ts';
import { endPayout, startWorld } from '../support/world.ts';

const world = shared(startWorld);

function setUp(balance: bigint) {
  const given = startPayouts(world);
  const { state, clock, broadcast, confirm, mine, chain } = given;
  state.balance = balance;
  const payer = chain.treasury.toLowerCase() as Address;
  const treasury: Treasury = { network: 'ethereum', token, payer };
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
    treasury,
    promised: async () => (await world.store.promised(treasury)).sum,
    beside: async () => (await world.store.promised(treasury)).payouts,
    lots: () => world.store.lots(treasury, 100),
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
  await endPayout(world, one, clock.now());
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
  const { make, broadcast, later, pay, stages, promised, lots, state } = setUp(1_000n);
  // So many at once are a lot of their own.
  const many = namedBesideMax + 1;
  for (let lot = 0; lot < lotsReadMax + 3; lot += 1)
    await broadcast(await Promise.all(Array.from({ length: many }, () => make(1n))));
  const others = BigInt(many * (lotsReadMax + 3));
  expect(await lots()).toHaveLength(lotsReadMax + 3);
  const last = await make(500n);
  await broadcast([last]);
  await pay(last);
  expect(await promised()).toBe(500n + others);
  state.balance = 370n + others;
  const next = await make(370n);
  for (let visit = 0; visit < 4; visit += 1) await later(next);
  expect(await stages([next])).toEqual(['broadcast']);
  expect(await promised()).toBe(370n + others);
});

test('payouts one by one are named beside the sum, and go into a lot together; what is decided is taken off in either place', async () => {
  const { make, broadcast, later, pay, stages, promised, beside, lots, state } = setUp(1_000n);
  const ids: WithdrawalId[] = [];
  const one = async () => {
    const id = await make(10n);
    ids.push(id);
    await broadcast([id]);
    return id;
  };
  for (let count = 0; count < namedBesideMax; count += 1) await one();
  expect([...(await beside()).keys()].sort()).toEqual(ids.toSorted());
  expect(await lots()).toEqual([]);
  await one();
  expect(await beside()).toEqual(new Map());
  const [lot, ...more] = await lots();
  expect(more).toEqual([]);
  expect([...(lot?.payouts ?? [])].sort()).toEqual(ids.map((id) => [id, 10n]).sort());
  const last = await one();
  expect(await beside()).toEqual(new Map([[last, 10n]]));
  expect(await promised()).toBe(10n * BigInt(ids.length));
  const [first] = ids;
  if (first === undefined) throw new Error('none');
  await pay(first);
  await pay(last);
  const open = 10n * BigInt(ids.length - 2);
  state.balance = open + 50n;
  const next = await make(50n);
  await later(next);
  expect(await stages([next])).toEqual(['broadcast']);
  expect(await promised()).toBe(open + 50n);
  expect(await beside()).toEqual(new Map([[next, 50n]]));
});

test('of those who sign several at the same time none is refused for what the other has named', async () => {
  const { treasury, clock } = setUp(0n);
  const payer = '0xseveral' as Address;
  const own = { ...treasury, payer };
  const chain = { ...own, finalBalance: async () => ({ balance: 1_000n, height: 1 }) };
  const worker = () => fundsOf({ store: world.store, clock }, chain, payer);
  const several = async (count: number) => {
    const reserved = () => world.reserved({ currency: 'USDC' });
    const all = await Promise.all(Array.from({ length: count }, reserved));
    return all.map(({ id }) => ({ withdrawalId: id, value: 1n }));
  };
  await world.store.commit(await worker().promise(await several(namedBesideMax)));
  const both = [worker(), worker()];
  for (const one of both) await one.free(1n); // Each knows what is named now.
  for (const one of both) {
    const changes = await one.promise(await several(namedTogetherMax + 1));
    expect(await world.store.commit(changes)).toEqual([]);
  }
  const { sum, payouts } = await world.store.promised(own);
  expect(payouts.size).toBe(namedBesideMax);
  expect(sum).toBe(BigInt(namedBesideMax + 2 * (namedTogetherMax + 1)));
  expect(await world.store.lots(own, 10)).toHaveLength(2);
});

test('of those who move the same names into a lot, or take them off, one is refused', async () => {
  const { treasury } = setUp(0n);
  const id = (await world.reserved({ currency: 'USDC' })).id;
  const own = { ...treasury, payer: '0xthose' as Address };
  const [named, none] = [new Map([[id, 7n]]), new Map()];
  const promise = { change: 'promise', treasury: own, by: 7n, most: 100n, height: 1 } as const;
  expect(await world.store.commit([{ ...promise, named, moved: none }])).toEqual([]);
  expect(await world.store.promised(own)).toEqual({ sum: 7n, height: null, payouts: named });
  expect(await world.store.commit([{ ...promise, named, moved: none }])).toEqual([]);
  const twice = new Map([[id, 14n]]);
  expect(await world.store.promised(own)).toMatchObject({ sum: 14n, payouts: twice });
  const lot = { change: 'lot', treasury: own, lot: { at: at(1), id, payouts: twice } } as const;
  const read = await world.store.promised(own);
  const release = { change: 'release', treasury: own, by: 14n, from: read, height: 2 } as const;
  expect(await world.store.commit([{ ...promise, named: none, moved: named }])).toEqual([0]);
  expect(await world.store.commit([{ ...release, decided: named }])).toEqual([0]);
  expect(await world.store.commit([{ ...promise, named: none, moved: twice }, lot])).toEqual([]);
  expect(await world.store.commit([{ ...promise, named: none, moved: twice }])).toEqual([0]);
  expect(await world.store.commit([{ ...release, decided: twice }])).toEqual([0]);
  expect(await world.store.promised(own)).toEqual({ sum: 21n, height: null, payouts: none });
});
