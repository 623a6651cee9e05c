/** While a circuit breaker is open nothing is begun, and waiting withdrawals are RETRYING until the provider is back. */
import { expect, test } from '@jest/globals';

import {
  journaling,
  readingBrokerage,
  readingFrom,
  sendingTo,
} from '../../lambdas/core/breakers/names.ts';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import { SettingError } from '../../lambdas/core/kernel/errors.ts';
import { breakerOpenMs } from '../../lambdas/core/kernel/limits.ts';
import type { EvmNetwork } from '../../lambdas/core/kernel/networks.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import { refusingOurs } from '../../lambdas/core/rails/evm/ours.ts';
import { evmRails } from '../../lambdas/core/rails/evm/rail.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { customer, testBrokerage } from '../support/brokerage.ts';
import { testChain } from '../support/chain.ts';
import { testGates } from '../support/gates.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf, plenty, requestedOf, testClock, walletOf } from '../support/things.ts';
import { debitIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

async function payouts() {
  const clock = testClock();
  const { gates, ...rest } = testGates(clock);
  const fake = testChain();
  const asked: EvmNetwork[] = [];
  const chains = async (network: EvmNetwork) => {
    asked.push(network);
    return { ...fake.chain, network };
  };
  const step = { ...stepWorld(world.store, clock), gates };
  const rails = evmRails(chains, { ...step, signer: fake.signer });
  const broadcast = makeBroadcast({ ...step, rails });
  const payable = async (network: EvmNetwork) =>
    (await world.reserved({ currency: 'USDC', network, amount: minorOf(7n) })).id;
  return { clock, broadcast, payable, asked, fake, gates, rails, step, ...rest };
}

test('of two networks the one whose node is away waits, and the other is paid on', async () => {
  const { broadcast, payable, open, asked, clock, provider } = await payouts();
  const [here, there] = [await payable('ethereum'), await payable('base')];
  await open(readingFrom('ethereum'));
  await broadcast([here, there]);
  expect(asked).toEqual(['base']);
  expect((await world.now(there)).stage).toBe('broadcast');
  const waiting = await world.now(here);
  expect([waiting.stage, statusOf(waiting)]).toEqual(['reserved', 'RETRYING']);
  expect(waiting.nextAttemptAt).toBeGreaterThanOrEqual(clock.now() + breakerOpenMs);
  expect(waiting).toMatchObject({ retryCount: 0, stageRetries: 0 });

  provider.isBack = false;
  clock.advance(2 * breakerOpenMs);
  await broadcast([here]);
  expect(asked).toEqual(['base']);
  provider.isBack = true;
  clock.advance(4 * breakerOpenMs);
  await broadcast([here]);
  expect((await world.now(here)).stage).toBe('broadcast');
  expect(provider.probes).toBe(2);
});

test('of two networks the one whose settings are wrong waits, and says so, and the other is paid on', async () => {
  const { payable, rails, step } = await payouts();
  const [here, there] = [await payable('ethereum'), await payable('base')];
  const broadcast = makeBroadcast({
    ...step,
    rails: async (route) => {
      if (route.network === 'ethereum') throw new SettingError('EVM_TOKEN_ETHEREUM is no token.');
      return rails(route);
    },
  });
  await expect(broadcast([here, there])).rejects.toThrow('EVM_TOKEN_ETHEREUM');
  expect((await world.now(there)).stage).toBe('broadcast');
  const waiting = await world.now(here);
  expect([waiting.stage, waitReasonOf(waiting)]).toEqual(['reserved', 'out-of-service']);
});

test('nothing is signed for an address that is ours, as only the signer knows', async () => {
  const { payable, rails, step, fake } = await payouts();
  const id = await payable('ethereum');
  const { destination } = await world.now(id);
  const broadcast = makeBroadcast({
    ...step,
    rails: async (route) => refusingOurs(await rails(route), [destination.toLowerCase()]),
  });
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    failure: { code: 'PAYOUT_REVERTED', message: 'This is an address of ours, not of a customer.' },
  });
  expect(fake.sent).toEqual([]);
});

test('what was signed and could not be handed over waits in the same way', async () => {
  const { broadcast, payable, fake, clock } = await payouts();
  const id = await payable('ethereum');
  // The breaker opens between saving the bytes and handing them over.
  fake.chain.send = async () => ({ keptBackUntil: at(clock.now() + breakerOpenMs) });
  await broadcast([id]);
  const signed = await world.now(id);
  expect([signed.stage, statusOf(signed), waitReasonOf(signed)]).toEqual([
    'signed',
    'RETRYING',
    'node-away',
  ]);
});

test('while a node comes back, payouts that wait for the treasury keep no signed one from it', async () => {
  const { broadcast, payable, open, fake, clock } = await payouts();
  const signed = await payable('ethereum');
  fake.answer('unknown');
  await broadcast([signed]);
  const short = await Promise.all(Array.from({ length: 12 }, () => payable('ethereum')));
  fake.state.balance = 0n;
  await open(sendingTo('ethereum'));
  clock.advance(2 * breakerOpenMs);
  await broadcast([...short, signed]);
  expect((await world.now(signed)).stage).toBe('broadcast');
  for (const id of short) expect(waitReasonOf(await world.now(id))).toBe('treasury-short');
});

async function debits() {
  const clock = testClock();
  const { gates, ...rest } = testGates(clock);
  const { brokerage, sent, failNext } = testBrokerage(clock);
  const of = async (funding: 'alpaca' | 'ledger') => {
    const wallet = walletOf(
      funding === 'alpaca' ? { funding: { type: 'alpaca', accountId: customer } } : {},
    );
    await world.requests.createWallet(wallet);
    const requested = requestedOf(wallet, { createdAt: clock.now(), acceptedAt: clock.now() });
    await world.requests.createWithdrawal(requested, []);
    return { id: requested.id, walletId: wallet.id };
  };
  const step = { ...stepWorld(world.store, clock), brokerage, gates };
  return { clock, of, sent, failNext, step, debit: debitIn(step), ...rest };
}

test('while the brokerage is away nothing of its wallets is begun; a wallet of our ledger does not notice', async () => {
  const { debit, of, sent, open, provider, clock } = await debits();
  const [away, ours] = [await of('alpaca'), await of('ledger')];
  await open(journaling);
  await debit(away.walletId);
  const waiting = await world.now(away.id);
  expect([waiting.stage, statusOf(waiting), sent]).toEqual(['requested', 'RETRYING', []]);
  clock.advance(2 * breakerOpenMs);
  await debit(ours.walletId);
  expect((await world.now(ours.id)).stage).toBe('rejected');
  expect(provider.probes).toBe(0);
  await debit(away.walletId);
  expect([sent.length, provider.probes]).toEqual([1, 1]);
  expect((await world.now(away.id)).nextAttemptAt).toBeNull();
});

test('a journal that was kept back has not been asked for: it goes with the next visit, and its no is certain', async () => {
  const { debit, of, sent, failNext, clock } = await debits();
  const { id, walletId } = await of('alpaca');
  failNext('not-sent', 'refused');
  await debit(walletId);
  const waiting = await world.now(id);
  expect([waiting.stage, statusOf(waiting), sent]).toEqual(['debiting', 'RETRYING', []]);
  clock.advance(2 * breakerOpenMs);
  await debit(walletId);
  expect([(await world.now(id)).stage, sent.length]).toEqual(['rejected', 1]);
});

test('an inbox that is a moment behind and an open breaker leave a cancelled withdrawal as it is', async () => {
  const { of, open, step } = await debits();
  const { id, walletId } = await of('alpaca');
  const behind = await world.store.inbox(walletId, 1, 1);
  await makeCancel(world.store, step.clock)(id);
  await open(journaling);
  const budget = budgetOf(() => (step.clock.now() < 1_010_000 ? plenty.remainingMs() : 0));
  const store = { ...world.store, inbox: async () => behind };
  await debitIn({ ...step, store, budget })(walletId);
  expect(await world.now(id)).toMatchObject({ stage: 'cancelled', dueAt: null, version: 2 });
});

test('while the brokerage only does not tell, what it is asked to do goes on', async () => {
  const { debit, of, sent, open } = await debits();
  const { walletId } = await of('alpaca');
  await open(readingBrokerage);
  await debit(walletId);
  expect(sent).toHaveLength(1);
});
