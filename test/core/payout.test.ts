import { describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import { payoutStuckMs } from '../../lambdas/core/kernel/limits.ts';
import { payableWaitMaxMs } from '../../lambdas/core/payout/limits.ts';
import type { Payment, Rail } from '../../lambdas/core/payout/rail.ts';
import { signAndSave } from '../../lambdas/core/payout/sign.ts';
import { evmAttemptOf } from '../../lambdas/core/rails/evm/attempt.ts';
import type { ChainEvent } from '../../lambdas/core/rails/evm/chain.ts';
import type { Hex } from '../../lambdas/core/rails/evm/hex.ts';
import { authorizationSeconds, payoutLostMs } from '../../lambdas/core/rails/evm/limits.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import { timelineOf } from '../../lambdas/core/requests/resource.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { waits } from '../../lambdas/core/withdrawal/waits.ts';
import { type In, moveTo, statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { laneA, laneB, token } from '../support/chain.ts';
import { allOn } from '../support/gates.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { at, destination, minorOf, testClock } from '../support/things.ts';
import { convertedIn, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const converted = (given: Partial<In<'requested'>> = {}) => convertedIn(world, given);

const setUp = (roll = 0) => startPayouts(world, roll);

test('a payout is saved before it is sent, and sent as it was saved', async () => {
  const { broadcast, chain, sent } = setUp();
  const { id } = await converted();
  const savedWhenSent: unknown[] = [];
  const send = chain.send;
  chain.send = async (raw) => {
    const found = await world.store.attempt(id, 1);
    savedWhenSent.push([found && evmAttemptOf(found).raw, (await world.now(id)).stage]);
    return send(raw);
  };
  await broadcast([id]);
  expect(savedWhenSent).toEqual([[sent[0], 'signed']]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
});

test('what a rail binds is saved under the withdrawal that it names, and what it leaves out stays unsigned', async () => {
  const [one, other] = [await converted(), await converted()];
  let asked = 0;
  const bind = async (some: readonly Payment[]) => {
    asked += 1;
    const bound = some
      .filter(({ withdrawalId }) => withdrawalId === other.id)
      .map(({ withdrawalId }) => ({
        ...{ withdrawalId, details: { of: withdrawalId } },
        ...{ txId: '0xab', readFrom: 1, payer: laneA },
      }));
    return { changes: [], bound };
  };
  const rail = { prepare: async () => ({ waits: null, bind }) } as unknown as Rail;
  const { saved } = await signAndSave(
    { store: world.store, clock: testClock(), switches: allOn },
    rail,
    [one, other],
  );
  expect(saved.map(({ withdrawal, attempt }) => [withdrawal.id, attempt.details])).toEqual([
    [other.id, { of: other.id }],
  ]);
  expect([(await world.now(one.id)).stage, asked]).toEqual(['converted', 2]);
});

test('a wallet that holds USDC goes from reserved to signed, and pays the whole amount', async () => {
  const { broadcast } = setUp();
  const { id } = await world.reserved({ currency: 'USDC', amount: minorOf(7n) });
  await broadcast([id]);
  const now = await world.now(id);
  expect(now).toMatchObject({ stage: 'broadcast', payout: 7n, fee: 0n });
  expect(now.history.map(({ stage }) => stage)).toEqual([
    'requested',
    'reserved',
    'signed',
    'broadcast',
  ]);
});

test('workers side by side sign each payout once, on nonces without gap or double', async () => {
  const { broadcast, sends } = setUp();
  const list = await Promise.all(Array.from({ length: 6 }, () => converted()));
  const ids = list.map(({ id }) => id);
  await Promise.all([broadcast(ids), broadcast(ids.toReversed()), broadcast(ids.slice(2))]);
  for (const id of ids)
    expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
  const all = sends();
  expect(new Set(all.map(({ authorization }) => authorization))).toEqual(new Set(ids.map(nonceOf)));
  const carriers = all.map(({ from, nonce }) => `${from} ${nonce}`);
  expect(new Set(carriers).size).toBe(6);
  for (const lane of new Set(all.map(({ from }) => from))) {
    const nonces = all.filter(({ from }) => from === lane).map(({ nonce }) => nonce);
    expect(nonces.sort((a, b) => a - b)).toEqual(nonces.map((_, index) => index));
  }
});

test.each(['unknown', 'underpriced', 'nonce-used'] as const)(
  'a send that is answered %s leaves it signed',
  async (reply) => {
    const { broadcast, answer } = setUp();
    answer(reply);
    const { id } = await converted();
    await broadcast([id]);
    expect(await world.now(id)).toMatchObject({ stage: 'signed' });
  },
);

test('after an unknown send the same bytes are sent again', async () => {
  const { broadcast, answer, sent } = setUp();
  answer('unknown', 'already-known');
  const { id } = await converted();
  await broadcast([id]);
  await broadcast([id]);
  expect(sent).toHaveLength(2);
  expect(sent[0]).toBe(sent[1]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
});

test('a spent gas nonce takes another carrier for the same payout', async () => {
  const { broadcast, answer, sends, count, lane } = setUp();
  answer('unknown', 'nonce-used');
  const { id } = await converted();
  await broadcast([id]);
  count(lane, 5);
  await broadcast([id]); // It finds the nonce spent, saves another carrier, and sends that.
  expect(sends().map(({ nonce }) => nonce)).toEqual([0, 0, 5]);
  expect(new Set(sends().map(({ authorization }) => authorization)).size).toBe(1);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 2 });
});

test('a payout that is too cheap is raised on the same gas nonce, by enough to replace it', async () => {
  const { broadcast, answer, sends } = setUp();
  answer('unknown', 'underpriced');
  const { id } = await converted();
  await broadcast([id]);
  await broadcast([id]);
  await broadcast([id]);
  expect(sends().map(({ nonce }) => nonce)).toEqual([0, 0, 0]);
  expect(sends().map(({ fee }) => Number(fee))).toEqual([10, 10, 13]);
});

test('an authorization that runs out unused is signed again with the same nonce', async () => {
  const { broadcast, answer, state, sends } = setUp();
  answer('unknown');
  const { id } = await converted();
  await broadcast([id]);
  state.latestAt += authorizationSeconds * 1_000;
  await broadcast([id]);
  await broadcast([id]);
  const attempt = async (number: number) => {
    const found = await world.store.attempt(id, number);
    return found && evmAttemptOf(found);
  };
  const [first, second] = [await attempt(1), await attempt(2)];
  expect(second?.authorization.nonce).toBe(first?.authorization.nonce);
  expect(second?.authorization.validBefore).toBe(
    (first?.authorization.validBefore ?? 0) + authorizationSeconds,
  );
  expect(new Set(sends().map(({ authorization }) => authorization)).size).toBe(1);
  // The fees rise enough to replace the transaction at the same gas nonce, which nobody else would use.
  expect(sends().map(({ nonce, fee }) => [nonce, Number(fee)])).toEqual([
    [0, 10],
    [0, 13],
  ]);
});

test('an authorization that runs out after its gas nonce was spent takes the next one', async () => {
  const { broadcast, answer, state, sends, count, lane } = setUp();
  answer('unknown');
  const { id } = await converted();
  await broadcast([id]);
  state.latestAt += authorizationSeconds * 1_000;
  count(lane, 3);
  await broadcast([id]);
  await broadcast([id]);
  expect(sends().map(({ nonce, fee }) => [nonce, Number(fee)])).toEqual([
    [0, 10],
    [3, 10],
  ]);
});

test('bytes that only one node keeps are raised on their gas nonce, more and more slowly', async () => {
  const { broadcast, answer, clock, sends, state } = setUp();
  answer(...Array<'already-known'>(10).fill('already-known'));
  const { id } = await converted();
  await broadcast([id]);
  state.fee = 1n; // The current fee does not matter.
  const attempts: unknown[] = [];
  for (const waited of [
    payoutLostMs,
    1,
    payoutLostMs + 1,
    payoutLostMs,
    payoutLostMs,
    3 * payoutLostMs + 1,
  ]) {
    clock.advance(waited);
    await broadcast([id]);
    const now = await world.now(id);
    attempts.push('attempts' in now ? now.attempts : null);
  }
  expect(attempts).toEqual([1, 2, 2, 3, 3, 4]);
  await broadcast([id]);
  expect(new Set(sends().map(({ nonce }) => nonce))).toEqual(new Set([0]));
  expect([...new Set(sends().map(({ fee }) => Number(fee)))]).toEqual([10, 13, 17, 22]);
  expect(new Set(sends().map(({ authorization }) => authorization)).size).toBe(1);
});

test('who waits behind another in the lane is not raised for that', async () => {
  const { broadcast, clock, count, lane, state } = setUp();
  const [{ id: first }, { id: second }] = [await converted(), await converted()];
  await broadcast([first]);
  await broadcast([second]);
  state.fee = 1n;
  count(lane, 0, 2);
  clock.advance(payoutLostMs + 1);
  await broadcast([first, second]);
  expect(await world.now(first)).toMatchObject({ attempts: 2 });
  expect(await world.now(second)).toMatchObject({ attempts: 1 });
});

test('a lane that an unsent nonce holds up is freed', async () => {
  const { broadcast, clock, count, lane, filled } = setUp();
  const [{ id: first }, { id: second }] = [await converted(), await converted()];
  await broadcast([first]);
  await broadcast([second]);
  count(lane, 0, 0); // The node knows neither, because the first never arrived.
  clock.advance(payoutStuckMs + 1);
  await broadcast([second]);
  expect(filled).toEqual([0]);
});

test('a recipient that the token refuses is tried again, then given back: nothing was signed', async () => {
  const { broadcast, clock, refuse, sent } = setUp();
  refuse(destination, { by: 'payee' });
  const { id } = await converted({ maxRetries: 1 });
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'converted', retryCount: 1 });
  clock.advance(10_000);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    proof: { proof: 'never-sent' },
    payoutBarrier: 'CLOSED',
  });
  expect(sent).toHaveLength(0);
});

test('a paused token or an empty treasury is waited for', async () => {
  const { broadcast, refuse, state, sent } = setUp();
  const { id } = await converted({ maxRetries: 0 });
  refuse(destination, { by: 'us', waits: 'transfers-refused' });
  await broadcast([id]);
  const seen = async () => {
    const now = await world.now(id);
    return [now.stage, statusOf(now), now.retryCount, waitReasonOf(now)];
  };
  expect(await seen()).toEqual(['converted', 'RETRYING', 0, 'transfers-refused']);
  const { broadcast: other, state: poor, clock } = setUp();
  clock.advance(payableWaitMaxMs * 2);
  poor.balance = 99_499_999n;
  for (let visit = 0; visit < 3; visit += 1) {
    await other([id]);
    expect(await seen()).toEqual(['converted', 'RETRYING', 0, 'treasury-short']);
    clock.advance(payableWaitMaxMs * 2);
  }
  // It is told once for as long as it waits for the same, and no client takes it for a retry.
  const told = timelineOf(await world.now(id)).filter(({ status }) => status === 'RETRYING');
  expect(told).toEqual([
    expect.objectContaining({ stage: 'converted', detail: waits['transfers-refused'].detail }),
    expect.objectContaining({ stage: 'converted', detail: waits['treasury-short'].detail }),
  ]);
  expect(told.every((line) => !('attempt' in line))).toBe(true);
  poor.balance = 99_500_000n;
  await other([id]);
  expect(await seen()).toEqual(['broadcast', 'PROCESSING', 0, null]);
  expect([sent.length, state.latest]).toEqual([0, 100]);
});

// biome-ignore format: columns are the point
test.each<[string, Partial<ChainEvent>, number, string]>([
  // what the chain shows                      event                                                        blocks  stage
  ['the exact transfer, final',                {},                                                               2, 'confirmed'],
  ['the exact transfer by a stranger',         { txHash: '0x57a6' },                                             2, 'confirmed'],
  ['the exact transfer, not final',            {},                                                               1, 'broadcast'],
  ['another amount',                           { transfer: { to: destination, value: 1n, logIndex: 1 } },     2, 'review'],
  ['another recipient',                        { transfer: { to: laneA, value: 99_500_000n, logIndex: 1 } },  2, 'review'],
  ['no transfer at all',                       { transfer: null },                                                2, 'review'],
  ['a cancellation that is not ours',          { kind: 'canceled', transfer: null },                              2, 'review'],
  ['a cancellation, not final',                { kind: 'canceled', transfer: null },                              1, 'broadcast'],
])('the verdict on %s', async (_name, event, blocks, stage) => {
  const { broadcast, confirm, mine, state } = setUp();
  const { id } = await converted();
  await broadcast([id]);
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast' });
  mine(nonceOf(id), event);
  state.latest += blocks;
  await confirm([id]);
  const now = await world.now(id);
  expect(now.stage).toBe(stage);
  if (now.stage === 'confirmed') expect(now).toMatchObject({ txId: event.txHash ?? '0xbeef', confirmations: 3, place: { index: 1 } });
});

test('a payout that a restored table has forgotten is signed again, and its verdict is the payment of before', async () => {
  const { broadcast, confirm, mine, state } = setUp();
  const { id } = await converted();
  mine(nonceOf(id), { blockNumber: 50 });
  state.latest = 100;
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', readFrom: 98 });
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'confirmed', place: { height: 50 } });
});

test('what cannot be read of one payer holds up no verdict on the payouts of another', async () => {
  const { broadcast, confirm, mine, state, chain } = setUp();
  const [first, second] = [await converted(), await converted()];
  await broadcast([first.id]);
  chain.treasury = laneB;
  await broadcast([second.id]);
  mine(nonceOf(second.id));
  state.latest += 2;
  const { authorizations } = chain;
  chain.authorizations = async (payer, ...rest) => {
    if (payer !== laneB.toLowerCase()) throw new UnavailableError('ethereum: pruned');
    return authorizations(payer, ...rest);
  };
  await confirm([first.id, second.id]);
  expect(await world.now(second.id)).toMatchObject({ stage: 'confirmed' });
  await expect(confirm([first.id])).rejects.toMatchObject({ name: 'UnavailableError' });
});

test('a signed payout that is on chain already is not sent again', async () => {
  const { broadcast, answer, mine, sent } = setUp();
  answer('unknown');
  const { id } = await converted();
  await broadcast([id]);
  mine(nonceOf(id));
  await broadcast([id]);
  expect(sent).toHaveLength(1);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast' });
});

test('a payout that was sent a moment ago is left to 5-confirm, and no node is asked', async () => {
  const { broadcast, chain, clock } = setUp();
  const { id } = await converted();
  await broadcast([id]);
  const { spent } = chain;
  let asked = 0;
  chain.spent = (...of) => {
    asked += 1;
    return spent(...of);
  };
  await broadcast([id]);
  expect(asked).toBe(0);
  clock.advance(payoutStuckMs + 1);
  await broadcast([id]);
  expect(asked).toBe(1);
});

test('a payout is never signed once its barrier is closed', async () => {
  const { id, ...rest } = await converted();
  expect(() =>
    moveTo(
      { id, ...rest, payoutBarrier: 'CLOSED' },
      'signed',
      { payout: minorOf(1n), fee: minorOf(0n), attempts: 1, txId: '0x', readFrom: 0 },
      at(9),
    ),
  ).toThrow('payout barrier');
});

describe('when another treasury signs from now on', () => {
  const setUpRotation = async () => {
    const given = setUp();
    given.answer('unknown', 'accepted');
    const { id } = await converted();
    await given.broadcast([id]);
    const former = given.chain.treasury.toLowerCase();
    given.chain.treasury = laneB;
    // Both the chain's clock and ours are past what the first has signed.
    given.state.latestAt += authorizationSeconds * 1_000;
    given.clock.advance(given.state.latestAt + 1_000);
    const payers = async () => {
      const now = await world.now(id);
      const attempts = 'attempts' in now ? (now.attempts ?? 0) : 0;
      const list = Array.from({ length: attempts }, (_, index) =>
        world.store.attempt(id, index + 1),
      );
      const found = await Promise.all(list);
      return found.map((one) => one && evmAttemptOf(one).authorization.from);
    };
    return { ...given, id, former, payers };
  };

  test('it signs nothing that the one before may still pay', async () => {
    const { broadcast, confirm, mine, state, id, former, payers, chain, sent, clock } =
      await setUpRotation();
    await broadcast([id]);
    expect([await payers(), sent.length]).toEqual([[former], 1]);
    // Its time is past on chain, and it was used in a block that is not final.
    mine(nonceOf(id), { by: former as Hex });
    state.finalAt = state.latestAt + 1_000;
    // A node that is behind.
    chain.spent = async (_, nonces) => new Map(nonces.map((nonce) => [nonce, false]));
    state.latest += 2;
    await broadcast([id]);
    expect(await payers()).toEqual([former]);
    chain.spent = async (_, nonces) => new Map(nonces.map((nonce) => [nonce, true]));
    clock.advance(3_600_000);
    await broadcast([id]);
    await confirm([id]);
    expect(await world.now(id)).toMatchObject({ stage: 'confirmed', payer: former, attempts: 1 });
  });

  test('it signs anew what one final block shows to be dead, and the verdict is that of its own nonce', async () => {
    const { broadcast, confirm, mine, state, id, former, payers } = await setUpRotation();
    state.finalAt = state.latestAt + 1_000;
    await broadcast([id]);
    await broadcast([id]);
    const payer = laneB.toLowerCase();
    expect(await payers()).toEqual([former, payer]);
    mine(nonceOf(id), { by: former as Hex, txHash: '0xf0' });
    mine(nonceOf(id), { txHash: '0xaa' });
    state.latest += 2;
    await confirm([id]);
    expect(await world.now(id)).toMatchObject({ stage: 'confirmed', payer, txId: '0xaa' });
  });
});

test('the nonce of a payout is its own: of the withdrawal, the token and the chain', () => {
  const nonces = [
    payoutNonce(1, token, 'wd_00000000000000000000000001'),
    payoutNonce(1, token, 'wd_00000000000000000000000002'),
    payoutNonce(2, token, 'wd_00000000000000000000000001'),
    payoutNonce(1, laneA, 'wd_00000000000000000000000001'),
  ];
  expect(new Set(nonces).size).toBe(4);
  expect(payoutNonce(1, token, 'wd_00000000000000000000000001')).toBe(nonces[0]);
});
