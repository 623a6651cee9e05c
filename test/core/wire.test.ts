import { expect, test } from '@jest/globals';
import { journaling, readingBrokerage } from '../../lambdas/core/breakers/names.ts';
import type { Wire } from '../../lambdas/core/brokerage/brokerage.ts';
import {
  conversionLateMs,
  wireLooksApartMs,
  wireProofMs,
  wireReviewMs,
  wireSettleMs,
} from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import type { PayIn } from '../../lambdas/core/store/conversion-record.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, testOnRamp } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, minorOf, plenty, testClock } from '../support/things.ts';
import { wiring } from '../support/wiring.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);

const payInOf = (memo: string | null) => ({
  bankName: 'Bank',
  accountName: 'Due',
  accountNumber: '1',
  routingNumber: '021000021',
  memo,
});

const never = (): never => {
  throw new Error('the withdrawal is gone');
};

async function setUp(payIn: PayIn = 'wire') {
  const clock = testClock();
  const due = testOnRamp(clock);
  const bank = wiring(clock);
  const { gates, ...breakers } = testGates(clock);
  const given = {
    store: world.store,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    gates,
    switches: allOn,
  };
  const stepOf = (how: PayIn) =>
    makeOnRamp({
      ...given,
      clock,
      dice: evenDice,
      budget: plenty,
      payIn: how,
      accounts: noAccounts,
      brokerage: bank.brokerage,
    });
  const quoted: PayIn[] = [];
  const { quote } = due.onRamp;
  due.onRamp.quote = (network, amount, how) => {
    quoted.push(how);
    return quote(network, amount, how);
  };
  const step = stepOf(payIn);
  const { id } = await world.reserved();
  /** Makes the transfer, which then waits for our dollars. */
  const begin = async (waits: Partial<Transfer> = { payIn: payInOf('MEMO-1') }) => {
    await step([id]);
    Object.assign(due.transfers.at(-1) ?? {}, { state: 'awaiting-funds', ...waits });
  };
  const visit = async (afterMs = 0) => {
    clock.advance(afterMs);
    await step([id]);
    return world.now(id);
  };
  return { clock, due, bank, quoted, stepOf, begin, visit, breakers, id };
}

test('the dollars are wired once, to the bank and with the memo that the transfer asks for', async () => {
  const { due, bank, quoted, begin, visit } = await setUp();
  await begin();
  await visit();
  await visit(60_000);
  expect(quoted).toEqual(['wire']);
  expect(bank.asked.wires).toBe(1);
  expect(bank.made).toMatchObject([{ bankId: 'bank-1', memo: 'MEMO-1', amount: 10_000n }]);
  due.finish();
  expect(await visit()).toMatchObject({ stage: 'converted' });
});

test('doorbells at once wire once', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  await Promise.all([visit(), visit(), visit()]);
  expect(bank.asked.wires).toBe(1);
});

test('without a bank, a memo or details it waits, and nothing is wired', async () => {
  const { due, bank, begin, visit } = await setUp();
  await begin({ payIn: null });
  const [transfer] = due.transfers;
  if (transfer === undefined) throw new Error('no transfer');
  await visit();
  transfer.payIn = payInOf(null);
  await visit();
  transfer.payIn = payInOf('MEMO-1');
  bank.state.bank = null;
  expect(await visit()).toMatchObject({ stage: 'converting' });
  expect(bank.asked.wires).toBe(0);
  bank.state.bank = 'bank-1';
  await visit();
  expect(bank.made).toHaveLength(1);
});

test('dollars that take long are waited for visibly, whatever holds them up, and go on when they come', async () => {
  const { due, bank, begin, visit } = await setUp();
  bank.state.bank = null;
  await begin();
  expect(statusOf((await visit(conversionLateMs - 1)) ?? never())).not.toBe('RETRYING');
  const waiting = (await visit(1)) ?? never();
  expect([statusOf(waiting), waitReasonOf(waiting)]).toEqual(['RETRYING', 'dollars-late']);
  bank.state.bank = 'bank-1';
  await visit(600_000);
  const wired = (await visit(600_000)) ?? never();
  expect([waitReasonOf(wired), bank.made.length]).toEqual(['dollars-late', 1]);
  due.finish();
  expect(await visit(600_000)).toMatchObject({ stage: 'converted' });
});

test('a wire whose answer was lost is found by its memo', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  bank.failNext('lost-but-made');
  await visit();
  await visit(wireSettleMs);
  await visit(wireProofMs);
  expect([bank.asked.wires, bank.made.length]).toEqual([1, 1]);
});

test('one that is not there is wired again only when it would long be seen', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  bank.failNext('lost-not-made');
  await visit();
  await visit(wireSettleMs);
  await visit(wireProofMs - wireSettleMs - 1);
  await visit(1);
  await visit(wireLooksApartMs - 1);
  expect(bank.asked.wires).toBe(1);
  await visit(1);
  expect([bank.asked.wires, bank.made.length]).toEqual([2, 1]);
});

test('one list that does not show it is no proof, nor are two with an unclear one between them', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  bank.failNext('lost-but-made');
  await visit();
  const [hidden] = bank.made.splice(0);
  if (hidden === undefined) throw new Error('no wire');
  await visit(wireProofMs);
  bank.state.lists = false;
  await visit(wireLooksApartMs);
  bank.state.lists = true;
  await visit(wireLooksApartMs);
  expect(bank.asked.wires).toBe(1);
  bank.made.push(hidden);
  await visit(wireLooksApartMs);
  await visit(2 * wireProofMs);
  expect(bank.asked.wires).toBe(1);
});

test('one that was seen to be rejected, and is no longer listed, is not wired again', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  bank.failNext('lost-but-made');
  await visit();
  for (const one of bank.made) one.state = 'refused';
  await visit(wireSettleMs);
  bank.made.length = 0;
  for (let look = 0; look < 5; look += 1) await visit(wireProofMs);
  expect(bank.asked.wires).toBe(1);
  expect(await visit(wireReviewMs)).toMatchObject({ stage: 'review' });
});

test('a refusal of the repetition is forgotten once the first wire is seen', async () => {
  const { due, bank, begin, visit, id } = await setUp();
  await begin();
  bank.failNext('lost-but-made', 'refused');
  await visit();
  const [hidden] = bank.made.splice(0);
  if (hidden === undefined) throw new Error('no wire');
  await visit(wireProofMs);
  await visit(wireLooksApartMs);
  const wanted = [{ withdrawalId: id, transferId: due.transfers[0]?.id ?? '' }];
  const recorded = () => world.store.wires(wanted);
  expect(await recorded()).toMatchObject([{ sends: 2, refusedCode: 'not-available' }]);
  bank.made.push(hidden);
  expect(await visit(wireSettleMs)).toMatchObject({ stage: 'converting' });
  expect(await recorded()).toMatchObject([{ wireId: hidden.id, refusedCode: null }]);
});

test('what the brokerage never shows ends with a person, and is not wired again', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  bank.failNext('lost-but-made');
  await visit();
  bank.state.lists = false;
  expect(await visit(wireReviewMs - 1)).toMatchObject({ stage: 'converting' });
  expect(await visit(600_000)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  expect(bank.asked.wires).toBe(1);
});

test('a wire that was there and is no longer is not wired again', async () => {
  const { bank, begin, visit } = await setUp();
  await begin();
  await visit();
  bank.made.length = 0;
  await visit(2 * wireProofMs);
  expect(bank.asked.wires).toBe(1);
});

test.each(['refused', 'returned'] as const)(
  'a wire that is %s later is not made again: it may be that somebody has decided against it',
  async (state) => {
    const { due, bank, begin, visit } = await setUp();
    await begin();
    await visit();
    const [first] = bank.made;
    if (first === undefined) throw new Error('no wire');
    first.state = state;
    await visit(wireSettleMs);
    const ended = await visit(wireProofMs); // A list may be behind, so only a second look is believed.
    expect(ended).toMatchObject({
      stage: 'refunding',
      retryCount: 0,
      failure: { code: 'ON_RAMP_REJECTED', retryable: false },
      proof: { proof: 'refused', code: 'wire-returned' },
    });
    expect(due.transfers).toHaveLength(1);
    expect(bank.asked.wires).toBe(1);
  },
);

test('a refusal of the only wire gives the money back when the retries are used up', async () => {
  const { due, bank, begin, visit } = await setUp();
  bank.failNext('refused', 'refused', 'refused', 'refused');
  for (let round = 1; round <= 4; round += 1) {
    await begin({ payIn: payInOf(`MEMO-${round}`) });
    await visit();
    await visit(60_000 - 1);
  }
  const now = await visit();
  expect(now).toMatchObject({
    stage: 'refunding',
    proof: { proof: 'refused', code: 'not-available' },
  });
  expect([bank.made.length, due.transfers.length]).toEqual([0, 4]);
});

// biome-ignore format: columns are the point
test.each<[string, Partial<Transfer>]>([
  ['asks for another amount',     { payIn: payInOf('MEMO-1'), source: minorOf(10_001n) }],
  ['would pay to somebody else',  { payIn: payInOf('MEMO-1'), recipientId: 'wlt_other' }],
  ['would pay another amount',    { payIn: payInOf('MEMO-1'), payout: minorOf(99_499_999n) }],
])('nothing is wired for a transfer that %s', async (_name, waits) => {
  const { bank, begin, visit } = await setUp();
  await begin(waits);
  expect(await visit()).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  expect(bank.asked.wires).toBe(0);
});

test.each<[string, Partial<Wire>[]]>([
  ['twice', [{ id: 'a' }, { id: 'b' }]],
  ['with another amount', [{ amount: minorOf(9_975n) }]],
])('dollars that were wired %s are for a person', async (_name, found) => {
  const { bank, begin, visit } = await setUp();
  await begin();
  await visit();
  const [wire] = bank.made;
  if (wire === undefined) throw new Error('no wire');
  bank.made.splice(0, 1, ...found.map((one) => ({ ...wire, ...one })));
  expect(await visit(wireSettleMs)).toMatchObject({ stage: 'review' });
});

test('a transfer that the on-ramp draws for itself is not wired, whatever the setting says now', async () => {
  const { bank, begin, stepOf, id, quoted } = await setUp('ach');
  await begin();
  await stepOf('wire')([id]);
  expect([quoted, bank.asked.wires]).toEqual([['ach'], 0]);
});

test('and one that waits for a wire gets it, whatever the setting says now', async () => {
  const { bank, begin, stepOf, id, clock } = await setUp();
  await begin();
  await stepOf('ach')([id]);
  expect([bank.asked.wires, clock.now() > at(0)]).toEqual([1, true]);
});

test.each([journaling, readingBrokerage])(
  'while the breaker of %s is open nothing is wired, and the withdrawal waits',
  async (name) => {
    const { clock, bank, begin, visit, breakers } = await setUp();
    await begin();
    await breakers.open(name);
    breakers.provider.isBack = false;
    const waiting = await visit();
    expect([statusOf(waiting), waiting.retryCount]).toEqual(['RETRYING', 0]);
    await visit(60_000);
    expect(bank.asked).toEqual({ wires: 0, lists: 0 });
    breakers.provider.isBack = true;
    await visit(60_000);
    expect(bank.made).toHaveLength(1);
    expect(clock.now()).toBeGreaterThan(waiting.nextAttemptAt ?? 0);
  },
);

test('a wire that was kept back is sent by the next visit, without waiting for what cannot come', async () => {
  const { bank, begin, visit } = await setUp();
  bank.failNext('not-sent');
  await begin();
  await visit();
  await visit(1_000);
  expect(bank.asked).toEqual({ wires: 1, lists: 0 });
  expect(bank.made).toHaveLength(1);
});
