import { expect, test } from '@jest/globals';
import type { Journal } from '../../lambdas/core/brokerage/brokerage.ts';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import { journalReviewMs, journalSettleMs } from '../../lambdas/core/kernel/limits.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import { evmRails } from '../../lambdas/core/rails/evm/rail.ts';
import { makeTakeUp } from '../../lambdas/core/requests/take-up.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { moveTo, statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { customer, testBrokerage } from '../support/brokerage.ts';
import { testChain } from '../support/chain.ts';
import { allOn } from '../support/gates.ts';
import { shared } from '../support/shared.ts';
import { minorOf, plenty, requestedOf, testClock, walletOf } from '../support/things.ts';
import { debitIn, endIn, move, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

/** A withdrawal of a brokerage wallet whose journal was executed, and whose USDC is in the treasury. */
async function setUp(budget = plenty) {
  const { store, requests } = world;
  const clock = testClock();
  const broker = testBrokerage(clock);
  const { brokerage } = broker;
  const chain = testChain();
  const wallet = walletOf({ funding: { type: 'alpaca', accountId: customer } });
  await requests.createWallet(wallet);
  const requested = requestedOf(wallet, { amount: minorOf(1_000n) });
  await requests.createWithdrawal(requested, []);
  const { id } = requested;
  const step = { ...stepWorld(store, clock), brokerage };
  await debitIn(step)(wallet.id);
  await pay(id);
  const rails = evmRails(async () => chain.chain, { ...step, signer: chain.signer });
  const payouts = { ...step, budget, rails };
  return {
    ...chain,
    clock,
    broker,
    id,
    broadcast: makeBroadcast(payouts),
    refund: endIn(step),
    takeUp: makeTakeUp({ switches: allOn, store, clock, limits: noLimits, dueAfterMs: 1_000 }),
    held: async () => (await requests.wallet(wallet.id))?.balance.held,
    now: () => world.now(id),
    change: (to: Partial<Journal>) => {
      for (const journal of broker.journals.values()) Object.assign(journal, to);
    },
  };

  async function pay(one: typeof id) {
    const converting = moveTo(await world.now(one), 'converting', {}, clock.now());
    await move(store, await world.now(one), converting);
    const facts = { payout: minorOf(9_950_000n), fee: minorOf(5n) };
    await move(store, converting, moveTo(converting, 'converted', facts, clock.now()));
  }
}

test('a payout is signed while the cash that it stands for is with us', async () => {
  const { broadcast, id, now, sent } = await setUp();
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'broadcast' });
  expect(sent).toHaveLength(1);
});

test('cash that the brokerage took back is not paid out, and nobody gets it twice', async () => {
  const { broadcast, refund, broker, id, now, sent, held } = await setUp();
  broker.makeThem('reversed');
  await broadcast([id]);
  expect(await now()).toMatchObject({
    stage: 'refunding',
    failure: { code: 'BROKERAGE_REJECTED', retryable: false },
    proof: { proof: 'never-sent' },
    payoutBarrier: 'CLOSED',
  });
  await refund([id]);
  expect(await now()).toMatchObject({ stage: 'refunded' });
  expect(await held()).toBe(0n);
  expect([sent.length, broker.sent.length, broker.taken()]).toEqual([0, 1, 0n]);
});

test('a journal that was replaced by one of the same amount is as good', async () => {
  const { broadcast, broker, id, now } = await setUp();
  const [old] = broker.journals.values();
  broker.makeThem('moved-elsewhere');
  broker.journals.set('next', { ...(old as Journal), id: 'next', state: 'executed' });
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'broadcast' });
});

test('a journal that was corrected to another amount is for a person, who may have it asked again', async () => {
  const { broadcast, takeUp, change, id, now, sent } = await setUp();
  change({ amount: minorOf(999n) });
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'review', heldFrom: 'converted' });
  expect(sent).toHaveLength(0);
  change({ amount: minorOf(1_000n) });
  await takeUp(id);
  expect(await now()).toMatchObject({ stage: 'converted', payout: 9_950_000n, fee: 5n });
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'broadcast' });
});

test.each<[string, Partial<Journal> | 'no answer']>([
  ['does not answer', 'no answer'],
  ['has it open again', { state: 'pending' }],
  ['uses a word that we do not know', { state: 'unknown' }],
  ['shows no successor yet', { state: 'moved-elsewhere' }],
])('while the brokerage %s, the payout waits', async (_name, journal) => {
  const { broadcast, broker, change, clock, id, now, sent } = await setUp();
  const { status } = broker.brokerage;
  if (journal === 'no answer')
    broker.brokerage.status = async () => ({ ok: false, refused: false, why: '503' });
  else change(journal);
  await broadcast([id]);
  const waiting = await now();
  expect([statusOf(waiting), waiting.stage, waiting.retryCount]).toEqual([
    'RETRYING',
    'converted',
    0,
  ]);
  await broadcast([id]); // Nothing happens before its time.
  expect(await now()).toEqual(waiting);
  broker.brokerage.status = status;
  change({ state: 'executed' });
  clock.advance(2 * journalSettleMs);
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'broadcast' });
  expect(sent).toHaveLength(1);
});

test('what the brokerage never says ends with a person, not with a payout', async () => {
  const { broadcast, broker, clock, id, now, sent } = await setUp();
  broker.makeThem('unknown');
  await broadcast([id]);
  clock.advance(journalReviewMs + 1);
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'review', heldFrom: 'converted' });
  expect(sent).toHaveLength(0);
});

test('without the time to ask, nothing is signed', async () => {
  const { broadcast, id, now, sent } = await setUp(budgetOf(() => 10_000));
  await broadcast([id]);
  expect(await now()).toMatchObject({ stage: 'converted', nextAttemptAt: null });
  expect(sent).toHaveLength(0);
});

test('a wallet of the ledger asks no brokerage, and waits for none', async () => {
  const { broadcast, broker, id, sent } = await setUp();
  const { id: other } = await world.reserved({ currency: 'USDC', amount: minorOf(7n) });
  const sentWhenAsked: number[] = [];
  const { status } = broker.brokerage;
  broker.brokerage.status = (journalId) => {
    sentWhenAsked.push(sent.length);
    return status(journalId);
  };
  await broadcast([id, other]);
  expect([sentWhenAsked, sent.length]).toEqual([[1], 2]);
});
