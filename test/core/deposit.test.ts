/** Converting by deposit into the on-ramp's virtual account: one wire, one transfer, for one withdrawal only. */
import { expect, test } from '@jest/globals';
import type { Wire } from '../../lambdas/core/brokerage/brokerage.ts';
import { type Budget, budgetOf } from '../../lambdas/core/kernel/budget.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import {
  accountWaitMinMs,
  brokerageListMs,
  conversionLateMs,
  journalPollMaxMs,
  onRampListMs,
  providerClockSkewMs,
  stepTimeoutSeconds,
  wireProofMs,
  wireSettleMs,
} from '../../lambdas/core/kernel/limits.ts';
import type { Answer } from '../../lambdas/core/kernel/outcome.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import type { Transfer, VirtualAccount } from '../../lambdas/core/on-ramp/provider.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import type { PayIn } from '../../lambdas/core/store/conversion-record.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { transferOf } from '../support/books.ts';
import { allOn, testGates } from '../support/gates.ts';
import { testOnRamp } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { at, evenDice, minorOf, plenty, testClock } from '../support/things.ts';
import { wiring } from '../support/wiring.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);

const bank = {
  bankName: 'Bank',
  accountName: 'Ours at Due',
  accountNumber: '77',
  routingNumber: '021000021',
  memo: null,
};
const ready: Answer<VirtualAccount> = {
  ok: true,
  value: { id: 'va_1', active: true, payIn: bank },
};

async function setUp(many = 1) {
  const clock = testClock();
  const due = testOnRamp(clock);
  const brokerage = wiring(clock);
  const state = { account: ready, asked: 0 };
  const accounts = {
    ensure: async () => {
      state.asked += 1;
      return state.account;
    },
  };
  const given = {
    store: world.store,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    switches: allOn,
    gates: testGates(clock).gates,
    accounts,
  };
  const stepOf = (payIn: PayIn, budget = plenty) =>
    makeOnRamp({
      ...given,
      clock,
      dice: evenDice,
      budget,
      payIn,
      brokerage: brokerage.brokerage,
    });
  const step = stepOf('virtual-account');
  const ids: WithdrawalId[] = [];
  for (let index = 0; index < many; index += 1) {
    const { id } = await world.reserved({ acceptedAt: clock.now() });
    ids.push(id);
  }
  const [id] = ids;
  if (id === undefined) throw new Error('nothing to convert');
  const visit = async (afterMs = 0) => {
    clock.advance(afterMs);
    await step(ids);
    return world.now(id);
  };
  /** Takes the quote, wires the dollars, and sees the wire. */
  const wire = async () => {
    await visit();
    await visit();
    return visit(wireSettleMs);
  };
  const arrive = (...wires: Partial<Wire>[]) => {
    for (const one of brokerage.made) Object.assign(one, { state: 'sent' }, ...wires);
  };
  /** Adds the transfer of dollars that have come into the account. */
  const deposit = (transfer: Partial<Transfer> = {}) => {
    const one = transferOf(`tf_${Math.random()}`, {
      state: 'pending',
      accountId: 'va_1',
      createdAt: clock.now(),
      ...transfer,
    });
    due.transfers.push(one);
    return one;
  };
  const claimOf = async (transfer: Transfer) =>
    (await world.store.claims([transfer.id])).get(transfer.id);
  return {
    clock,
    due,
    brokerage,
    state,
    step,
    stepOf,
    stepWith: (budget: Budget) => stepOf('virtual-account', budget),
    ids,
    id,
    visit,
    wire,
    arrive,
    deposit,
    claimOf,
  };
}

test('the dollars are wired once into the account, and the transfer that the deposit made is followed', async () => {
  const { clock, due, brokerage, id, visit, wire, arrive, deposit, claimOf } = await setUp();
  await wire();
  await visit(60_000);
  expect(brokerage.made).toMatchObject([{ amount: 10_000n, memo: `${id}-1`, bankId: 'bank-1' }]);
  arrive();
  const transfer = deposit();
  expect(await visit()).toMatchObject({ stage: 'converting' });
  expect(await claimOf(transfer)).toBe(id);
  expect(await world.store.conversions([id])).toMatchObject([
    { transferId: transfer.id, lastSentAt: clock.now() },
  ]);
  transfer.state = 'paid';
  expect(await visit()).toMatchObject({ stage: 'converted', payout: 99_500_000n, fee: 50n });
  expect([brokerage.asked.wires, due.calls]).toEqual([1, []]);
});

test('doorbells at once wire once, and claim one', async () => {
  const { brokerage, visit, wire, arrive, deposit, claimOf, id } = await setUp();
  await visit();
  await Promise.all([visit(), visit(), visit()]);
  await wire();
  expect(brokerage.asked.wires).toBe(1);
  arrive();
  const deposits = [deposit(), deposit()];
  await Promise.all([visit(), visit(), visit()]);
  await visit();
  const claims = await Promise.all(deposits.map(claimOf));
  expect(claims.filter((claim) => claim === id)).toHaveLength(1);
});

// biome-ignore format: columns are the point
test.each<[string, Answer<VirtualAccount>]>([
  ['has no bank details yet',      { ok: true, value: { id: 'va_1', active: true, payIn: null } }],
  ['is not active',                { ok: true, value: { id: 'va_1', active: false, payIn: bank } }],
  ['asks for a memo of its own',   { ok: true, value: { id: 'va_1', active: true, payIn: { ...bank, memo: 'X' } } }],
  ['cannot be asked for',          { ok: false, refused: false, why: '503' }],
  ['is refused',                   { ok: false, refused: true, why: '400 err_endorsement_required' }],
])('while the account %s it waits, visibly, and nothing is asked of anybody', async (_name, account) => {
  const { due, brokerage, state, visit, wire, clock } = await setUp();
  state.account = account;
  const waiting = await visit();
  expect(waiting).toMatchObject({ stage: 'reserved', retryCount: 0, nextAttemptAt: expect.anything() });
  expect(statusOf(waiting)).toBe('RETRYING');
  const firstWait = (waiting.nextAttemptAt ?? 0) - clock.now();
  expect(firstWait).toBeGreaterThanOrEqual(accountWaitMinMs);
  // It is looked for during days, less and less often.
  const later = await visit(48 * 3_600_000);
  expect((later.nextAttemptAt ?? 0) - clock.now()).toBeGreaterThanOrEqual(journalPollMaxMs);
  expect([brokerage.asked.wires, due.calls.length]).toEqual([0, 0]);
  state.account = ready;
  clock.advance(2 * 3_600_000); // Who has waited for days is looked at once an hour.
  expect(await wire()).toMatchObject({ stage: 'converting' });
  expect(brokerage.asked.wires).toBe(1);
});

// biome-ignore format: columns are the point
test.each<[string, Partial<Transfer>]>([
  ['into another account',        { accountId: 'va_2' }],
  ['of another amount',           { source: minorOf(9_975n) }],
  ['that was asked for',          { accountId: null }],
  ['on another network',          { rail: 'base' }],
  ['that pays to somebody else',  { recipientId: 'wlt_other' }],
])('a transfer %s is not its deposit', async (_name, given) => {
  const { visit, wire, arrive, deposit, claimOf } = await setUp();
  await wire();
  arrive();
  const transfer = deposit(given);
  expect(await visit(wireSettleMs)).toMatchObject({ stage: 'converting' });
  expect(await claimOf(transfer)).toBeUndefined();
});

test('nor is one that was there before the wire was', async () => {
  const { clock, visit, wire, arrive, deposit, claimOf } = await setUp();
  await visit();
  const sentAt = clock.now();
  await wire();
  arrive();
  const early = deposit({ createdAt: at(sentAt - providerClockSkewMs - 1) });
  await visit();
  expect(await claimOf(early)).toBeUndefined();
  const first = deposit({ createdAt: at(sentAt - providerClockSkewMs) });
  await visit();
  expect(await claimOf(first)).toBeDefined();
});

test('nor one that was there before its own wire, when it is another’s time already', async () => {
  const { ids, clock, brokerage, step, deposit, claimOf } = await setUp(2);
  const [early = '', late = ''] = ids as string[];
  const convert = (...these: string[]) => step(these as WithdrawalId[]);
  await convert(early);
  await convert(early);
  const transfer = deposit();
  clock.advance(1_800_000);
  await convert(late);
  await convert(late);
  clock.advance(wireSettleMs);
  for (const one of brokerage.made) if (one.memo === `${late}-1`) one.state = 'sent';
  await convert(early, late);
  expect(await claimOf(transfer)).toBeUndefined();
  for (const one of brokerage.made) one.state = 'sent';
  await convert(early, late);
  expect(await claimOf(transfer)).toBe(early);
});

test.each(['pending', 'unknown'] as const)(
  'while its own wire is %s it claims nothing: the deposit is somebody else’s',
  async (state) => {
    const { visit, wire, arrive, deposit, claimOf } = await setUp();
    await wire();
    arrive({ state });
    const transfer = deposit();
    await visit();
    expect(await claimOf(transfer)).toBeUndefined();
    arrive();
    await visit();
    expect(await claimOf(transfer)).toBeDefined();
  },
);

test('the first to go takes the oldest, so that nobody is left with one that is older than its wire', async () => {
  const { ids, clock, brokerage, step, deposit, claimOf } = await setUp(2);
  const [early = '', late = ''] = ids as string[];
  const convert = (...these: string[]) => step(these as WithdrawalId[]);
  await convert(early);
  await convert(early);
  clock.advance(60_000);
  const first = deposit();
  clock.advance(60_000);
  await convert(late);
  await convert(late);
  const second = deposit();
  clock.advance(wireSettleMs);
  for (const one of brokerage.made) one.state = 'sent';
  await convert(early);
  await convert(late);
  expect([await claimOf(first), await claimOf(second)]).toEqual([early, late]);
});

test('who is left with an older one takes it when its own is long due', async () => {
  const { ids, clock, brokerage, step, deposit, claimOf, due } = await setUp(2);
  const [early = '', late = ''] = ids as string[];
  const convert = (...these: string[]) => step(these as WithdrawalId[]);
  await convert(early);
  await convert(early);
  clock.advance(60_000);
  const first = deposit();
  clock.advance(60_000);
  await convert(late);
  await convert(late);
  const second = deposit();
  clock.advance(wireSettleMs);
  for (const one of brokerage.made) one.state = 'sent';
  // The list is behind with the first of them alone.
  due.transfers.splice(due.transfers.indexOf(first), 1);
  await convert(early);
  due.transfers.push(first);
  await convert(late);
  expect([await claimOf(first), await claimOf(second)]).toEqual([undefined, early]);
  clock.advance(conversionLateMs);
  await convert(late);
  expect(await claimOf(first)).toBe(late);
});

test('of equal deposits each serves one withdrawal, whoever wired which', async () => {
  const { ids, visit, wire, arrive, deposit, claimOf, step } = await setUp(5);
  await wire();
  arrive();
  const deposits = ids.map(() => deposit());
  // Side by side they may choose the same deposit; the slower one looks again.
  for (let round = 0; round < 5; round += 1) await Promise.all(ids.map((one) => step([one])));
  const claims = await Promise.all(deposits.map(claimOf));
  expect(claims.toSorted()).toEqual(ids.toSorted());
  for (const one of deposits) one.state = 'paid';
  await visit();
  const stages = await Promise.all(ids.map(async (one) => (await world.now(one)).stage));
  expect(new Set(stages)).toEqual(new Set(['converted']));
});

test('one deposit for two serves one of them, and the other waits', async () => {
  const { ids, visit, wire, arrive, deposit, claimOf } = await setUp(2);
  await wire();
  arrive();
  const transfer = deposit({ state: 'paid' });
  for (let round = 0; round < 3; round += 1) await visit();
  expect(ids).toContain(await claimOf(transfer));
  const stages = await Promise.all(ids.map(async (one) => (await world.now(one)).stage));
  expect(stages.toSorted()).toEqual(['converted', 'converting']);
});

test('one that pays is taken before one that is on its way back', async () => {
  const { visit, wire, arrive, deposit, claimOf, id } = await setUp();
  await wire();
  arrive();
  for (let back = 0; back < 9; back += 1) deposit({ state: 'returning' });
  const good = deposit();
  await visit();
  expect(await claimOf(good)).toBe(id);
});

// biome-ignore format: columns are the point
test.each<[string, Partial<Transfer>, object]>([
  ['within the bounds, though not as quoted', { payout: minorOf(98_000_000n), fee: minorOf(200n) }, { stage: 'converted', payout: 98_000_000n, fee: 200n }],
  ['far below',          { payout: minorOf(94_999_999n) },                     { stage: 'review', heldFrom: 'converting' }],
  ['far above',          { payout: minorOf(102_000_001n) },                    { stage: 'review', heldFrom: 'converting' }],
  ['for a fee of it all', { fee: minorOf(10_000n) },                           { stage: 'review', heldFrom: 'converting' }],
])('a deposit that is paid %s', async (_name, given, end) => {
  const { visit, wire, arrive, deposit } = await setUp();
  await wire();
  arrive();
  deposit({ ...given, state: 'paid' });
  expect(await visit()).toMatchObject(end);
});

test('before a bad price anything is wired, nothing is', async () => {
  const { due, brokerage, visit } = await setUp();
  const quote = {
    token: 'q',
    source: minorOf(10_000n),
    payout: minorOf(90_000_000n),
    fee: minorOf(50n),
  };
  due.answerQuotes({ ok: true, value: { ...quote, expiresAt: at(10 ** 9) } });
  expect(await visit()).toMatchObject({ stage: 'refunding', proof: { proof: 'never-sent' } });
  expect(brokerage.asked.wires).toBe(0);
});

test.each(['refused', 'returned'] as const)(
  'a wire that is %s is not made again, and the money is given back',
  async (state) => {
    const { brokerage, due, visit, wire, id } = await setUp();
    await wire();
    for (const one of brokerage.made) one.state = state;
    await visit(wireSettleMs);
    await visit(wireProofMs - 1); // A list may be behind: only a second look is believed.
    expect(await world.now(id)).toMatchObject({ stage: 'converting', retryCount: 0 });
    await visit(1);
    const proof = { proof: 'refused', code: 'wire-returned' };
    expect(await world.now(id)).toMatchObject({ stage: 'refunding', proof });
    expect([brokerage.asked.wires, due.calls.length]).toEqual([1, 0]);
  },
);

test('a deposit that the on-ramp gives back is not wired anew, and stays claimed', async () => {
  const { brokerage, visit, wire, arrive, deposit, claimOf, id } = await setUp();
  await wire();
  arrive();
  const first = deposit();
  await visit();
  Object.assign(first, { state: 'returned', returned: minorOf(10_000n) });
  expect(await visit()).toMatchObject({
    stage: 'refunding',
    proof: { proof: 'refused', code: 'returned' },
    failure: { retryable: false },
  });
  expect(brokerage.made.map(({ memo }) => memo)).toEqual([`${id}-1`]);
  expect(await claimOf(first)).toBe(id);
});

test('dollars that were wired twice are for a person', async () => {
  const { brokerage, visit, wire } = await setUp();
  await wire();
  const [one] = brokerage.made;
  if (one === undefined) throw new Error('no wire');
  brokerage.made.push({ ...one, id: 'again' });
  expect(await visit(wireSettleMs)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
});

test('one that was cancelled claims nothing', async () => {
  const { clock, visit, wire, arrive, deposit, claimOf, id } = await setUp();
  await wire();
  await makeCancel(world.store, clock)(id);
  arrive();
  const transfer = deposit();
  expect(await visit()).toMatchObject({ stage: 'refunding' });
  expect(await claimOf(transfer)).toBeUndefined();
});

test('what was begun goes on as it was begun, whatever the setting says now', async () => {
  const { stepOf, ids, visit, wire, arrive, deposit, claimOf, due, id } = await setUp();
  await wire();
  arrive();
  const transfer = deposit();
  await stepOf('ach')(ids);
  expect([await claimOf(transfer), due.calls]).toEqual([id, []]);
  transfer.state = 'paid';
  expect(await visit()).toMatchObject({ stage: 'converted' });
});

test('a lost request of another kind takes no deposit for its own', async () => {
  const { stepOf, due, deposit, claimOf, id, clock } = await setUp();
  due.failNext('lost-not-made');
  const asked = stepOf('ach');
  await asked([id]);
  const transfer = deposit();
  clock.advance(20_000);
  await asked([id]);
  expect(await claimOf(transfer)).toBeUndefined();
});

test('what was quoted for a former treasury and is wired now is found at the account of the treasury of now', async () => {
  const { due, state, brokerage, visit, arrive, deposit, claimOf, id } = await setUp();
  await visit();
  const payee = '0x1111111111111111111111111111111111111111';
  Object.assign(due.arrivals, { treasury: () => payee });
  let isKnown = false;
  const recipient = async () =>
    isKnown ? { ok: true, value: 'wlt_new' } : { ok: false, refused: false, why: 'away' };
  Object.assign(due.onRamp, { recipient });
  state.account = { ok: true, value: { id: 'va_2', active: true, payIn: bank } };
  // While nobody says whom the on-ramp pays now, nothing is wired.
  await visit(journalPollMaxMs);
  expect(brokerage.made).toEqual([]);
  isKnown = true;
  await visit(journalPollMaxMs);
  await visit(wireSettleMs);
  expect(brokerage.made.map(({ memo }) => memo)).toEqual([`${id}-1`]);
  arrive();
  const transfer = deposit({ accountId: 'va_2', recipientId: 'wlt_new' });
  await visit();
  expect(await claimOf(transfer)).toBe(id);
  expect(await world.store.conversions([id])).toMatchObject([{ recipientId: 'wlt_new', payee }]);
});

/** The on-ramp lists at most so much time in one answer, as it does when many pay in. */
function listsAtMost(due: Awaited<ReturnType<typeof setUp>>['due'], ms: number) {
  const { transfersBetween } = due.onRamp;
  due.onRamp.transfersBetween = async (from, to) =>
    to - from > ms ? { ok: false, refused: false, why: 'more pages' } : transfersBetween(from, to);
}

test.each([26, 2])(
  'a deposit that never came holds no neighbour, where a list has %d hours',
  async (hours) => {
    const { clock, due, step, id, visit, wire, arrive, deposit, claimOf } = await setUp();
    await wire();
    arrive();
    for (let day = 0; day < 10; day += 1) await visit(24 * 3_600_000);
    listsAtMost(due, hours * 3_600_000);
    const { id: fresh } = await world.reserved({ acceptedAt: clock.now() });
    const both = async (ms = 0) => {
      clock.advance(ms);
      await step([id, fresh]);
    };
    await both();
    await both();
    await both(wireSettleMs);
    arrive();
    const transfer = deposit();
    await both(conversionLateMs / 2);
    expect(await claimOf(transfer)).toBe(fresh);
    // What comes at last for the old one it takes as soon as it can see all that it may take.
    const late = deposit();
    await both(conversionLateMs);
    expect(await claimOf(late)).toBe(hours === 26 ? id : undefined);
  },
);

test('lists of a visit share its time, and what is not reached is waited for visibly', async () => {
  const { clock, due, brokerage, ids, id, visit, wire, arrive, deposit, claimOf, stepWith } =
    await setUp();
  await wire();
  arrive();
  const transfer = deposit();
  let passed = 0;
  const left = () => stepTimeoutSeconds * 1_000 - passed;
  const take = (ms: number) => {
    passed += ms;
    if (left() < 0) throw new Error('the invocation was ended');
  };
  const { wiresSeen } = brokerage.brokerage;
  const { transfersBetween } = due.onRamp;
  const slow = { wires: brokerageListMs - 200, transfers: onRampListMs - 200 };
  brokerage.brokerage.wiresSeen = async (withinMs = brokerageListMs) => {
    take(Math.min(slow.wires, withinMs));
    return slow.wires > withinMs ? { ok: false, refused: false, why: 'late' } : wiresSeen();
  };
  due.onRamp.transfersBetween = async (from, to, { withinMs = onRampListMs } = {}) => {
    take(Math.min(slow.transfers, withinMs));
    return slow.transfers > withinMs
      ? { ok: false, refused: false, why: 'late' }
      : transfersBetween(from, to);
  };
  const step = stepWith(budgetOf(left));
  const slowly = async (ms: number) => {
    clock.advance(ms);
    passed = 0;
    await step(ids);
    return world.now(id);
  };
  await slowly(60_000);
  const waiting = await slowly(conversionLateMs);
  expect([statusOf(waiting), waitReasonOf(waiting)]).toEqual(['RETRYING', 'dollars-late']);
  slow.wires = 1_000;
  await slowly(journalPollMaxMs * 2);
  expect(await claimOf(transfer)).toBe(id);
  await visit();
});

test('an error in a visit leaves nothing waiting without a word', async () => {
  const { due, step, ids, id, clock, wire } = await setUp();
  await wire();
  due.onRamp.recipient = async () => {
    throw new Error('a fault of ours');
  };
  Object.assign(due.arrivals, { treasury: () => '0x1111111111111111111111111111111111111111' });
  clock.advance(conversionLateMs);
  await expect(step(ids)).rejects.toThrow('a fault of ours');
  expect(waitReasonOf(await world.now(id))).toBe('dollars-late');
});
