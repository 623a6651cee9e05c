/** The way out for a payout that is signed and cannot go: who decides, what is signed, and what proves it. */
import { expect, test } from '@jest/globals';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { later } from '../../lambdas/core/kernel/time.ts';
import { isHopeless } from '../../lambdas/core/payout/ending.ts';
import { payoutHopelessMs } from '../../lambdas/core/payout/limits.ts';
import type { Refusal, SentPayout } from '../../lambdas/core/payout/rail.ts';
import { evmAttemptOf } from '../../lambdas/core/rails/evm/attempt.ts';
import { authorizationSeconds } from '../../lambdas/core/rails/evm/limits.ts';
import { waitFor, waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { nonceOf, startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { destination, evenDice } from '../support/things.ts';
import { convertedIn, endPayout, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const hour = 3_600_000;

/** A payout whose bytes a node has taken, or which no node is known to have. */
async function startSigned(reply: 'accepted' | 'unknown' = 'accepted') {
  const given = startPayouts(world);
  given.answer(reply);
  const { id } = await convertedIn(world, {});
  await given.broadcast([id]);
  const { clock, broadcast, confirm, mine, state, sends } = given;
  /** Time passes, on chain as well, with a visit every hour at least. */
  const wait = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= hour) {
      clock.advance(Math.min(left, hour));
      state.latestAt += Math.min(left, hour);
      await broadcast([id]);
    }
  };
  const now = () => world.now(id);
  return {
    ...given,
    id,
    wait,
    now,
    seen: async () => {
      const one = await now();
      return [one.stage, statusOf(one), waitReasonOf(one)];
    },
    /** What was sent in order, the cancellations among them. */
    sentKinds: () => sends().map(({ ends }) => (ends ? 'cancel' : 'pay')),
    lastAttempt: async () => {
      const one = await now();
      const number = 'attempts' in one ? (one.attempts ?? 1) : 1;
      return await world.store.attempt(id, number);
    },
    end: async () => {
      await endPayout(world, id, clock.now(), 'The client asked for it.');
      clock.advance(1);
    },
    mineFinally: async (kind: 'used' | 'canceled') => {
      mine(nonceOf(id), { kind, ...(kind === 'canceled' ? { transfer: null } : {}) });
      state.latest += 2;
      await broadcast([id]);
      await confirm([id]);
    },
  };
}

test('nothing is sent that the token would refuse to the address; it waits, less and less often looked at, and goes when it may', async () => {
  const { refuse, wait, seen, sentKinds, now } = await startSigned();
  refuse(destination, { by: 'payee' });
  await wait(2 * hour);
  expect(await seen()).toEqual(['broadcast', 'RETRYING', 'payee-refused']);
  expect(sentKinds()).toEqual(['pay']);
  const { history } = await now();
  expect(history.filter(({ detail }) => detail?.includes('this address'))).toHaveLength(1);
  refuse(destination, null);
  await wait(hour / 4);
  await wait(hour / 4);
  expect(sentKinds().length).toBeGreaterThan(1);
  // It is under way again, and late.
  expect(await seen()).toEqual(['broadcast', 'RETRYING', 'payout-late']);
});

test.each(['accepted', 'unknown'] as const)(
  'an address that is refused for a day ends the payout (%s): cancelled on chain, and given back by that proof alone',
  async (reply) => {
    const one = await startSigned(reply);
    one.refuse(destination, { by: 'payee' });
    await one.wait(payoutHopelessMs - hour);
    expect(one.sentKinds()).toEqual(['pay']);
    await one.wait(4 * hour);
    // That a node has the cancellation is one line of the timeline, and what it waits for the next: each is told to clients.
    await one.wait(hour / 4);
    expect(await one.seen()).toMatchObject([expect.anything(), 'RETRYING', 'being-cancelled']);
    expect(one.sentKinds().slice(1)).toContain('cancel');
    expect(one.sentKinds().slice(1)).not.toContain('pay');
    expect(await one.lastAttempt()).toMatchObject({ ends: true });
    await one.mineFinally('canceled');
    expect(await one.now()).toMatchObject({
      stage: 'refunding',
      proof: { proof: 'cancelled', at: { block: '0xb10c', index: 0 } },
      failure: { code: 'PAYOUT_CANCELLED', retryable: false },
    });
  },
);

test('a cancellation is saved before it is sent', async () => {
  const { end, wait, chain, now, id } = await startSigned();
  await end();
  const saved: boolean[] = [];
  const { send } = chain;
  chain.send = async (raw, nonce) => {
    const one = await now();
    const attempts = 'attempts' in one ? (one.attempts ?? 0) : 0;
    const attempt = await world.store.attempt(id, attempts);
    saved.push(attempt?.ends === true && evmAttemptOf(attempt).raw === raw);
    return send(raw, nonce);
  };
  await wait(3 * hour);
  expect(saved.length).toBeGreaterThan(0);
  expect(saved.every(Boolean)).toBe(true);
});

// biome-ignore format: columns are the point
test.each<[string, Refusal, string]>([
  ['a pause or a freeze of ours',  { by: 'us', waits: 'transfers-refused' },  'transfers-refused'],
  ['an empty treasury',            { by: 'us', waits: 'treasury-short' },     'treasury-short'],
])('%s is waited for, however long it takes', async (_name, refusal, reason) => {
  const { refuse, wait, seen, sentKinds } = await startSigned();
  refuse(destination, refusal);
  await wait(3 * payoutHopelessMs);
  expect(await seen()).toEqual(['broadcast', 'RETRYING', reason]);
  expect(sentKinds()).toEqual(['pay']);
});

test('a refusal that comes and goes begins its day anew, and a node that is away does not', async () => {
  const { refuse, wait, now, clock } = await startSigned('unknown');
  refuse(destination, { by: 'payee' });
  await wait(20 * hour);
  refuse(destination, { by: 'us', waits: 'transfers-refused' });
  await wait(hour);
  refuse(destination, { by: 'payee' });
  await wait(20 * hour);
  expect(await now()).not.toHaveProperty('ending');
  const from = await now();
  // Looked at through a node that is away now and then it is the same refusal.
  const away = waitFor(from as SentPayout, clock.now(), 'node-away', clock.now(), evenDice);
  expect(isHopeless(away, later(clock.now(), 3 * hour))).toBe(false);
  expect(isHopeless(away, later(clock.now(), 5 * hour))).toBe(true);
});

test('a payout that is being ended is never signed again, and paid all the same it is paid', async () => {
  const { end, wait, sentKinds, mineFinally, now, answer } = await startSigned();
  await end();
  answer('underpriced', 'nonce-used', 'unfunded', 'unknown');
  await wait(2 * authorizationSeconds * 1_000);
  expect(
    sentKinds()
      .slice(1)
      .every((kind) => kind === 'cancel'),
  ).toBe(true);
  await mineFinally('used');
  expect(await now()).toMatchObject({ stage: 'confirmed', payout: 99_500_000n });
});

test('a cancellation that the token would refuse waits visibly', async () => {
  const { end, wait, seen, state, sentKinds } = await startSigned();
  state.takes = false;
  await end();
  await wait(3 * hour);
  expect(sentKinds()).toEqual(['pay']);
  expect(await seen()).toEqual(['broadcast', 'RETRYING', 'transfers-refused']);
  state.takes = true;
  await wait(3 * hour);
  expect(sentKinds()).toContain('cancel');
});

test('without the key of the payer a cancellation waits visibly', async () => {
  const { end, wait, seen, signer, sentKinds } = await startSigned();
  signer.signs = ({ ends }) => ends !== true;
  await end();
  await wait(hour);
  expect(await seen()).toEqual(['broadcast', 'RETRYING', 'payer-key-missing']);
  signer.signs = () => true;
  await wait(3 * hour);
  expect(sentKinds()).toContain('cancel');
});

test('carriers that use their nonces up and do nothing come less and less often', async () => {
  const { answer, wait, lastAttempt } = await startSigned('unknown');
  answer(...Array.from({ length: 200 }, () => 'nonce-used' as const));
  await wait(20 * hour);
  expect((await lastAttempt())?.number).toBeLessThan(30);
});

test('a payout that is not final long after it should be says so', async () => {
  const { wait, seen, mine, state, id, confirm, now } = await startSigned();
  mine(nonceOf(id as WithdrawalId));
  await wait(hour);
  expect(await seen()).toEqual(['broadcast', 'RETRYING', 'payout-late']);
  state.latest += 2;
  await confirm([id]);
  expect(await now()).toMatchObject({ stage: 'confirmed', nextAttemptAt: null });
});
