/**
 * What happens next with a payout, by what the node said of its bytes (test/support/node-words.ts has the words that mean
 * it), and where nodes say nothing, lanes are dry or gas is dear.
 */
import { expect, test } from '@jest/globals';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import { payoutStuckMs } from '../../lambdas/core/kernel/limits.ts';
import { payableWaitMaxMs, sendAgainMs } from '../../lambdas/core/payout/limits.ts';
import type { NodeReply } from '../../lambdas/core/rails/evm/chain.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { laneStuckMs, payoutUnansweredMs } from '../../lambdas/core/rails/evm/limits.ts';
import { pinnedChain } from '../../lambdas/core/rails/evm/pin.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { type In, statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { laneB, token } from '../support/chain.ts';
import { words } from '../support/node-words.ts';
import { startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { convertedIn, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const converted = (given: Partial<In<'requested'>> = {}) => convertedIn(world, given);

function setUp() {
  const given = startPayouts(world);
  return {
    ...given,
    carriers: () =>
      given.sends().map(({ from, nonce, fee }) => [given.lanes.indexOf(from), nonce, Number(fee)]),
  };
}

/** [lane, nonce, fee] of every send: the first offer, the second, and what is offered after that, once some time has passed. */
// biome-ignore format: columns are the point
const next: Record<NodeReply, { offer: number[]; after: 'once' | 'a while'; stage: string }> = {
  'accepted':      { offer: [],           after: 'once',    stage: 'broadcast' }, // 5-confirm reads what becomes of it
  'already-known': { offer: [],           after: 'once',    stage: 'broadcast' },
  'nonce-used':    { offer: [0, 1, 10],   after: 'once',    stage: 'signed' }, // the next nonce of its lane
  'nonce-gap':     { offer: [0, 0, 10],   after: 'once',    stage: 'signed' }, // the same bytes; what is missing is filled
  'underpriced':   { offer: [0, 0, 13],   after: 'once',    stage: 'signed' }, // enough to replace what is there
  'gas-too-low':   { offer: [0, 0, 13],   after: 'once',    stage: 'signed' }, // with the gas that is estimated now
  'too-dear':      { offer: [0, 0, 10],   after: 'once',    stage: 'signed' }, // the same, until gas is cheaper
  'unfunded':      { offer: [1, 0, 10],   after: 'once',    stage: 'signed' }, // another lane
  'unknown':       { offer: [0, 0, 13],   after: 'a while', stage: 'signed' }, // whatever was said: offered anew with other fees
};

test.each(Object.entries(next))(
  'bytes that a node answers with %s',
  async (reply, { offer, after, stage }) => {
    expect(words.some(([, means]) => means === reply) || reply === 'accepted').toBe(true);
    const { broadcast, answer, carriers, clock } = setUp();
    answer(...Array<NodeReply>(8).fill(reply as NodeReply));
    const { id } = await converted();
    await broadcast([id]);
    expect(await world.now(id)).toMatchObject({ stage });
    if (offer.length === 0) return;
    await broadcast([id]);
    expect(carriers().slice(0, 2)).toEqual([
      [0, 0, 10],
      [0, 0, 10],
    ]);
    if (after === 'a while') {
      await broadcast([id]);
      expect(carriers().at(-1)).toEqual([0, 0, 10]);
      clock.advance(payoutUnansweredMs + 1);
      await broadcast([id]);
    }
    expect(carriers().at(-1)).toEqual(offer);
  },
);

test.each(['unknown', 'nonce-gap', 'too-dear'] as const)(
  'a signed payout that a node answers with %s again says so, is offered again soon, and goes on as usual when it is taken',
  async (reply) => {
    const { broadcast, answer, clock, sent } = setUp();
    answer(reply, reply, reply);
    const { id } = await converted();
    const seen = async () => {
      const one = await world.now(id);
      return [one.stage, statusOf(one), waitReasonOf(one)];
    };
    await broadcast([id]);
    expect(await seen()).toEqual(['signed', 'PROCESSING', null]);
    for (const offers of [2, 3]) {
      await broadcast([id]);
      expect(await seen()).toEqual(['signed', 'RETRYING', 'send-refused']);
      expect(sent).toHaveLength(offers);
      clock.advance(2 * sendAgainMs);
    }
    const told = (await world.now(id)).history.filter(({ attempt }) => attempt === 0);
    expect(told).toHaveLength(1);
    await broadcast([id]);
    expect(await seen()).toEqual(['broadcast', 'PROCESSING', null]);
  },
);

test('other bytes for a payout that no node takes do not end what it says', async () => {
  const { broadcast, answer, clock } = setUp();
  answer(...Array<NodeReply>(50).fill('unknown'));
  const { id } = await converted();
  await broadcast([id]);
  for (let visits = 0; visits < 12; visits += 1) {
    await broadcast([id]);
    expect(waitReasonOf(await world.now(id))).toBe('send-refused');
    clock.advance(payoutUnansweredMs / 4);
  }
  expect((await world.now(id)) as In<'signed'>).toMatchObject({ attempts: 2 });
});

test('a payout that is offered in vain is offered more dearly, more and more slowly, and never above the cap', async () => {
  const { broadcast, answer, carriers, clock, state } = setUp();
  answer(...Array<NodeReply>(50).fill('unknown'));
  state.cap = 17n;
  const { id } = await converted();
  await broadcast([id]);
  for (let minutes = 0; minutes < 30; minutes += 1) {
    clock.advance(60_000);
    await broadcast([id]);
  }
  const fees = carriers().map(([, , fee]) => fee);
  expect([...new Set(fees)]).toEqual([10, 13, 17]);
  // Where the cap lets nothing be raised any more it begins again from the price of now.
  expect(await world.now(id)).toMatchObject({ stage: 'signed', attempts: 5 });
});

test('bytes with too little gas are made anew at the price of now when the cap lets nothing be raised', async () => {
  const { broadcast, answer, carriers, clock, state } = setUp();
  answer(...Array<NodeReply>(50).fill('gas-too-low'));
  state.cap = 17n;
  const { id } = await converted();
  await broadcast([id]);
  for (let minutes = 0; minutes < 12; minutes += 1) {
    clock.advance(60_000);
    await broadcast([id]);
  }
  const fees = carriers().map(([, , fee]) => fee);
  expect(Math.max(...fees.map(Number))).toBe(17);
  expect(fees.slice(fees.indexOf(17))).toContain(10);
});

test('a payout that is offered in vain takes another nonce when the chain has had its own, whatever the node says', async () => {
  const { broadcast, answer, carriers, clock, count, lanes } = setUp();
  answer(...Array<NodeReply>(8).fill('unknown'));
  const { id } = await converted();
  await broadcast([id]);
  // Somebody behind it has filled its nonce meanwhile.
  count(lanes[0], 1, null);
  clock.advance(payoutUnansweredMs + 1);
  await broadcast([id]);
  await broadcast([id]);
  expect(carriers().at(-1)).toEqual([0, 1, 10]);
});

test('a payout that is offered in vain behind a missing nonce has that filled, whatever the node says', async () => {
  const { broadcast, answer, carriers, clock, count, lanes, filled } = setUp();
  const [lost, behind] = [await converted(), await converted()];
  await broadcast([lost.id]);
  count(lanes[0], 0, null);
  count(lanes[1], 0, null);
  answer(...Array<NodeReply>(8).fill('unknown'));
  await broadcast([behind.id]);
  const before = carriers().at(-1);
  expect(before).toEqual([0, 1, 10]);
  clock.advance(payoutUnansweredMs + 1);
  await broadcast([behind.id]);
  expect(filled).toEqual([0]);
  expect(carriers().at(-1)).toEqual(before);
});

test('what the node does not say of one payment holds up that one only', async () => {
  const { broadcast, chain } = setUp();
  const good = [await converted(), await converted()];
  const bad = await converted({ destination: laneB });
  const refusal = chain.refusal;
  chain.refusal = async (payer, to, value) => {
    if (to === laneB) throw new UnavailableError('ethereum: Internal error');
    return refusal(payer, to, value);
  };
  await broadcast([bad.id, ...good.map(({ id }) => id)]);
  for (const { id } of good) expect(await world.now(id)).toMatchObject({ stage: 'broadcast' });
  const unsaid = await world.now(bad.id);
  expect(unsaid).toMatchObject({ stage: 'converted', retryCount: 0 });
  expect(waitReasonOf(unsaid)).toBe('node-away');
});

test('a payout whose nonce the node says nothing of waits, and holds up no other', async () => {
  const { broadcast, chain, answer, sent } = setUp();
  answer('unknown', 'unknown');
  const [one, other] = [await converted(), await converted()];
  await broadcast([one.id, other.id]);
  const spent = chain.spent;
  chain.spent = async (payer, nonces) => new Map([...(await spent(payer, nonces))].slice(1));
  await broadcast([one.id, other.id]);
  const stages = [(await world.now(one.id)).stage, (await world.now(other.id)).stage];
  expect(stages.toSorted()).toEqual(['broadcast', 'signed']);
  expect(sent).toHaveLength(3);
});

test('what is wrong with replacing one payout holds up no other', async () => {
  const { broadcast, chain, answer, carriers } = setUp();
  answer(...Array<NodeReply>(4).fill('underpriced'));
  const [one, other] = [await converted(), await converted()];
  await broadcast([one.id, other.id]);
  const gasFor = chain.gasFor;
  let asked = 0;
  chain.gasFor = async (from, payout) => {
    asked += 1;
    if (asked === 1) throw new UnavailableError('ethereum: no answer');
    return gasFor(from, payout);
  };
  await expect(broadcast([one.id, other.id])).rejects.toThrow('no answer');
  await broadcast([one.id, other.id]);
  expect(carriers().map(([, , fee]) => fee)).toContain(13);
});

test.each([
  ['tells what it holds', 0, payoutStuckMs],
  ['does not tell', null, laneStuckMs],
])('a gap in a lane is filled by a node that %s', async (_name, pending, patience) => {
  const { broadcast, clock, count, lanes, filled } = setUp();
  const [first, second] = [await converted(), await converted()];
  await broadcast([first.id]);
  await broadcast([second.id]);
  const behind = await converted();
  await broadcast([behind.id]);
  count(lanes[0], 0, pending);
  clock.advance(patience);
  await broadcast([behind.id]);
  expect(filled).toEqual([]);
  clock.advance(1);
  await broadcast([behind.id]);
  expect(filled).toEqual([0]);
});

test('a lane of a node that pools nothing goes on: what is missing is filled, and the same bytes are taken then', async () => {
  const { broadcast, answer, clock, count, lanes, filled } = setUp();
  const { id } = await converted();
  count(lanes[0], 3, null);
  const other = await converted();
  await broadcast([other.id]); // Nonce 3, which is lost.
  answer('nonce-gap', 'nonce-gap', 'accepted', 'accepted');
  await broadcast([id]);
  clock.advance(payoutStuckMs + 1);
  await broadcast([id]);
  expect(filled).toEqual([3]);
  count(lanes[0], 4, null);
  clock.advance(2 * sendAgainMs);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
});

test('the nonces of a dry lane are filled one after the other, as far as the node takes them', async () => {
  const { broadcast, chain, clock, count, lanes, filled } = setUp();
  for (let nonce = 0; nonce < 3; nonce += 1) await broadcast([(await converted()).id]);
  const behind = await converted();
  await broadcast([behind.id]); // Nonce 3 of the lane, whose earlier nonces were left behind.
  count(lanes[0], 0, 0);
  const send = chain.send;
  chain.send = async (raw, nonce) => {
    if (raw === '0xf111') count(lanes[0], 0, (nonce ?? 0) + 1);
    return send(raw, nonce);
  };
  clock.advance(payoutStuckMs + 1);
  await broadcast([behind.id]);
  expect(filled).toEqual([0, 1, 2]);
});

test('a lane without ether is passed over, and when none has any, nothing is signed', async () => {
  const { broadcast, endow, lanes, carriers, clock } = setUp();
  endow(lanes[0], 999_999n); // 100,000 gas at 10 wei is 1,000,000.
  const ids = await Promise.all([converted(), converted(), converted()]);
  for (const { id } of ids) await broadcast([id]);
  expect(carriers().map(([lane]) => lane)).toEqual([1, 1, 1]);
  endow(lanes[1], 0n);
  const { id } = await converted();
  await broadcast([id]);
  const waiting = await world.now(id);
  expect([waiting.stage, waitReasonOf(waiting)]).toEqual(['converted', 'gas-short']);
  endow(lanes[0], 1_000_000n);
  clock.advance(2 * payableWaitMaxMs);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast' });
});

test('a lane is given no more payouts than it has ether for', async () => {
  const { broadcast, endow, lanes, carriers } = setUp();
  endow(lanes[0], 2_000_000n);
  endow(lanes[1], 0n);
  const ids = (await Promise.all([converted(), converted(), converted()])).map(({ id }) => id);
  await broadcast(ids);
  expect(carriers().map(([lane, nonce]) => [lane, nonce])).toEqual([
    [0, 0],
    [0, 1],
  ]);
  const stages = await Promise.all(ids.map(async (id) => (await world.now(id)).stage));
  expect(stages.toSorted()).toEqual(['broadcast', 'broadcast', 'converted']);
});

test('a payout on a lane whose key is gone moves to another', async () => {
  const { broadcast, answer, keep, lanes, carriers } = setUp();
  answer('unfunded', 'unfunded');
  const { id } = await converted();
  await broadcast([id]);
  keep([lanes[1]]);
  await broadcast([id]);
  await broadcast([id]);
  expect(carriers().at(-1)?.[0]).toBe(1);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 2 });
});

test('above the cap nothing is signed, replaced or filled', async () => {
  const { broadcast, answer, clock, count, lanes, state, sent, filled } = setUp();
  answer('underpriced', 'underpriced');
  const first = await converted();
  await broadcast([first.id]);
  state.cap = 9n;
  const { id } = await converted();
  await broadcast([id, first.id]);
  const waiting = await world.now(id);
  expect(waiting).toMatchObject({ stage: 'converted', retryCount: 0 });
  expect(waitReasonOf(waiting)).toBe('fee-above-cap');
  expect(await world.now(first.id)).toMatchObject({ stage: 'signed', attempts: 1 });
  expect(new Set(sent).size).toBe(1);
  state.cap = 100n;
  clock.advance(2 * payableWaitMaxMs);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast' });
  count(lanes[0], 0, 0);
  clock.advance(laneStuckMs + 1);
  state.cap = 9n;
  await broadcast([id]); // Nonce 0 is missing before it.
  expect(filled).toEqual([]);
  state.cap = 100n;
  await broadcast([id]);
  expect(filled).toEqual([0]);
});

test('a node that once tells the nonces of somebody else leaves no gap in a lane, and a key that was used elsewhere goes on', async () => {
  const { broadcast, chain, count, lanes, keep, carriers } = setUp();
  keep([lanes[0]]);
  await broadcast([(await converted()).id]);
  count(lanes[0], 1);
  const { transactionCount } = chain;
  let asked = 0;
  chain.transactionCount = async (address) => {
    asked += 1;
    return asked === 1 ? 10_000 : transactionCount(address);
  };
  await broadcast([(await converted()).id]);
  count(lanes[0], 900);
  await broadcast([(await converted()).id]);
  expect(carriers().map(([, nonce]) => nonce)).toEqual([0, 1, 900]);
});

test('nobody waits behind a thousand missing nonces where there is another lane, which new payouts take as well', async () => {
  const { broadcast, count, chain, lanes, carriers, clock } = setUp();
  const { transactionCount } = chain;
  chain.transactionCount = async () => 5_000;
  const { id } = await converted();
  await broadcast([id]);
  chain.transactionCount = transactionCount;
  count(lanes[0], 3);
  count(lanes[1], 7);
  await broadcast([(await converted()).id]);
  expect(carriers()).toEqual([
    [0, 5_000, 10],
    [1, 7, 10],
  ]);
  clock.advance(payoutStuckMs + 1);
  await broadcast([id]); // What it saves the next one sends.
  await broadcast([id]);
  expect(carriers().at(-1)).toEqual([1, 8, 10]);
});

test('what would need more gas than is ever paid is not signed', async () => {
  const { broadcast, state, sent } = setUp();
  state.gas = null;
  const { id } = await converted();
  await broadcast([id]);
  expect([sent.length, (await world.now(id)).stage]).toEqual([0, 'converted']);
});

test('the first chain on which a token was used is the only one ever after', async () => {
  const own: Address = `0x${'0'.repeat(35)}c4a10`;
  const first = pinnedChain(world.store, 'base', own);
  expect(await Promise.all([first(7), first(7)])).toEqual([7, 7]);
  expect(await first(8)).toBe(7);
  expect(await pinnedChain(world.store, 'ethereum', own)(8)).toBe(8);
  expect(token).not.toBe(own);
});
