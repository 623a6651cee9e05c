/** Payouts that share one transaction: each has its own way out, and none waits for or is paid by another's. */
import { expect, test } from '@jest/globals';
import { sweepEntries } from '../../lambdas/adapters/dynamo/open.ts';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Principal } from '../../lambdas/core/operations/principal.ts';
import { evidenceOf, refunded } from '../../lambdas/core/operations/review.ts';
import type { SentPayout } from '../../lambdas/core/payout/rail.ts';
import { evmAttemptOf } from '../../lambdas/core/rails/evm/attempt.ts';
import type { PayoutContract } from '../../lambdas/core/rails/evm/chain.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { authorizationSeconds, payoutBatchFeeMax } from '../../lambdas/core/rails/evm/limits.ts';
import { latestAttempt, newestAttempts } from '../../lambdas/core/store/attempt.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import { inReview, waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import type { Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { destination, evenDice } from '../support/things.ts';
import { convertedIn, endPayout, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const minute = 60_000;
const hour = 60 * minute;
const contract: Address = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const ready: PayoutContract = { is: 'ready', address: contract };

/** Some payouts that were signed and sent in one visit. */
async function startTogether(count = 3, given = startPayouts(world)) {
  given.state.contract = ready;
  const ids: WithdrawalId[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await convertedIn(world, {})).id);
  await given.broadcast(ids);
  const { clock, broadcast, state } = given;
  const now = (id: WithdrawalId) => world.now(id);
  return {
    ...given,
    ids: ids as [WithdrawalId, WithdrawalId, WithdrawalId],
    now,
    sent: async (id: WithdrawalId) => (await now(id)) as SentPayout,
    /** A visit of those that are named, or of all, after so long. */
    visit: async (ms: number, some: readonly WithdrawalId[] = ids) => {
      clock.advance(ms);
      state.latestAt += ms;
      await broadcast(some);
    },
    end: (id: WithdrawalId) => endPayout(world, id, clock.now(), 'The client asked for it.'),
    attemptOf: async (id: WithdrawalId) => {
      const attempt = await latestAttempt(world.store, (await now(id)) as SentPayout);
      if (attempt === null) throw new Error('it has no attempt');
      return { ...attempt, evm: evmAttemptOf(attempt) };
    },
  };
}

test('those that wait together are one row, one nonce and one send, and each has it as its attempt', async () => {
  const { ids, batches, sends, now, attemptOf, lane, state } = await startTogether();
  expect(sends()).toEqual([]);
  expect(batches()).toMatchObject([
    { from: lane, nonce: 0, to: contract.toLowerCase(), gas: 3n * 100_000n },
  ]);
  expect(
    batches()[0]
      ?.members.map(({ nonce }) => nonce)
      .toSorted(),
  ).toEqual(ids.map(nonceOf).toSorted());
  const found = await Promise.all(ids.map(attemptOf));
  expect(new Set(found.map(({ batch }) => batch?.id)).size).toBe(1);
  for (const [index, id] of ids.entries()) {
    expect(await now(id)).toMatchObject({
      stage: 'broadcast',
      attempts: 1,
      txId: found[0]?.evm.hash,
    });
    const { authorization } = found[index]?.evm ?? {};
    const validBefore = state.latestAt / 1_000 + authorizationSeconds;
    expect(authorization).toMatchObject({ to: destination, value: 99_500_000n, validBefore });
    expect(authorization?.nonce).toBe(nonceOf(id));
  }
  expect(await world.store.nextNumber({ network: 'ethereum', address: lane })).toBe(1);
});

// biome-ignore format: columns are the point
test.each<[string, number, PayoutContract]>([
  ['one alone',                          1, ready],
  ['where there is no contract',         3, { is: 'not-set' }],
  ['where nothing stands at its place',  3, { is: 'absent', address: contract }],
  ['where other code stands there',      3, { is: 'other-code', address: contract }],
])('each goes by itself: %s', async (_name, count, state) => {
  const given = startPayouts(world);
  const { chain } = given;
  chain.payoutContract = async () => state;
  const { ids, sends, batches, now } = await startTogether(count, given);
  expect([sends().length, batches().length]).toEqual([count, 0]);
  for (const id of ids) expect('payoutBatch' in (await now(id))).toBe(false);
});

test('no more go together than the fee and the gas of one transaction allow', async () => {
  const given = startPayouts(world);
  // Two of them offer 80 % of an ether, and three would offer more.
  given.state.fee = payoutBatchFeeMax / 2n / 100_000n;
  given.state.cap = given.state.fee;
  for (const lane of given.lanes) given.endow(lane, 10n ** 19n);
  const { batches, sends } = await startTogether(5, given);
  expect(batches().map(({ members }) => members.length)).toEqual([2, 2]);
  expect(sends()).toHaveLength(1);
});

test('one that moved on while the others were signed is not in the batch', async () => {
  const given = startPayouts(world);
  const { commit } = world.store;
  let moved: WithdrawalId | null = null;
  world.store.commit = async (changes) => {
    const batch = changes.find((one) => one.change === 'batch');
    if (batch?.change === 'batch' && moved === null) {
      moved = [...batch.batch.members.keys()][1] ?? null;
      const [from] = await world.store.withdrawals(moved === null ? [] : [moved]);
      if (from === undefined) throw new Error('it is gone');
      const to = waitFor(from, from.updatedAt, 'node-away', from.updatedAt, evenDice);
      await commit([{ change: 'withdrawal', from, to }]);
    }
    return commit(changes);
  };
  try {
    const { ids, batches, now } = await startTogether(3, given);
    const left = ids.filter((id) => id !== moved);
    expect(batches()).toHaveLength(1);
    expect(
      batches()[0]
        ?.members.map(({ nonce }) => nonce)
        .toSorted(),
    ).toEqual(left.map(nonceOf).toSorted());
    expect((await now(moved ?? (left[0] as WithdrawalId))).stage).toBe('converted');
  } finally {
    world.store.commit = commit;
  }
});

test('nothing is sent before the whole batch and all its members are saved', async () => {
  const given = startPayouts(world);
  const { send } = given.chain;
  const stages: string[] = [];
  let ids: WithdrawalId[] = [];
  given.chain.send = async (raw, nonce) => {
    const rows = await world.store.withdrawals(ids);
    stages.push(...rows.map(({ stage }) => stage));
    return send(raw, nonce);
  };
  given.state.contract = ready;
  ids = [(await convertedIn(world, {})).id, (await convertedIn(world, {})).id];
  await given.broadcast(ids);
  expect(stages).toEqual(['signed', 'signed']);
});

test('one that was skipped next goes alone, with the same signature and a nonce of its own', async () => {
  const { ids, mine, count, lane, visit, batches, sends, attemptOf, answer, sent } =
    await startTogether();
  const [paid, skipped, other] = ids;
  const before = await attemptOf(skipped);
  for (const id of [paid, other]) mine(nonceOf(id));
  count(lane, 1);
  answer('nonce-used');
  await visit(hour);
  expect(batches()).toHaveLength(2); // The same bytes once more, which the node says are used up.
  expect(sends()).toMatchObject([{ from: lane, nonce: 1, authorization: nonceOf(skipped) }]);
  const after = await attemptOf(skipped);
  expect(after).toMatchObject({ number: 2, evm: { authorization: before.evm.authorization } });
  expect(after.batch).toBeUndefined();
  expect('payoutBatch' in (await sent(skipped))).toBe(false);
  for (const id of [paid, other]) expect(await sent(id)).toMatchObject({ attempts: 1 });
});

test('when the price has risen the same members go again on the same nonce, less those that are paid', async () => {
  const { ids, mine, state, visit, batches, attemptOf, lane, sent } = await startTogether();
  const [one, paid, other] = ids;
  mine(nonceOf(paid), { txHash: '0x57a6' }); // A stranger has handed it in.
  state.fee = 20n;
  await visit(hour, [one]);
  await visit(minute);
  const last = batches().at(-1);
  expect(last).toMatchObject({ from: lane, nonce: 0, fee: 20n });
  expect(last?.members.map(({ nonce }) => nonce).toSorted()).toEqual(
    [one, other].map(nonceOf).toSorted(),
  );
  // It is an attempt of the other as well, who was not even looked at when it was signed.
  for (const id of [one, other]) expect(await attemptOf(id)).toMatchObject({ number: 2 });
  expect(await sent(other)).toMatchObject({ txId: (await attemptOf(one)).evm.hash });
  expect(await sent(paid)).toMatchObject({ attempts: 1 });
});

test('every batch that a payout was in stays on record as its attempt, also when it goes alone in the end', async () => {
  const { ids, state, visit, mine, count, lane, answer, attemptOf, sent } = await startTogether();
  const [one, other] = ids;
  const hashes = [(await attemptOf(one)).evm.hash];
  state.fee = 20n;
  await visit(hour);
  hashes.push((await attemptOf(one)).evm.hash);
  for (const id of ids) if (id !== one) mine(nonceOf(id));
  count(lane, 1);
  answer('nonce-used');
  await visit(hour);
  hashes.push((await attemptOf(one)).evm.hash);
  const onRecord = async (id: WithdrawalId, most = 9) =>
    (await newestAttempts(world.store, await sent(id), most)).map((attempt) => [
      attempt.number,
      attempt.batch?.members.size ?? 1,
      evmAttemptOf(attempt).hash,
    ]);
  const all = [1, 2, 3].map((number) => [number, number === 3 ? 1 : 3, hashes[number - 1]]);
  expect(new Set(hashes).size).toBe(3);
  expect(await onRecord(one)).toEqual(all);
  expect(await onRecord(one, 2)).toEqual(all.slice(1));
  expect(await onRecord(other)).toEqual(all.slice(0, 2));
});

test('a replacement of which one member has moved on is not saved', async () => {
  const { ids, state, visit, batches, end, sent } = await startTogether();
  const [one, other] = ids;
  const { commit } = world.store;
  world.store.commit = async (changes) => {
    if (
      changes.some(({ change }) => change === 'batch') &&
      (await sent(other)).ending === undefined
    ) {
      world.store.commit = commit;
      await end(other);
    }
    return commit(changes);
  };
  state.fee = 20n;
  await visit(hour, [one]);
  world.store.commit = commit;
  expect(await sent(one)).toMatchObject({ attempts: 1 });
  expect((await sent(other)).ending).toBeDefined();
  await visit(hour, [one]);
  await visit(minute, [one]);
  expect(
    batches()
      .at(-1)
      ?.members.map(({ nonce }) => nonce),
  ).not.toContain(nonceOf(other));
});

test('whoever is left out of a replacement goes alone, and outbids nobody on their nonce', async () => {
  const { ids, state, visit, batches, sends, sent, answer } = await startTogether();
  const [one] = ids;
  // Gas is so dear by now that two of them are the most of one transaction.
  state.fee = payoutBatchFeeMax / 2n / 100_000n;
  state.cap = 10n ** 30n;
  await visit(hour, [one]);
  expect((await Promise.all(ids.map(sent))).map(({ attempts }) => attempts).toSorted()).toEqual([
    1, 2, 2,
  ]);
  const all = await Promise.all(ids.map(sent));
  const left = all.find(({ attempts }) => attempts === 1)?.id;
  answer('underpriced');
  await visit(hour, [left as WithdrawalId]);
  expect(sends()).toMatchObject([{ nonce: 1, authorization: nonceOf(left as WithdrawalId) }]);
  expect(batches().filter(({ nonce }) => nonce !== 0)).toEqual([]);
});

test('who is cancelled pushes nobody aside, and the others go on without it', async () => {
  const { ids, end, visit, sends, state, batches, attemptOf, lane } = await startTogether();
  const [one, ended, other] = ids;
  await end(ended);
  await visit(hour, [ended]);
  expect(sends()).toMatchObject([{ from: lane, nonce: 1, ends: true }]);
  expect(await attemptOf(ended)).toMatchObject({ number: 2, ends: true });
  state.fee = 20n;
  await visit(hour);
  await visit(minute);
  const members = batches()
    .at(-1)
    ?.members.map(({ nonce }) => nonce);
  expect(members?.toSorted()).toEqual([one, other].map(nonceOf).toSorted());
  expect(batches().at(-1)).toMatchObject({ nonce: 0 });
});

test('the last one of a batch that is not paid takes its nonce for the cancellation', async () => {
  const { ids, end, mine, visit, sends, lane } = await startTogether();
  const [one, ended, other] = ids;
  for (const id of [one, other]) mine(nonceOf(id), { txHash: '0x57a6' });
  await end(ended);
  await visit(hour, [ended]);
  expect(sends()).toMatchObject([{ from: lane, nonce: 0, ends: true }]);
});

test('a batch whose time has run out is signed anew for all who wait, on the same nonce', async () => {
  const { ids, visit, batches, attemptOf, state } = await startTogether();
  await visit((authorizationSeconds + 60) * 1_000, [ids[0]]);
  await visit(minute, [ids[1]]);
  const last = batches().at(-1);
  expect(last).toMatchObject({ nonce: 0 });
  expect(last?.members).toHaveLength(3);
  for (const id of ids) {
    const { evm } = await attemptOf(id);
    expect(evm.authorization.validBefore).toBeGreaterThan(state.latestAt / 1_000 + 3_600);
  }
});

test.each(['gas-too-low', 'too-dear', 'unfunded'] as const)(
  'a batch that no node takes (%s) is given up for one after the other',
  async (word) => {
    const given = startPayouts(world);
    given.answer(word);
    const { ids, visit, sends, answer, count, lane } = await startTogether(3, given);
    answer(word);
    await visit(hour, [ids[0]]);
    expect(sends()).toMatchObject([{ nonce: 0, authorization: nonceOf(ids[0]) }]);
    count(lane, 1);
    answer('nonce-used', 'nonce-used');
    await visit(hour, ids.slice(1));
    expect(sends().map(({ nonce }) => nonce)).toEqual([0, 1, 2]);
  },
);

test.each(['gas-too-low', 'too-dear', 'unfunded'] as const)(
  'members of a batch that no node takes (%s) have a place each when one visit looks at all of them',
  async (word) => {
    const given = startPayouts(world);
    given.answer(word);
    const { ids, visit, sends, answer, attemptOf, lane } = await startTogether(3, given);
    answer(word, word, word);
    await visit(hour);
    expect(sends()).toMatchObject(ids.map((_, nonce) => ({ from: lane, nonce })));
    for (const [nonce, id] of ids.entries())
      expect((await attemptOf(id)).evm.carrier).toMatchObject({ nonce });
  },
);

test('a member that another worker was faster with keeps its place, and the next one takes another', async () => {
  let race: (() => Promise<void>) | null = null;
  const commit: Store['commit'] = async (changes) => {
    const isFirst = changes.some((one) => one.change === 'attempt' && one.attempt.number > 1);
    const run = isFirst ? race : null;
    if (run !== null) race = null;
    await run?.();
    return world.store.commit(changes);
  };
  const given = startPayouts({ store: { ...world.store, commit } });
  given.answer('too-dear');
  const { ids, visit, sends, answer, attemptOf, broadcast } = await startTogether(3, given);
  answer('too-dear', 'too-dear', 'too-dear', 'too-dear');
  race = () => broadcast([ids[0]]);
  await visit(hour);
  expect(race).toBeNull();
  expect(sends()).toHaveLength(3);
  for (const [nonce, id] of ids.entries())
    expect((await attemptOf(id)).evm.carrier).toMatchObject({ nonce });
});

test('nobody can attest that a member of a batch was not paid', async () => {
  const { ids, sent, clock } = await startTogether();
  const [id] = ids;
  const from = await sent(id);
  await world.store.commit([
    { change: 'withdrawal', from, to: inReview(from, 'A test.', clock.now()) },
  ]);
  const evidence = await evidenceOf(world.store, id);
  expect(evidence?.attempt).toBe(true);
  if (evidence === null) throw new Error('there is no evidence');
  const by = ['one', 'two'] as [Principal, Principal];
  expect(refunded(evidence, { by, note: 'They say so.' }, clock.now(), 1_000)).toEqual({
    refused: expect.stringContaining('A payout was signed.'),
  });
});

/** Many in one batch: first the one that is due for all. */
async function sentTogether() {
  const given = await startTogether(many);
  const sent = await Promise.all(given.ids.map(given.now));
  const [leader, ...led] = sent.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (leader === undefined) throw new Error('nothing was sent');
  return { ...given, leader, led };
}
const paidAs = (index: number) => ({
  logIndex: 2 * index,
  transfer: { to: destination as Address, value: 99_500_000n, logIndex: 2 * index + 1 },
});

/** All of them are paid, and their payments final. */
async function paidTogether() {
  const given = await sentTogether();
  for (const [index, id] of given.ids.entries()) given.mine(nonceOf(id), paidAs(index));
  given.state.latest += 2;
  const stages = async () =>
    new Set(await Promise.all(given.ids.map(async (id) => (await given.now(id)).stage)));
  return { ...given, stages };
}
const many = 6;

test('one of a batch is due for all, and whoever is rung for, the verdicts of all are read', async () => {
  const { leader, led, stages, confirm, chain } = await paidTogether();
  expect(leader.dueAt).toBe(leader.updatedAt + chain.finalityMs);
  expect(sweepEntries(leader).dueShard).toBeDefined();
  for (const one of led) {
    expect(one.dueAt).toBeNull();
    expect(sweepEntries(one).dueShard).toBeUndefined();
  }
  await confirm(led.slice(0, 1).map(({ id }) => id));
  expect(await stages()).toEqual(new Set(['confirmed']));
});

test('who is due for a batch stays so until the verdicts of the others are saved', async () => {
  const { leader, stages, confirm } = await paidTogether();
  const { commitEach } = world.store;
  world.store.commitEach = async (changes) => {
    if (changes.some((one) => one.change === 'withdrawal' && one.from.id !== leader.id))
      throw new UnavailableError('dynamodb');
    return commitEach(changes);
  };
  try {
    await expect(confirm([leader.id])).rejects.toThrow(UnavailableError);
  } finally {
    world.store.commitEach = commitEach;
  }
  expect(await stages()).toEqual(new Set(['broadcast']));
  await confirm([leader.id]);
  expect(await stages()).toEqual(new Set(['confirmed']));
});

test('who is left without a verdict when the one that is due has its own is due by itself', async () => {
  const { leader, led, ids, mine, state, confirm, now, clock } = await sentTogether();
  const [skipped, ...paid] = led;
  if (skipped === undefined) throw new Error('nothing was sent');
  for (const { id } of [leader, ...paid]) mine(nonceOf(id), paidAs(ids.indexOf(id)));
  state.latest += 2;
  await confirm([leader.id]);
  expect((await now(leader.id)).stage).toBe('confirmed');
  expect(await now(skipped.id)).toMatchObject({ stage: 'broadcast', dueAt: clock.now() });
});

test('who is due for a batch stays so while somebody else has changed one of the others', async () => {
  const { leader, led, stages, confirm } = await paidTogether();
  const [other] = led;
  const { commitEach, commit } = world.store;
  world.store.commitEach = async (changes) => {
    world.store.commitEach = commitEach;
    const from = other as Withdrawal;
    await commit([{ change: 'withdrawal', from, to: { ...from, version: from.version + 1 } }]);
    return commitEach(changes);
  };
  await confirm([leader.id]);
  expect((await world.now(leader.id)).stage).toBe('broadcast');
  await confirm([leader.id]);
  expect(await stages()).toEqual(new Set(['confirmed']));
});

test.each([0, many - 1])(
  'when fewer go together in a replacement, somebody is due for them, and who is left is due alone, whoever was looked at (%i)',
  async (which) => {
    const { leader, led, state, visit, sent } = await sentTogether();
    const looked = [leader, ...led][which] as Withdrawal;
    // Gas is so dear by now that four of them are the most of one transaction.
    state.fee = payoutBatchFeeMax / 4n / 100_000n;
    state.cap = 10n ** 30n;
    await visit(minute, [looked.id]);
    const all = await Promise.all([leader, ...led].map(({ id }) => sent(id)));
    const [again, left] = [1, 2].map((number) =>
      all.filter(({ attempts }) => attempts === 3 - number),
    );
    expect(again).not.toEqual([]);
    expect(left).not.toEqual([]);
    expect(again?.filter(({ dueAt }) => dueAt !== null)).not.toEqual([]);
    expect(left?.filter(({ dueAt }) => dueAt === null)).toEqual([]);
  },
);

test('who is cancelled hands on that it is due for its batch', async () => {
  const { leader, led, visit, end, sent } = await sentTogether();
  await end(leader.id);
  await visit(minute, [leader.id]);
  expect((await sent(leader.id)).payoutBatch).toBeUndefined();
  const others = await Promise.all(led.map(({ id }) => sent(id)));
  expect(others.filter(({ dueAt }) => dueAt !== null)).toHaveLength(1);
});
