import { expect, test } from '@jest/globals';
import { SettingError } from '../../lambdas/core/kernel/errors.ts';
import {
  conversionLateMs,
  onRampProofMs,
  onRampReviewMs,
  onRampSettleMs,
  providerClockSkewMs,
} from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import { makeTakeUp } from '../../lambdas/core/requests/take-up.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { type Failure, moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, quoteLifeMs, testOnRamp } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, minorOf, plenty, testClock } from '../support/things.ts';
import { move, startWorld } from '../support/world.ts';

const world = shared(startWorld);

function setUp() {
  const clock = testClock();
  const due = testOnRamp(clock);
  const step = makeOnRamp({
    store: world.store,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    switches: allOn,
    gates: testGates(clock).gates,
    clock,
    dice: evenDice,
    budget: plenty,
    payIn: 'ach',
    accounts: noAccounts,
    brokerage: null,
  });
  return { clock, due, step };
}

test('reserved becomes converting with one transfer, and converted when the provider has paid', async () => {
  const { due, step } = setUp();
  const { id } = await world.reserved();
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converting' });
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converting' });
  due.finish();
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted', payout: 99_500_000n, fee: 50n });
  await step([id]);
  expect(due.transfers).toHaveLength(1);
});

test('what a person at the on-ramp looks at says so at once, and any conversion that takes long', async () => {
  const { clock, due, step } = setUp();
  const [held, slow] = [await world.reserved(), await world.reserved()];
  const visit = async (ms: number) => {
    clock.advance(ms);
    await step([held.id, slow.id]);
    const now = await Promise.all([world.now(held.id), world.now(slow.id)]);
    return now.map((one) => (one === null ? null : waitReasonOf(one)));
  };
  await visit(0);
  const [first, second] = due.transfers;
  Object.assign(first ?? {}, { state: 'held' });
  Object.assign(second ?? {}, { state: 'pending' });
  expect(await visit(0)).toEqual(['on-ramp-decides', null]);
  const lastSaid = async () => {
    const effects = await world.store.conversions([held.id, slow.id]);
    return [held, slow].map(({ id }) => effects.find((one) => one.withdrawalId === id)?.lastSaid);
  };
  expect(await lastSaid()).toEqual([undefined, undefined]);
  expect(await visit(conversionLateMs)).toEqual(['on-ramp-decides', 'conversion-late']);
  // Whoever has to decide about it sees what the on-ramp last said.
  expect(await lastSaid()).toEqual(['held', 'pending']);
  due.finish();
  await visit(600_000);
  for (const { id } of [held, slow])
    expect(await world.now(id)).toMatchObject({ stage: 'converted' });
});

test('a conversion of which nothing can be learned says so as well', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  await step([id]);
  due.onRamp.status = async () => ({ ok: false, refused: false, why: 'away' });
  clock.advance(conversionLateMs);
  await step([id]);
  const now = await world.now(id);
  expect(now === null ? null : waitReasonOf(now)).toBe('conversion-late');
});

test('many doorbells at once send each withdrawal once', async () => {
  const { due, step } = setUp();
  const withdrawals = await Promise.all([1, 2, 3].map(() => world.reserved()));
  const ids = withdrawals.map(({ id }) => id);
  await Promise.all([step(ids), step(ids.toReversed()), step(ids.slice(0, 1))]);
  expect(due.calls).toHaveLength(3);
  due.finish();
  await step(ids);
  for (const id of ids) expect(await world.now(id)).toMatchObject({ stage: 'converted' });
});

test('a lost answer is looked up and its transfer taken, never made again', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-but-made');
  const { id } = await world.reserved();
  await step([id]);
  await step([id]); // Too early to look: the request may still be on its way.
  expect(due.calls).toHaveLength(1);
  clock.advance(onRampSettleMs);
  await step([id]);
  due.finish();
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(1);
});

test('a request that never arrived is sent again with the same quote', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-not-made');
  const { id } = await world.reserved();
  await step([id]);
  clock.advance(onRampSettleMs - 1);
  await step([id]); // Too early: it may still be on its way.
  expect(due.calls).toHaveLength(1);
  clock.advance(1);
  await step([id]);
  expect(new Set(due.calls).size).toBe(1);
  expect(due.calls).toHaveLength(2);
  due.finish();
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted' });
});

test('a quote that ran out unused is replaced, but only when it can no longer become a transfer', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-not-made');
  const { id } = await world.reserved();
  await step([id]);
  clock.advance(quoteLifeMs + 1);
  await step([id]); // Expired a moment ago: it may yet appear.
  expect(due.calls).toHaveLength(1);
  clock.advance(onRampSettleMs + providerClockSkewMs);
  await step([id]); // It is not there; but one look proves nothing.
  clock.advance(onRampProofMs - 1);
  await step([id]);
  expect(due.calls).toHaveLength(1);
  clock.advance(1);
  await step([id]);
  expect(new Set(due.calls).size).toBe(2);
  due.finish();
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(1);
});

test('two lost answers of the same amount take one transfer each', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-but-made', 'lost-but-made');
  const [a, b] = await Promise.all([world.reserved(), world.reserved()]);
  await step([a.id, b.id]);
  clock.advance(onRampSettleMs);
  await step([a.id, b.id]);
  const effects = await world.store.conversions([a.id, b.id]);
  expect(new Set(effects.map(({ transferId }) => transferId)).size).toBe(2);
  expect(due.transfers).toHaveLength(2);
});

test('a refusal of the only send is tried with new quotes, then everything is given back', async () => {
  const { clock, due, step } = setUp();
  due.failNext('refused', 'refused', 'refused');
  const { id } = await world.reserved({ maxRetries: 2 });
  for (let visit = 0; visit < 3; visit += 1) {
    await step([id]);
    clock.advance(60_000);
  }
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    payoutBarrier: 'CLOSED',
    retryCount: 2,
    failure: { code: 'ON_RAMP_REJECTED' },
    proof: { proof: 'refused', code: 'err_validation' },
  });
  expect(due.transfers).toHaveLength(0);
  expect(new Set(due.calls).size).toBe(3);
});

// biome-ignore format: columns are the point
test.each([
  //                               answer                                              retries  ends as                code
  ['refused for good',             { ok: false, refused: true,  why: '400 err_x' } as const,     3, 'refunding', 'ON_RAMP_REJECTED'],
  ['unreachable, no retries left', { ok: false, refused: false, why: 'ECONNREFUSED' } as const,  0, 'refunding', 'RETRIES_EXHAUSTED'],
] as const)('a quote that is %s ends with the money given back', async (_name, answer, maxRetries, stage, code) => {
  const { due, step } = setUp();
  due.answerQuotes(answer);
  const { id } = await world.reserved({ maxRetries });
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage, failure: { code }, proof: { proof: 'never-sent' } });
});

test('an unreachable provider is tried again later, visibly, and not before it is due', async () => {
  const { clock, due, step } = setUp();
  due.answerQuotes({ ok: false, refused: false, why: 'ECONNREFUSED' });
  const { id } = await world.reserved();
  await step([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'reserved',
    retryCount: 1,
    nextAttemptAt: clock.now() + 1_000,
  });
  due.answerQuotes(null);
  await step([id]);
  expect(due.calls).toHaveLength(0);
  clock.advance(1_000);
  await step([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'converting',
    nextAttemptAt: null,
    retryCount: 1,
    stageRetries: 0,
  });
});

test.each(['awaiting-funds', 'held', 'returning', 'unknown'] as const)(
  'a transfer that is %s is waited on',
  async (state) => {
    const { clock, due, step } = setUp();
    const { id } = await world.reserved();
    await step([id]);
    due.finish(state);
    await step([id]);
    expect(await world.now(id)).toMatchObject({ stage: 'converting' });
    due.finish();
    clock.advance(60_000);
    await step([id]);
    expect(await world.now(id)).toMatchObject({ stage: 'converted' });
    expect(due.transfers).toHaveLength(1);
  },
);

test('a transfer that failed is for a person, and looked at again when a client has it taken up', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  await step([id]);
  due.finish('failed');
  await step([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'review',
    heldFrom: 'converting',
    failure: { code: 'OUTCOME_UNKNOWN' },
  });
  const { store } = world;
  await makeTakeUp({ switches: allOn, store, clock, limits: noLimits, dueAfterMs: 1_000 })(id);
  due.finish('paid');
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted', takeUps: 1 });
  expect(due.transfers).toHaveLength(1);
});

test('what the on-ramp gave back is given back to the client, and not asked for again', async () => {
  const { due, step } = setUp();
  const { id } = await world.reserved({ maxRetries: 1 });
  await step([id]);
  due.giveBack(10_000n);
  await step([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    retryCount: 0,
    proof: { proof: 'refused', code: 'returned' },
    failure: { code: 'ON_RAMP_REJECTED', retryable: false },
  });
  expect(due.transfers).toHaveLength(1);
});

test('a look-up never takes a transfer of another network', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('lost-but-made');
  await step([id]);
  for (const transfer of due.transfers) transfer.rail = 'base';
  clock.advance(2 * onRampSettleMs);
  await step([id]);
  expect(await world.store.conversions([id])).toMatchObject([{ transferId: null }]);
  // The same quote was tried again, and refused; only much later is it believed that nothing came of it.
  expect(new Set(due.calls).size).toBe(1);
  clock.advance(2 * onRampProofMs);
  await step([id]);
  expect(new Set(due.calls).size).toBe(1);
  clock.advance(onRampProofMs);
  await step([id]);
  expect(new Set(due.calls).size).toBe(2);
});

test.each([
  ['all of it', 10_000n, { stage: 'refunding', proof: { proof: 'refused', code: 'returned' } }],
  ['less', 9_999n, { stage: 'review' }],
])(
  'a transfer that was given back unseen is found before another would be made: %s',
  async (_name, cents, end) => {
    const { clock, due, step } = setUp();
    const { id } = await world.reserved();
    due.failNext('lost-but-made');
    await step([id]);
    due.giveBack(cents);
    clock.advance(2 * onRampProofMs);
    await step([id]);
    clock.advance(onRampProofMs);
    await step([id]);
    clock.advance(600_000);
    await step([id]);
    expect(await world.now(id)).toMatchObject(end);
    expect(due.transfers).toHaveLength(1);
  },
);

test('a conversion whose fate stays unknown, where no other can be had, is for a person', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('lost-not-made', 'refused');
  await step([id]);
  clock.advance(2 * onRampSettleMs);
  await step([id]);
  due.answerQuotes({ ok: false, refused: true, why: 'err_kyc' });
  for (let hours = 0; hours < 8; hours += 1) {
    clock.advance(3_600_000);
    await step([id]);
  }
  expect(await world.now(id)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
});

test.each([
  ['less given back than was taken', 9_999n],
  ['given back without a word of how much', null],
])('%s is for a person', async (_name, cents) => {
  const { due, step } = setUp();
  const { id } = await world.reserved();
  await step([id]);
  due.giveBack(cents);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
});

test.each([99_499_999n, 99_500_001n])(
  'a payment of %s instead of what was quoted is for a person',
  async (micros) => {
    const { due, step } = setUp();
    const { id } = await world.reserved();
    await step([id]);
    due.finish();
    for (const transfer of due.transfers) transfer.payout = minorOf(micros);
    await step([id]);
    expect(await world.now(id)).toMatchObject({
      stage: 'review',
      heldFrom: 'converting',
      failure: { message: 'The on-ramp paid another amount than it quoted.' },
    });
  },
);

// biome-ignore format: columns are the point
test.each([
  // cents    micros
  [10_000n,  95_000_000n, true],
  [10_000n,  94_999_999n, false],
  [10_000n,   1_000_000n, false],
  [10_000n, 102_000_000n, true],
  [10_000n, 102_000_001n, false],
  // A fixed fee is a large part of a small amount.
  [   500n,   4_000_000n, true],
  [   500n,   3_999_999n, false],
  // But more than half is no fee: the smallest payout of 1.00 USD is 0.50 USDC.
  [   100n,     500_000n, true],
  [   100n,     499_999n, false],
  [   100n,           1n, false],
  [   100n,           0n, false],
  [   150n,     749_999n, false],
  [   200n,   1_000_000n, true],
])('for %s cents a quote of %s millionths is taken: %s', async (cents, micros, isTaken) => {
  const { due, step, clock } = setUp();
  const { id } = await world.reserved({ amount: minorOf(cents) });
  const expiresAt = at(clock.now() + quoteLifeMs);
  const amounts = { source: minorOf(cents), payout: minorOf(micros), fee: minorOf(50n) };
  due.answerQuotes({ ok: true, value: { token: 'quote', ...amounts, expiresAt } });
  await step([id]);
  expect(due.calls).toHaveLength(isTaken ? 1 : 0);
  expect(await world.now(id)).toMatchObject(
    isTaken ? { stage: 'converting' } : { stage: 'refunding', failure: { code: 'ON_RAMP_REJECTED' } },
  );
});

test.each([
  ['more than half', 100n, 51n, false],
  ['half', 100n, 50n, true],
  ['more than everything', 10_000n, 10_001n, false],
  ['as much as usual', 10_000n, 50n, true],
] as const)('a quote whose fee is %s of the amount', async (_, cents, fee, isTaken) => {
  const { due, step, clock } = setUp();
  const { id } = await world.reserved({ amount: minorOf(cents) });
  const expiresAt = at(clock.now() + quoteLifeMs);
  const amounts = { source: minorOf(cents), payout: minorOf(cents * 10_000n), fee: minorOf(fee) };
  due.answerQuotes({ ok: true, value: { token: 'quote', ...amounts, expiresAt } });
  await step([id]);
  expect(due.calls).toHaveLength(isTaken ? 1 : 0);
});

test.each([
  ['is over', 0],
  ['never comes', 365 * 86_400_000],
])('a quote whose end %s is not used', async (_, life) => {
  const { due, step, clock } = setUp();
  const { id } = await world.reserved();
  const expiresAt = at(clock.now() + life);
  const amounts = { source: minorOf(10_000n), payout: minorOf(99_500_000n), fee: minorOf(50n) };
  due.answerQuotes({ ok: true, value: { token: 'quote', ...amounts, expiresAt } });
  await step([id]);
  expect(due.calls).toEqual([]);
  expect(await world.now(id)).toMatchObject({ stage: 'reserved', retryCount: 1 });
});

test('a request that was slow on its way is found, though it took effect long after it was sent', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-not-made');
  const { id } = await world.reserved();
  await step([id]);
  clock.advance(quoteLifeMs);
  due.arrive();
  clock.advance(2 * onRampProofMs);
  await step([id]);
  due.finish();
  clock.advance(600_000);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.calls).toHaveLength(1);
});

test('a request that was repeated, refused, and only then took effect is found', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-not-made', 'refused');
  const { id } = await world.reserved();
  await step([id]);
  clock.advance(onRampSettleMs);
  await step([id]);
  expect(due.calls).toHaveLength(2);
  clock.advance(onRampSettleMs);
  await step([id]);
  clock.advance(60_000);
  const arrived = due.arrive();
  clock.advance(quoteLifeMs);
  await step([id]);
  expect(await world.store.conversions([id])).toMatchObject([{ transferId: arrived.id }]);
  expect(due.calls).toHaveLength(2);
});

test('of transfers that are alike the oldest is taken, since who sent later cannot have made it', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-but-made', 'lost-but-made');
  const early = await world.reserved();
  await step([early.id]);
  clock.advance(onRampSettleMs - 1);
  const late = await world.reserved();
  await step([late.id]);
  clock.advance(1);
  await step([early.id]); // Both are there by now.
  clock.advance(onRampSettleMs);
  await step([late.id]);
  const effects = await world.store.conversions([early.id, late.id]);
  expect(effects.map(({ transferId }) => transferId)).toEqual(due.transfers.map(({ id }) => id));
});

test('whose transfer was taken by one that never made its own goes on with that one’s quote', async () => {
  const { clock, due, step } = setUp();
  const [never, lost] = [await world.reserved(), await world.reserved()];
  due.failNext('lost-not-made', 'lost-but-made');
  await step([never.id]);
  await step([lost.id]);
  clock.advance(onRampSettleMs);
  await step([never.id]); // Takes the only one that is there.
  await step([lost.id]); // Asks again, and hears that its quote is used.
  clock.advance(onRampSettleMs);
  await step([lost.id]);
  due.finish();
  await step([never.id, lost.id]);
  for (const { id } of [never, lost])
    expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(2);
  expect(due.calls.map((token) => due.calls.indexOf(token))).toEqual([0, 1, 1, 0]);
});

test('a quote that has made a transfer by its own answer is given to nobody', async () => {
  const { clock, due, step } = setUp();
  const [known, lost] = [await world.reserved(), await world.reserved()];
  due.failNext('none', 'lost-but-made');
  await step([known.id]);
  await step([lost.id]);
  const asMade = await world.store.conversions([known.id]);
  const { transfersBetween } = due.onRamp;
  // The lists do not show what was made of the second's quote.
  due.onRamp.transfersBetween = async () => ({ ok: true, value: due.transfers.slice(0, 1) });
  for (let visit = 0; visit < 3; visit += 1) {
    clock.advance(onRampSettleMs);
    await step([lost.id]);
  }
  expect(await world.store.conversions([known.id])).toEqual(asMade);
  due.onRamp.transfersBetween = transfersBetween;
  await step([lost.id]);
  due.finish();
  await step([known.id, lost.id]);
  expect(await world.now(lost.id)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(2);
});

test('who is left without one takes the one that is left over, though it was made before', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-but-made', 'lost-but-made');
  const early = await world.reserved();
  await step([early.id]);
  clock.advance(providerClockSkewMs + 1);
  const late = await world.reserved();
  await step([late.id]);
  clock.advance(onRampSettleMs);
  const { transfersBetween } = due.onRamp;
  // The list does not show the first yet: the second is taken for it.
  due.onRamp.transfersBetween = async () => ({ ok: true, value: due.transfers.slice(1) });
  await step([early.id]);
  due.onRamp.transfersBetween = transfersBetween;
  clock.advance(quoteLifeMs + 2 * onRampSettleMs);
  await step([late.id]);
  clock.advance(onRampProofMs);
  await step([late.id]);
  due.finish();
  await step([early.id, late.id]);
  for (const { id } of [early, late])
    expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(2);
});

test('one list that is behind does not make it a second time', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-but-made');
  const { id } = await world.reserved();
  await step([id]);
  const { transfersBetween } = due.onRamp;
  due.onRamp.transfersBetween = async () => ({ ok: true, value: [] });
  clock.advance(quoteLifeMs + 2 * onRampSettleMs + onRampProofMs);
  await step([id]); // The first look, however late it is.
  due.onRamp.transfersBetween = transfersBetween;
  clock.advance(onRampProofMs);
  await step([id]);
  due.finish();
  clock.advance(600_000);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(1);
});

test('a transfer of another amount is taken for ours rather than made again, and is for a person', async () => {
  const { clock, due, step } = setUp();
  due.failNext('lost-but-made');
  const { id } = await world.reserved();
  await step([id]);
  for (const transfer of due.transfers)
    Object.assign(transfer, { state: 'paid', payout: minorOf(49_750_000n) });
  clock.advance(quoteLifeMs + 2 * onRampSettleMs);
  await step([id]);
  clock.advance(onRampProofMs);
  await step([id]);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  expect(due.transfers).toHaveLength(1);
  expect(due.calls).toHaveLength(1);
});

test('two lost answers with different quotes take each its own', async () => {
  const { clock, due, step } = setUp();
  const [dear, cheap] = [await world.reserved(), await world.reserved()];
  due.failNext('lost-but-made', 'lost-but-made');
  const expiresAt = at(clock.now() + quoteLifeMs);
  const amounts = { source: minorOf(10_000n), payout: minorOf(99_400_000n), fee: minorOf(60n) };
  due.answerQuotes({ ok: true, value: { token: 'dearer', ...amounts, expiresAt } });
  await step([dear.id]);
  for (const transfer of due.transfers) transfer.payout = minorOf(99_400_000n);
  due.answerQuotes(null);
  await step([cheap.id]);
  clock.advance(onRampSettleMs);
  await step([cheap.id]);
  await step([dear.id]);
  const effects = await world.store.conversions([dear.id, cheap.id]);
  for (const { payout, transferId } of effects)
    expect(due.transfers.find(({ id }) => id === transferId)).toMatchObject({ payout });
});

test('a transfer of another amount that is another withdrawal’s is left to it', async () => {
  const { clock, due, step } = setUp();
  const [never, other] = [await world.reserved(), await world.reserved()];
  due.failNext('lost-not-made');
  await step([never.id]);
  // The other one was quoted another amount, and its answer came.
  const expiresAt = at(clock.now() + quoteLifeMs);
  const amounts = { source: minorOf(10_000n), payout: minorOf(99_400_000n), fee: minorOf(60n) };
  due.answerQuotes({ ok: true, value: { token: 'dearer', ...amounts, expiresAt } });
  await step([other.id]);
  for (const transfer of due.transfers) transfer.payout = minorOf(99_400_000n);
  due.answerQuotes(null);
  clock.advance(quoteLifeMs + 2 * onRampSettleMs);
  await step([never.id]);
  clock.advance(onRampProofMs);
  await step([never.id]);
  const effects = await world.store.conversions([never.id, other.id]);
  expect(new Set(effects.map(({ transferId }) => transferId)).size).toBe(2);
  expect(due.transfers).toHaveLength(2);
});

test('a withdrawal that is taken up again is not asked for twice', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  await step([id]);
  due.finish();
  await step([id]);
  // The token refused the payout for good; the money was given back, the USDC stayed with us.
  const converted = await world.now(id);
  const failure: Failure = { code: 'PAYOUT_REVERTED', message: 'Refused.', retryable: true };
  const facts = { failure, proof: { proof: 'never-sent' } } as const;
  const refunding = await move(
    world.store,
    converted,
    moveTo(converted, 'refunding', facts, at(9)),
  );
  await move(world.store, refunding, moveTo(refunding, 'refunded', facts, at(10)));
  await makeTakeUp({
    switches: allOn,
    store: world.store,
    clock,
    limits: noLimits,
    dueAfterMs: 1_000,
  })(id);
  const requested = await world.now(id);
  await move(world.store, requested, moveTo(requested, 'reserved', {}, at(11)));
  await step([id]);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted', payout: 99_500_000n });
  expect(due.calls).toHaveLength(1);
});

test('a doorbell for several, one of which has moved on, carries out the others', async () => {
  const { due, step } = setUp();
  const [a, b] = await Promise.all([world.reserved(), world.reserved()]);
  const stale = { ...world.store, withdrawals: async () => [a, b] };
  await step([a.id]);
  const late = makeOnRamp({
    store: stale,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    switches: allOn,
    gates: testGates(testClock()).gates,
    clock: testClock(),
    dice: evenDice,
    budget: plenty,
    payIn: 'ach',
    accounts: noAccounts,
    brokerage: null,
  });
  await late([a.id, b.id]);
  expect(await world.now(b.id)).toMatchObject({ stage: 'converting' });
  expect(due.transfers).toHaveLength(2);
});

test('what the on-ramp never answers ends with a person, who may have it asked again', async () => {
  const { clock, due, step } = setUp();
  const { id } = await world.reserved();
  due.failNext('lost-but-made');
  await step([id]);
  const { transfersBetween } = due.onRamp;
  due.onRamp.transfersBetween = async () => ({ ok: false, refused: false, why: '503' });
  clock.advance(onRampReviewMs - 1);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converting' });
  clock.advance(600_000);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  due.onRamp.transfersBetween = transfersBetween;
  await makeTakeUp({
    switches: allOn,
    store: world.store,
    clock,
    limits: noLimits,
    dueAfterMs: 1_000,
  })(id);
  due.finish();
  await step([id]);
  await step([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted' });
  expect(due.calls).toHaveLength(1);
});

test('where our treasury is not known nothing is asked for, visibly, and the others are asked for as ever', async () => {
  const { clock, due, step } = setUp();
  const treasury = due.arrivals.treasury;
  due.arrivals.treasury = (network) => {
    if (network === 'solana') throw new SettingError('SOLANA_TREASURY_ADDRESS must be an address.');
    return treasury(network);
  };
  const [wrong, right] = [await world.reserved({ network: 'solana' }), await world.reserved()];
  await step([wrong.id, right.id]);
  expect((await world.now(right.id)).stage).toBe('converting');
  const waiting = await world.now(wrong.id);
  expect([waiting.stage, waitReasonOf(waiting)]).toEqual(['reserved', 'out-of-service']);
  expect(due.transfers).toHaveLength(1);
  due.arrivals.treasury = treasury;
  clock.advance(600_000);
  await step([wrong.id]);
  expect((await world.now(wrong.id)).stage).toBe('converting');
});
