/** What the on-ramp says that it paid counts when the chain shows it: in our treasury, exactly, finally, and for one withdrawal. */
import { expect, test } from '@jest/globals';
import { WrongChainError } from '../../lambdas/adapters/evm/identity.ts';
import { SettingError } from '../../lambdas/core/kernel/errors.ts';
import { arrivalReviewMs, onRampPollMs } from '../../lambdas/core/kernel/limits.ts';
import { networkSettings } from '../../lambdas/core/kernel/networks.ts';
import type { Answer } from '../../lambdas/core/kernel/outcome.ts';
import type { Payment } from '../../lambdas/core/on-ramp/arrival.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import { makeTakeUp } from '../../lambdas/core/requests/take-up.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, onRampTreasury, testOnRamp } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { evenDice, minorOf, plenty, testClock } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
const payout = 99_500_000n;

async function setUp(count = 1, budget = plenty) {
  const clock = testClock(Date.UTC(2026, 2, 3));
  const due = testOnRamp(clock);
  const step = makeOnRamp({
    store: world.store,
    onRamp: due.onRamp,
    arrivals: due.arrivals,
    switches: allOn,
    gates: testGates(clock).gates,
    clock,
    dice: evenDice,
    budget,
    payIn: 'ach',
    accounts: noAccounts,
    brokerage: null,
  });
  const acceptedAt = clock.now();
  const reserved = await Promise.all(
    Array.from({ length: count }, () => world.reserved({ acceptedAt })),
  );
  const ids = reserved.map(({ id }) => id);
  await step(ids);
  due.finish();
  /** The chain shows this of the first transfer's payment. */
  const show = (answer: Answer<Payment>) => {
    due.arrivals.of = async () => answer;
  };
  const visit = async (ms = 0, nth = 0) => {
    clock.advance(ms);
    await step(ids);
    return world.now(ids[nth] ?? ids[0] ?? 'wd_');
  };
  return { clock, due, ids, show, visit };
}
const final = (...values: bigint[]): Answer<Payment> => ({
  ok: true,
  value: { state: 'final', logs: values.map((value, index) => ({ index, value })) },
});

// biome-ignore format: a table
test.each<[shows: string, answer: Answer<Payment>, next: object]>([
  ['the exact amount',            final(payout),                 { stage: 'converted', payout, fee: 50n }],
  ['it among other transfers',    final(7n, payout),             { stage: 'review' }], // Log 0 is named, and is another amount.
  ['less than it says',           final(75_000_000n),            { stage: 'review', failure: { message: 'What the on-ramp paid on the chain is not what it says.' } }],
  ['a millionth less',            final(payout - 1n),            { stage: 'review' }],
  ['more than it says',           final(payout + 1n),            { stage: 'review' }],
  ['nothing to our treasury',     final(),                       { stage: 'review' }],
])('the chain shows %s', async (_, answer, next) => {
  const { show, visit } = await setUp();
  show(answer);
  expect(await visit()).toMatchObject(next);
});

test('a payment is looked for at the treasury that it was asked for, whichever pays now', async () => {
  const { due, visit } = await setUp();
  const looked: string[] = [];
  due.arrivals.treasury = () => '0x00000000000000000000000000000000000000b2';
  due.arrivals.of = async (_, __, payee) => {
    looked.push(payee);
    return payee === onRampTreasury ? final(payout) : final();
  };
  expect(await visit()).toMatchObject({ stage: 'converted' });
  expect(looked).toEqual([onRampTreasury]);
});

test('a payment to the treasury of now counts, too, whichever it was asked for, and no other treasury’s does', async () => {
  const today = '0x00000000000000000000000000000000000000b2';
  for (const [paidTo, stage] of [
    [today, 'converted'],
    ['0x00000000000000000000000000000000000000c3', 'review'],
  ] as const) {
    const { due, visit } = await setUp();
    due.arrivals.treasury = () => today;
    due.arrivals.of = async (_, __, payee) => (payee === paidTo ? final(payout) : final());
    expect(await visit()).toMatchObject({ stage });
  }
});

test('a log that is not where the on-ramp says is found by its amount', async () => {
  const { due, show, visit } = await setUp();
  for (const one of due.transfers) one.confirmation = { txHash: `0x${one.id}`, logIndex: 41 };
  show(final(7n, payout));
  expect(await visit()).toMatchObject({ stage: 'converted', payout });
});

test.each([
  ['wrong-chain', new WrongChainError('ethereum', 5, 1)],
  ['out-of-service', new SettingError('EVM_RPC_URL_ETHEREUM must be an http(s) URL.')],
] as const)(
  'while a node is %s its conversions wait visibly, without an end, and hold no others',
  async (reason, error) => {
    const { due, ids, show, visit } = await setUp(2);
    const read = due.arrivals.of;
    let first: string | null = null;
    due.arrivals.of = async (network, hash, payee) => {
      first ??= hash;
      if (hash === first) throw error;
      return read(network, hash, payee);
    };
    await visit();
    const now = await Promise.all(ids.map((id) => world.now(id)));
    expect(now.map(({ stage }) => stage).toSorted()).toEqual(['converted', 'converting']);
    const nth = now.findIndex(({ stage }) => stage === 'converting');
    for (const ms of [onRampPollMs, arrivalReviewMs, 8 * arrivalReviewMs]) {
      const waiting = await visit(ms, nth);
      expect([statusOf(waiting), waitReasonOf(waiting)]).toEqual(['RETRYING', reason]);
    }
    show(final(payout));
    expect(await visit(8 * arrivalReviewMs, nth)).toMatchObject({ stage: 'converted' });
  },
);

test('a payment that is not final yet is the usual course, until it takes too long', async () => {
  const { clock, show, visit } = await setUp();
  show({ ok: true, value: { state: 'mined', at: clock.now() } });
  const { finalityMs } = networkSettings.ethereum;
  const usual = await visit(2 * finalityMs - 1);
  expect(usual).toMatchObject({ stage: 'converting', nextAttemptAt: null });
  const slow = await visit(1);
  expect(statusOf(slow)).toBe('RETRYING');
  expect(slow.history.at(-1)?.detail).toContain('not final');
  show(final(payout));
  expect(await visit(2 * onRampPollMs)).toMatchObject({ stage: 'converted' });
});

// biome-ignore format: a table
test.each<[what: string, isNamed: boolean, answer: Answer<Payment>, detail: string]>([
  ['names no transaction',       false, final(payout),                                           'in which transaction'],
  ['names one that is nowhere',  true,  { ok: true, value: { state: 'absent' } },                'not final'],
  ['cannot be checked',          true,  { ok: false, refused: false, why: 'ECONNREFUSED' },      'not answering'],
])('an on-ramp that says it has paid and %s is waited for, visibly, then a person decides', async (_, isNamed, answer, detail) => {
  const { clock, due, ids, show, visit } = await setUp();
  due.nameIt(isNamed);
  show(answer);
  const waiting = await visit();
  expect(statusOf(waiting)).toBe('RETRYING');
  expect(waiting.history.at(-1)).toMatchObject({ attempt: 0, detail: expect.stringContaining(detail) });
  expect(await visit(arrivalReviewMs)).toMatchObject({ stage: 'converting' });
  expect((await world.now(waiting.id)).history).toHaveLength(waiting.history.length);
  expect(await visit(600_000)).toMatchObject({ stage: 'review', heldFrom: 'converting' });
  // Taken up again it has as much time once more.
  const { store } = world;
  for (const id of ids) await makeTakeUp({ switches: allOn, store, clock, limits: noLimits, dueAfterMs: 0 })(id);
  expect(await visit(600_000)).toMatchObject({ stage: 'converting' });
  due.nameIt(true);
  show(final(payout));
  expect(await visit(600_000)).toMatchObject({ stage: 'converted' });
  expect(due.transfers).toHaveLength(1);
});

test('one payment is counted by one withdrawal, whoever says what of it', async () => {
  const { due, visit, ids } = await setUp(2);
  const hash = `0x${due.transfers[0]?.id}`;
  for (const one of due.transfers) one.confirmation = { txHash: hash, logIndex: null };
  due.payments.set(hash, { state: 'final', logs: [{ index: 4, value: minorOf(payout) }] });
  await visit();
  await visit();
  const stages = (await Promise.all(ids.map(world.now))).map(({ stage }) => stage);
  expect(stages.sort()).toEqual(['converted', 'review']);
});

test('two payments of one amount in one transaction are counted once each', async () => {
  const { due, visit, ids } = await setUp(2);
  const hash = `0x${due.transfers[0]?.id}`;
  for (const one of due.transfers) one.confirmation = { txHash: hash, logIndex: null };
  const value = minorOf(payout);
  due.payments.set(hash, {
    state: 'final',
    logs: [
      { index: 4, value },
      { index: 9, value },
    ],
  });
  await visit();
  await visit();
  const stages = (await Promise.all(ids.map(world.now))).map(({ stage }) => stage);
  expect(stages).toEqual(['converted', 'converted']);
  const claims = await world.store.claims(
    [4, 9].map((index) => `ethereum:${hash.toLowerCase()}#${index}`),
  );
  expect(new Set(claims.values())).toEqual(new Set(ids));
});

test('without time to look nothing is concluded', async () => {
  const { visit } = await setUp(1, { ...plenty, allows: ({ calls }) => calls < 3 });
  expect(await visit()).toMatchObject({ stage: 'converting', nextAttemptAt: null });
});
