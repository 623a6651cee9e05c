/** Other bytes are submitted in the visit that saves them, and somebody is due for whoever they leave behind. */
import { expect, test } from '@jest/globals';
import { ShutError } from '../../lambdas/core/kernel/errors.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import type { NodeReply } from '../../lambdas/core/rails/evm/chain.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { payoutUnansweredMs } from '../../lambdas/core/rails/evm/limits.ts';
import { evmRails } from '../../lambdas/core/rails/evm/rail.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { testSwitches } from '../support/gates.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { convertedIn, endPayout, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);
const stuck = 40_000;

/** Three payouts of one batch, each to an address of its own, the one with the least id first; what the node says to their bytes. */
async function sentTogether(reply: NodeReply) {
  const given = startPayouts(world);
  given.state.contract = { is: 'ready', address: `0x${'5f'.repeat(20)}` };
  const made = await Promise.all(
    [1, 2, 3].map(async (n) => {
      const to = `0x${String(n).repeat(40)}` as Address;
      return { to, id: (await convertedIn(world, { destination: to })).id };
    }),
  );
  const [first, second, third] = made.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('nothing was made');
  given.answer(reply);
  await given.broadcast([first.id, second.id, third.id]);
  const later = (ms: number): void => {
    given.clock.advance(ms);
    given.state.latestAt += ms;
  };
  const stagesOf = (...of: { id: WithdrawalId }[]) =>
    Promise.all(of.map(async ({ id }) => (await world.now(id)).stage));
  const due = (...of: { id: WithdrawalId }[]) =>
    Promise.all(of.map(async ({ id }) => (await world.now(id)).dueAt !== null));
  return { ...given, first, second, third, later, stagesOf, due };
}

test.each([
  ['before a node has its bytes', 'unknown', 15_000, 'signed'],
  ['when the others have gone', 'accepted', stuck, 'broadcast'],
] as const)(
  'where the one that is due for a batch is frozen %s, another one is due for the rest',
  async (_name, reply, ms, stage) => {
    const { first, second, third, refuse, broadcast, later, stagesOf, due } =
      await sentTogether(reply);
    refuse(first.to, { by: 'payee' });
    later(ms);
    await broadcast([first.id, second.id, third.id]);
    expect(await stagesOf(first, second, third)).toEqual([stage, 'broadcast', 'broadcast']);
    expect(await due(second, third)).toContain(true);
  },
);

test('where the one that is due for a batch is ended, another one is due for those that have gone', async () => {
  const { first, second, third, refuse, broadcast, later, stagesOf, due, clock } =
    await sentTogether('unknown');
  refuse(third.to, { by: 'payee' });
  later(15_000);
  await broadcast([first.id, second.id, third.id]);
  expect(await stagesOf(first, second, third)).toEqual(['broadcast', 'broadcast', 'signed']);
  later(stuck);
  await endPayout(world, first.id, clock.now());
  await broadcast([first.id]);
  expect(await world.now(first.id)).toMatchObject({ attempts: 2 });
  expect(await due(second)).toEqual([true]);
});

test.each(['nonce-used', 'unknown'] as const)(
  'bytes that came into a block since they were looked for take no other carrier (%s)',
  async (reply) => {
    const { broadcast, answer, sends, count, lane, mine, chain, clock, state } =
      startPayouts(world);
    answer('unknown', reply);
    const { id } = await convertedIn(world, {});
    await broadcast([id]);
    clock.advance(payoutUnansweredMs + 1);
    state.latestAt += payoutUnansweredMs + 1;
    const { send } = chain;
    chain.send = (...bytes) => {
      chain.send = send;
      mine(nonceOf(id));
      count(lane, 1);
      return send(...bytes);
    };
    await broadcast([id]);
    expect(sends().map(({ nonce }) => nonce)).toEqual([0, 0]);
    if (reply === 'unknown') return;
    const now = await world.now(id);
    expect([now.stage, statusOf(now), waitReasonOf(now)]).toEqual([
      'broadcast',
      'PROCESSING',
      null,
    ]);
  },
);

/** A payout whose nonce in its gas lane somebody else has used by now, so that it needs the next one. */
async function outrun(...given: Parameters<typeof startPayouts>) {
  const started = startPayouts(...given);
  started.answer('unknown', 'nonce-used');
  const { id } = await convertedIn(world, {});
  await started.broadcast([id]);
  started.count(started.lane, 5);
  const nonces = () => started.sends().map(({ nonce }) => nonce);
  return { ...started, id, nonces };
}

test('a switch that is turned between saving and sending holds other bytes back, visibly', async () => {
  const { switches, turnOff } = testSwitches();
  const { broadcast, id, nonces } = await outrun(world, 0, switches);
  const { commit } = world.store;
  world.store.commit = async (changes) => {
    const refused = await commit(changes);
    if (changes.some((one) => one.change === 'attempt')) turnOff('broadcast');
    return refused;
  };
  await broadcast([id]);
  world.store.commit = commit;
  expect(nonces()).toEqual([0, 0]);
  const now = await world.now(id);
  expect([now.stage, waitReasonOf(now)]).toEqual(['signed', 'switch']);
  expect(now).toMatchObject({ attempts: 2 });
});

test('what somebody else has saved first is not sent', async () => {
  const { broadcast, id, nonces } = await outrun(world);
  const { commit } = world.store;
  world.store.commit = async (changes) =>
    changes.some((one) => one.change === 'attempt') ? [0] : commit(changes);
  await broadcast([id]);
  world.store.commit = commit;
  expect(nonces()).toEqual([0, 0]);
});

test('what there is no time left for goes with the next visit', async () => {
  const { broadcast, id, nonces, chain, signer, clock } = await outrun(world);
  const budget = { remainingMs: () => 0, allows: ({ calls }: { calls: number }) => calls < 2 };
  const short = { ...stepWorld(world.store, clock), budget };
  const rails = evmRails(async () => chain, { ...short, signer });
  await makeBroadcast({ ...short, rails })([id]);
  expect(nonces()).toEqual([0, 0]);
  await broadcast([id]);
  expect(nonces()).toEqual([0, 0, 5]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 2 });
});

test('a cancellation that cannot be asked about holds up nobody else', async () => {
  const { broadcast, answer, sends, count, lane, chain, clock } = startPayouts(world);
  answer('unknown', 'unknown', 'nonce-used');
  const [one, other] = [await convertedIn(world, {}), await convertedIn(world, {})];
  await broadcast([one.id, other.id]);
  await endPayout(world, other.id, clock.now());
  count(lane, 5);
  chain.takes = async () => {
    throw new ShutError('reading', clock.now());
  };
  await broadcast([one.id, other.id]).catch(() => {});
  expect(sends().filter(({ authorization }) => authorization === nonceOf(one.id))).toHaveLength(3);
});
