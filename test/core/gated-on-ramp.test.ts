/** Behind the on-ramp's circuit breakers, new conversions wait, and a call that was kept back was never made. */
import { expect, test } from '@jest/globals';

import { quoting, reading, transferring } from '../../lambdas/core/breakers/names.ts';
import {
  breakerOpenMs,
  onRampProofMs,
  onRampSettleMs,
  quoteMarginMs,
} from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, quoteLifeMs, testOnRamp } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, memoryBreakers, plenty, testClock } from '../support/things.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const world = shared(startWorld);

function setUp() {
  const clock = testClock();
  const due = testOnRamp(clock);
  const { all, ...shared } = memoryBreakers();
  const { gates, ...breakers } = testGates(clock, shared);
  const { store } = world;
  const around = {
    store,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    gates,
    switches: allOn,
    clock,
    dice: evenDice,
    budget: plenty,
  };
  const step = makeOnRamp({ ...around, payIn: 'ach', accounts: noAccounts, brokerage: null });
  return { clock, due, step, all, ...breakers };
}
const effectOf = async (id: Parameters<TestWorld['now']>[0]) =>
  (await world.store.conversions([id]))[0];

test.each([quoting, transferring])(
  'while the breaker of %s is open nothing is begun and nothing is asked',
  async (name) => {
    const { clock, due, step, open, provider } = setUp();
    const { id } = await world.reserved({ maxRetries: 0 });
    await open(name);
    provider.isBack = false;
    for (let minutes = 0; minutes < 10; minutes += 1) {
      await step([id]);
      clock.advance(60_000);
    }
    const waiting = await world.now(id);
    expect([waiting.stage, statusOf(waiting)]).toEqual(['reserved', 'RETRYING']);
    expect(waiting).toMatchObject({ retryCount: 0, dueAt: waiting.nextAttemptAt });
    expect([due.quotes(), due.calls]).toEqual([0, []]);
    provider.isBack = true;
    await step([id]);
    expect((await world.now(id)).stage).toBe('converting');
  },
);

test('while the on-ramp is being tried out, a batch begins as many as that allows, and the others wait', async () => {
  const { due, step, all } = setUp();
  const state = { is: 'HALF_OPEN', since: at(0), openings: 1, allowed: 4 } as const;
  all.set(transferring, { name: transferring, version: 1, state });
  const ids = await Promise.all(Array.from({ length: 9 }, async () => (await world.reserved()).id));
  await step(ids);
  expect([due.quotes(), due.calls.length]).toEqual([4, 4]);
  const statuses = (await Promise.all(ids.map(world.now))).map(statusOf);
  expect(statuses.filter((one) => one === 'RETRYING')).toHaveLength(5);
});

test('a transfer that was kept back was never asked for: the same quote goes with the next visit', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('not-sent', 'refused');
  await step([id]);
  const waiting = await world.now(id);
  expect([waiting.stage, statusOf(waiting)]).toEqual(['converting', 'RETRYING']);
  expect(waiting).toMatchObject({ retryCount: 0, dueAt: waiting.nextAttemptAt });
  expect(await effectOf(id)).toMatchObject({ sends: 0, transferId: null, refusedCode: null });
  clock.advance(2 * breakerOpenMs);
  await step([id]);
  // It was the only send, so its refusal is certain and needs no second look.
  expect([due.quotes(), due.calls.length]).toEqual([1, 1]);
  expect(await effectOf(id)).toMatchObject({ sends: 1, refusedCode: 'err_validation' });
  expect(await world.now(id)).toMatchObject({ stage: 'converting', retryCount: 1 });
});

test('a quote that ran out before it could be sent is replaced at once', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('not-sent');
  await step([id]);
  clock.advance(quoteLifeMs - quoteMarginMs);
  await step([id]);
  expect([due.quotes(), due.calls]).toEqual([2, ['quote-2']]);
  expect(await effectOf(id)).toMatchObject({ sends: 1, quoteNumber: 2 });
});

test('one that was never sent does not take another’s transfer for its own', async () => {
  const { clock, due, step } = setUp();
  const [kept, lost] = [await world.reserved(), await world.reserved()];
  due.failNext('not-sent');
  await step([kept.id]);
  due.failNext('lost-but-made');
  await step([lost.id]);
  clock.advance(onRampSettleMs);
  await step([kept.id]);
  await step([lost.id]);
  expect(due.transfers).toHaveLength(2);
  expect(due.calls).toEqual(['quote-2', 'quote-1']);
});

test('where no other quote is to be had, what was never sent is given back without waiting for a proof', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('not-sent');
  await step([id]);
  due.answerQuotes({ ok: false, refused: true, why: 'err_kyc' });
  clock.advance(quoteLifeMs);
  await step([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    proof: { proof: 'never-sent' },
  });
});

test('a lost answer is looked up though nothing may be sent, and is sent again when it may', async () => {
  const { clock, due, step, open, provider } = setUp();
  const { id } = await world.reserved();
  due.failNext('lost-not-made');
  await step([id]);
  await open(transferring);
  provider.isBack = false;
  clock.advance(onRampSettleMs);
  await step([id]);
  expect(statusOf(await world.now(id))).toBe('RETRYING');
  expect([due.calls.length, (await effectOf(id))?.sends]).toEqual([1, 1]);
  provider.isBack = true;
  clock.advance(20_000);
  await step([id]);
  expect([due.calls.length, (await effectOf(id))?.sends]).toEqual([2, 2]);
});

test('a repetition that was kept back leaves the first send as open as it was', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('lost-not-made', 'not-sent', 'refused');
  await step([id]);
  clock.advance(onRampSettleMs);
  await step([id]);
  expect(await effectOf(id)).toMatchObject({ sends: 1, refusedCode: null });
  clock.advance(onRampSettleMs);
  await step([id]);
  // This send is refused, but the first may still take effect: only two looks prove that it will not.
  expect(await effectOf(id)).toMatchObject({ sends: 2, quoteUsed: true });
  clock.advance(onRampProofMs);
  await step([id]);
  expect(due.calls).toEqual(['quote-1', 'quote-1']);
});

test('while questions may not be asked, what is under way is left alone', async () => {
  const { clock, due, step, open, provider } = setUp();
  const { id } = await world.reserved();
  await step([id]);
  due.finish();
  await open(reading);
  provider.isBack = false;
  await step([id]);
  expect((await world.now(id)).stage).toBe('converting');
  provider.isBack = true;
  clock.advance(60_000);
  await step([id]);
  expect((await world.now(id)).stage).toBe('converted');
});

test('a quote that was not asked for counts against nobody', async () => {
  const { due, step, clock } = setUp();
  const { id } = await world.reserved({ maxRetries: 0 });
  const until = at(clock.now() + 5_000);
  due.answerQuotes({ ok: false, refused: false, why: 'open', until });
  await step([id]);
  const waiting = await world.now(id);
  expect([waiting.stage, statusOf(waiting), waiting.retryCount]).toEqual([
    'reserved',
    'RETRYING',
    0,
  ]);
  expect(waiting.nextAttemptAt).toBeGreaterThanOrEqual(until);
});
