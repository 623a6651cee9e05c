import { describe, expect, test } from '@jest/globals';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { payoutStuckMs } from '../../lambdas/core/kernel/limits.ts';
import { payoutHopelessMs } from '../../lambdas/core/payout/limits.ts';
import { etherAttemptOf } from '../../lambdas/core/rails/ether/attempt.ts';
import { nonceWindow, orphanMs } from '../../lambdas/core/rails/ether/limits.ts';
import { payoutLostMs } from '../../lambdas/core/rails/evm/limits.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { waits } from '../../lambdas/core/withdrawal/waits.ts';
import { ether, etherHeld, gwei, startEther } from '../support/ether.ts';
import { shared } from '../support/shared.ts';
import { destination, minorOf } from '../support/things.ts';
import { endPayout, startWorld } from '../support/world.ts';

const world = shared(startWorld);
const setUp = () => startEther(world);
const held = (wei?: bigint) => etherHeld(world, wei);
const minutes = 60_000;
const endingOf = async (id: WithdrawalId) => {
  const now = await world.now(id);
  return 'ending' in now ? now.ending : undefined;
};
const reasonOf = async (id: WithdrawalId) => waitReasonOf(await world.now(id));

async function sentOne(wei?: bigint) {
  const made = setUp();
  const { id } = await held(wei);
  await made.broadcast([id]);
  return { ...made, id, first: made.sent[0] ?? '0x' };
}
type Sent = Awaited<ReturnType<typeof sentOne>>;
const visitLater = async (
  { clock, broadcast, id }: Pick<Sent, 'clock' | 'broadcast' | 'id'>,
  ms: number,
): Promise<void> => {
  clock.advance(ms);
  await broadcast([id]);
};
/** Where it is when its first bytes are final after all. */
async function stageOnceFirstIsFinal(made: Sent) {
  made.mine(made.first);
  made.finalize();
  await made.confirm([made.id]);
  return (await world.now(made.id)).stage;
}
const end = ({ clock }: Sent, id: WithdrawalId) => endPayout(world, id, clock.now());

test('it is saved before it is sent, takes the next nonce of the treasury, and is paid when its receipt is final', async () => {
  const made = setUp();
  const { chain, broadcast, confirm, mine, finalize, sends, payer } = made;
  const { id } = await held();
  const savedWhenSent: unknown[] = [];
  const { send } = chain;
  chain.send = async (raw, nonce) => {
    const saved = await world.store.attempt(id, 1);
    savedWhenSent.push(saved && etherAttemptOf(saved).raw === raw);
    return send(raw, nonce);
  };
  await broadcast([id]);
  expect(savedWhenSent).toEqual([true]);
  expect(sends()).toMatchObject([{ from: payer, nonce: 0, to: destination, value: String(ether) }]);
  const hash = mine(made.sent[0] ?? '0x');
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('broadcast');
  finalize();
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'confirmed',
    asset: 'ETH',
    payer,
    txId: hash,
    place: { height: 101, index: 0 },
  });
});

test('workers side by side sign each payout once, on nonces without gap or double', async () => {
  const { broadcast, sends } = setUp();
  const ids = (await Promise.all(Array.from({ length: 6 }, () => held()))).map(({ id }) => id);
  await Promise.all([broadcast(ids), broadcast(ids.toReversed()), broadcast(ids.slice(2))]);
  for (const id of ids)
    expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
  const nonces = new Set(sends().map(({ nonce }) => nonce));
  expect([...nonces].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

test.each(['unknown', 'nonce-gap', 'unfunded'] as const)(
  'what is answered %s is offered again, the same bytes',
  async (reply) => {
    const made = setUp();
    const { id } = await held();
    made.answer(reply);
    await made.broadcast([id]);
    expect((await world.now(id)).stage).toBe('signed');
    made.clock.advance(20_000);
    await made.broadcast([id]);
    expect(made.sent).toEqual([made.sent[0], made.sent[0]]);
    expect((await world.now(id)).stage).toBe('broadcast');
  },
);

describe('a replacement', () => {
  test('has the same nonce and higher fees, and whichever comes first pays', async () => {
    const made = await sentOne();
    made.state.fee = 12n * gwei;
    await visitLater(made, payoutStuckMs + 1);
    await visitLater(made, 1);
    const [first, , again] = made.sends();
    expect(again).toMatchObject({ nonce: first?.nonce, to: destination, value: String(ether) });
    expect(BigInt(again?.fee ?? 0)).toBeGreaterThanOrEqual((10n * gwei * 110n) / 100n);
    // The one that was given up comes back.
    const hash = made.mine(made.first);
    made.finalize();
    await made.confirm([made.id]);
    expect(await world.now(made.id)).toMatchObject({ stage: 'confirmed', txId: hash, attempts: 2 });
  });

  test('comes at any price when it is next and not in the chain for long, and never above the cap', async () => {
    const made = await sentOne();
    await visitLater(made, payoutStuckMs + 1);
    expect(await world.now(made.id)).toMatchObject({ attempts: 1 });
    await visitLater(made, payoutLostMs);
    expect(await world.now(made.id)).toMatchObject({ attempts: 2 });
    made.state.cap = 11n * gwei;
    await visitLater(made, 4 * payoutLostMs);
    expect(await world.now(made.id)).toMatchObject({ attempts: 2 });
    expect(await reasonOf(made.id)).toBe('fee-above-cap');
  });

  test('is not made where the nonce is used: which transaction used it 5-confirm finds out', async () => {
    const made = await sentOne();
    made.mine(0);
    await visitLater(made, 4 * payoutLostMs);
    expect(await world.now(made.id)).toMatchObject({ attempts: 1, stage: 'broadcast' });
  });

  test('that the treasury has not the ether for waits', async () => {
    const made = await sentOne();
    made.state.balance = ether;
    made.state.fee = 50n * gwei;
    await visitLater(made, payoutStuckMs + 1);
    expect(await reasonOf(made.id)).toBe('treasury-short');
    expect(await world.now(made.id)).toMatchObject({ attempts: 1 });
  });
});

describe('what a treasury of before has signed', () => {
  const another = '0x00000000000000000000000000000000000000aa';
  /** It needs other bytes from now on, which nobody signs. */
  async function stranded() {
    const made = await sentOne();
    made.keys.now = another;
    return made;
  }

  test.each([10n, 50n])(
    'is offered anew at no price, and says so at every one (%s gwei)',
    async (fee) => {
      const made = await stranded();
      made.state.fee = fee * gwei;
      await visitLater(made, payoutLostMs + 1);
      await visitLater(made, payoutLostMs);
      expect(made.sends().map(({ value }) => value)).toEqual(Array(3).fill(String(ether)));
      expect(new Set(made.sends().map((one) => one.fee)).size).toBe(1);
      expect(await reasonOf(made.id)).toBe('payer-replaced');
    },
  );

  test('is waited for by the key that may end it, where that is not here', async () => {
    const made = await stranded();
    made.keys.former = false;
    await visitLater(made, payoutLostMs + 1);
    await visitLater(made, payoutHopelessMs);
    expect(await reasonOf(made.id)).toBe('payer-key-missing');
    made.keys.former = true;
    await visitLater(made, 10 * minutes);
    expect(await endingOf(made.id)).toMatchObject({ code: 'PAYOUT_CANCELLED' });
  });

  test.each([
    ['is in no block', 'accepted'],
    ['is refused by every node', 'gas-too-low'],
  ] as const)(
    'is ended after a day if it %s, and its money is given back on proof',
    async (_, says) => {
      const made = await stranded();
      const visit = async (ms: number): Promise<void> => {
        made.answer(says);
        await visitLater(made, ms);
      };
      await visit(payoutLostMs + 1);
      await visit(payoutHopelessMs - payoutLostMs - 2);
      expect(await endingOf(made.id)).toBeUndefined();
      expect(await reasonOf(made.id)).toBe('payer-replaced');
      await visit(10 * minutes);
      expect(await endingOf(made.id)).toBeDefined();
      await visitLater(made, 1);
      await visitLater(made, 1);
      const last = made.sent.at(-1) ?? '0x';
      expect(made.sends().at(-1)).toMatchObject({
        from: made.payer,
        nonce: 0,
        to: made.payer,
        value: '0',
      });
      expect((await world.now(made.id)).stage).toBe('broadcast');
      made.mine(last);
      made.finalize();
      await made.confirm([made.id]);
      expect(await world.now(made.id)).toMatchObject({
        stage: 'refunding',
        failure: { code: 'PAYOUT_CANCELLED' },
        proof: { proof: 'cancelled' },
      });
    },
  );

  test('is paid if the network takes it all the same', async () => {
    const made = await stranded();
    await visitLater(made, payoutLostMs + 1);
    await visitLater(made, payoutHopelessMs);
    await visitLater(made, 1);
    expect(await stageOnceFirstIsFinal(made)).toBe('confirmed');
  });

  test('that stands behind another waits for that one', async () => {
    const made = await stranded();
    made.keys.now = made.payer;
    const { id } = await held();
    await made.broadcast([id]);
    made.keys.now = another;
    made.clock.advance(payoutHopelessMs + 1);
    await made.broadcast([id, made.id]);
    const endings = await Promise.all([id, made.id].map(endingOf));
    expect(endings).toEqual([undefined, expect.anything()]);
  });

  test('has one reason in its timeline, whatever gas costs at each look', async () => {
    const made = await stranded();
    for (let look = 0; look < 40; look += 1) {
      made.state.fee = (look % 2 === 0 ? 5n : 50n) * gwei;
      await visitLater(made, 7 * minutes);
    }
    const { history } = await world.now(made.id);
    expect(history.filter(({ attempt }) => attempt === 0)).toHaveLength(1);
  });
});

test('a reason that comes and goes with the price of gas is told once an hour, and not at each look', async () => {
  const made = await sentOne();
  // Behind another, so it is offered anew only when gas is dearer.
  const { id } = await held();
  await made.broadcast([id]);
  for (let look = 0; look < 24; look += 1) {
    made.state.cap = (look % 2 === 0 ? 1n : 100n) * gwei;
    made.state.fee = (look % 2 === 0 ? 50n : 5n) * gwei;
    await visitLater({ ...made, id }, 6 * minutes);
  }
  const { history } = await world.now(id);
  const told = history.filter(({ attempt }) => attempt === 0).map(({ detail }) => detail);
  const [dear, late] = [waits['fee-above-cap'].detail, waits['payout-late'].detail];
  expect(told.slice(0, 3)).toEqual([dear, late, dear]);
  expect(told.length).toBeLessThanOrEqual(5);
});

describe('a nonce that did not pay', () => {
  test('ours that failed on chain is proof, and the money is given back', async () => {
    const made = await sentOne();
    made.mine(made.first, false);
    await made.confirm([made.id]);
    expect((await world.now(made.id)).stage).toBe('broadcast');
    made.finalize();
    await made.confirm([made.id]);
    expect(await world.now(made.id)).toMatchObject({
      stage: 'refunding',
      failure: { code: 'PAYOUT_REVERTED', retryable: false },
      proof: { proof: 'cancelled' },
    });
  });

  test("somebody else's transaction there is a matter for a person", async () => {
    const made = await sentOne();
    made.mine(0);
    made.finalize();
    await made.confirm([made.id]);
    expect(await world.now(made.id)).toMatchObject({ stage: 'review' });
  });

  test.each(['hidesReceipts', 'hidesSpenders'] as const)(
    'as long as the node shows no transaction (%s) nothing is known',
    async (hides) => {
      const made = await sentOne();
      made.mine(hides === 'hidesReceipts' ? made.first : 0, false);
      made.finalize();
      made.state[hides] = true;
      await made.confirm([made.id]);
      expect((await world.now(made.id)).stage).toBe('broadcast');
      made.state[hides] = false;
      await made.confirm([made.id]);
      expect((await world.now(made.id)).stage).not.toBe('broadcast');
    },
  );

  test('what a reorganisation undid is no verdict', async () => {
    const made = await sentOne();
    made.mine(made.first, false);
    await made.confirm([made.id]);
    made.mined.pop();
    expect(await stageOnceFirstIsFinal(made)).toBe('confirmed');
  });
});

describe('an end', () => {
  test('uses the nonce up by a transfer of nothing to the treasury itself, and only its final place gives the money back', async () => {
    const made = await sentOne();
    await end(made, made.id);
    await visitLater(made, 1);
    await visitLater(made, 1);
    const last = made.sends().at(-1);
    expect(last).toMatchObject({ nonce: 0, to: made.payer, value: '0' });
    made.mine(made.sent.at(-1) ?? '0x');
    await made.confirm([made.id]);
    expect((await world.now(made.id)).stage).toBe('broadcast');
    made.finalize();
    await made.confirm([made.id]);
    expect(await world.now(made.id)).toMatchObject({
      stage: 'refunding',
      failure: { code: 'PAYOUT_CANCELLED' },
    });
  });

  test('that comes too late is paid', async () => {
    const made = await sentOne();
    await end(made, made.id);
    await visitLater(made, 1);
    await visitLater(made, 1);
    expect(await stageOnceFirstIsFinal(made)).toBe('confirmed');
  });

  test('a former treasury signs it', async () => {
    const made = await sentOne();
    made.keys.now = '0x00000000000000000000000000000000000000aa';
    await end(made, made.id);
    await visitLater(made, 1);
    await visitLater(made, 1);
    expect(made.sends().at(-1)).toMatchObject({ to: made.payer, value: '0' });
  });
});

describe('what is not signed', () => {
  test('more than the treasury has, with the gas of all that is signed at its highest price', async () => {
    const made = setUp();
    const gas = 21_000n * made.state.fee;
    const [one, two] = [await held(), await held()];
    made.state.balance = 2n * ether + 2n * gas - 1n;
    await made.broadcast([one.id, two.id]);
    const stages = [(await world.now(one.id)).stage, (await world.now(two.id)).stage];
    expect(stages.sort()).toEqual(['broadcast', 'reserved']);
    const left = stages[0] === 'broadcast' ? two.id : one.id;
    expect(await Promise.all([one.id, two.id].map(reasonOf))).toContain('treasury-short');
    made.state.balance += 1n;
    made.clock.advance(120_000);
    await made.broadcast([one.id, two.id, left]);
    expect((await world.now(left)).stage).toBe('broadcast');
  });

  test('what was paid finally is taken off what is promised', async () => {
    const made = await sentOne();
    made.mine(made.first);
    made.finalize();
    await made.confirm([made.id]);
    const cost = ether + 21_000n * made.state.fee;
    made.state.balance = cost;
    const { id } = await held();
    await made.broadcast([id]);
    expect((await world.now(id)).stage).toBe('broadcast');
  });

  test('more at a time than a pool keeps', async () => {
    const made = setUp();
    const all = await Promise.all(Array.from({ length: nonceWindow + 2 }, () => held()));
    const ids = all.map(({ id }) => id);
    await made.broadcast(ids);
    expect(made.sends()).toHaveLength(nonceWindow);
    const reasons = await Promise.all(ids.map(reasonOf));
    expect(reasons.filter((reason) => reason === 'payouts-ahead')).toHaveLength(2);
    made.mine(made.sent[0] ?? '0x');
    made.mine(made.sent[1] ?? '0x');
    made.clock.advance(120_000);
    await made.broadcast(ids);
    expect(new Set(made.sends().map(({ nonce }) => nonce)).size).toBe(nonceWindow + 2);
  });

  test('what its destination does not take: it is tried again, then given back', async () => {
    const made = setUp();
    made.refuse(destination, { by: 'payee' });
    const { id } = await held();
    await made.broadcast([id]);
    expect(made.sent).toEqual([]);
    expect(await world.now(id)).toMatchObject({ stage: 'reserved', stageRetries: 1 });
  });

  test('what needs more gas than is paid for', async () => {
    const made = setUp();
    made.gas.set(destination, null);
    const { id } = await held();
    await made.broadcast([id]);
    expect([made.sent, await reasonOf(id)]).toEqual([[], 'gas-above-cap']);
  });

  test('anything while gas is too dear', async () => {
    const made = setUp();
    made.state.fee = made.state.cap + 1n;
    const { id } = await held();
    await made.broadcast([id]);
    expect([made.sent, await reasonOf(id)]).toEqual([[], 'fee-above-cap']);
  });
});

test('what is signed goes whatever its destination says by then, for others wait behind it', async () => {
  const made = setUp();
  made.answer('unknown');
  const { id } = await held();
  await made.broadcast([id]);
  made.refuse(destination, { by: 'payee' });
  made.clock.advance(20_000);
  await made.broadcast([id]);
  expect(made.sent).toHaveLength(2);
  expect((await world.now(id)).stage).toBe('broadcast');
});

describe('a nonce before it that nobody sends', () => {
  /** A node that counts too many makes a payout take a nonce behind a gap. */
  async function behindGap() {
    const made = setUp();
    made.skip(2);
    const { id } = await held();
    await made.broadcast([id]);
    made.skip(-2);
    return { ...made, id, first: made.sent[0] ?? ('0x' as const) };
  }

  test('is used up when it is nobody’s, and not before it has been waited for', async () => {
    const made = await behindGap();
    expect(made.sends()).toMatchObject([{ nonce: 2 }]);
    await visitLater(made, orphanMs - 60_000);
    expect(made.sends().filter(({ nonce }) => nonce < 2)).toEqual([]);
    await visitLater(made, orphanMs);
    const fillers = made.sends().filter(({ nonce }) => nonce < 2);
    expect(fillers).toMatchObject([
      { nonce: 0, to: made.payer, value: '0' },
      { nonce: 1, to: made.payer, value: '0' },
    ]);
  });

  test('is left alone when another payout has it', async () => {
    const made = setUp();
    const [one, two] = [await held(), await held(2n * ether)];
    made.answer('unknown', 'unknown');
    await made.broadcast([one.id]);
    await made.broadcast([two.id]);
    expect(made.sends().map(({ nonce }) => nonce)).toEqual([0, 1]);
    await visitLater({ ...made, id: two.id }, 3 * orphanMs);
    await visitLater({ ...made, id: two.id }, 3 * orphanMs);
    expect(made.sends().filter(({ to }) => to === made.payer)).toEqual([]);
  });
});

test('amounts of eighteen decimals are kept to the last wei', async () => {
  const made = setUp();
  made.state.balance = 10n ** 37n;
  const wei = 10n ** 35n + 1n;
  const { id } = await held(wei);
  await made.broadcast([id]);
  expect(await world.now(id)).toMatchObject({ payout: minorOf(wei) });
  expect(made.sends()).toMatchObject([{ value: String(wei) }]);
});
