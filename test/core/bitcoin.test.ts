import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { payoutStuckMs } from '../../lambdas/core/kernel/limits.ts';
import { scriptOf } from '../../lambdas/core/rails/bitcoin/address.ts';
import { bumpAfterMs } from '../../lambdas/core/rails/bitcoin/limits.ts';
import {
  type Outpoint,
  readTransaction,
  virtualBytes,
} from '../../lambdas/core/rails/bitcoin/wire.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import type { LocalCoin } from '../../local/chains/bitcoin/coins.ts';
import {
  type BitcoinNode,
  customer,
  startBitcoinNode,
  startBitcoinPayouts,
} from '../support/bitcoin.ts';
import { shared } from '../support/shared.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
let node: BitcoinNode;
beforeEach(async () => {
  node = await startBitcoinNode();
});
afterEach(() => node.stop());
const setUp = () => startBitcoinPayouts(world, node);
const stageOf = async (id: WithdrawalId) => (await world.now(id)).stage;

test('bitcoin is paid exactly, and the payout is final when its block is buried six deep', async () => {
  const { payout, broadcast, confirm, attemptsOf } = setUp();
  const { id } = await payout(12_345n);
  await broadcast([id]);
  expect(await stageOf(id)).toBe('broadcast');
  node.mine(5);
  await confirm([id]);
  expect(await stageOf(id)).toBe('broadcast');
  node.mine(1);
  await confirm([id]);
  const [attempt] = await attemptsOf(id);
  const paid = await world.now(id);
  expect(paid).toMatchObject({ stage: 'confirmed', txId: attempt?.txId, confirmations: 6 });
  expect(node.paidTo(customer)).toEqual([12_345n]);
});

test.each([
  ['mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn', 'P2PKH'],
  ['2N3oefVeg6stiTb5Kh3ozCSkaqmx91FDbsm', 'P2SH'],
  ['bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', 'P2WPKH'],
  ['bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry', 'P2WSH'],
  [customer, 'P2TR'],
])('%s (%s) is paid', async (address) => {
  const { payout, broadcast, confirm } = setUp();
  const { id } = await payout(100_000n, address);
  await broadcast([id]);
  node.mine(6);
  await confirm([id]);
  expect([await stageOf(id), node.paidTo(address)]).toEqual(['confirmed', [100_000n]]);
});

test.each(['not-heard', 'not-answered'] as const)(
  'a submission that is %s is made again with the same bytes, and pays once',
  async (fault) => {
    const { payout, broadcast, confirm, attemptsOf } = setUp();
    node.fault('sendrawtransaction', fault);
    const { id } = await payout(50_000n);
    await broadcast([id]);
    expect(await stageOf(id)).toBe('signed');
    await broadcast([id]);
    expect([await stageOf(id), (await attemptsOf(id)).length]).toEqual(['broadcast', 1]);
    node.mine(6);
    await confirm([id]);
    expect([await stageOf(id), node.paidTo(customer)]).toEqual(['confirmed', [50_000n]]);
  },
);

test('workers side by side never bind one output to two payouts', async () => {
  const { payout, broadcast, inputsOf } = setUp();
  const list = await Promise.all(Array.from({ length: 8 }, () => payout(1_000_000n)));
  const ids = list.map(({ id }) => id);
  await Promise.all([broadcast(ids), broadcast(ids.toReversed()), broadcast(ids.slice(4))]);
  const inputs = (await Promise.all(ids.map(inputsOf))).flat();
  expect(new Set(inputs).size).toBe(inputs.length);
  for (const id of ids)
    expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 1 });
  expect(node.engine.pool.entries.size).toBe(8);
});

test('an amount larger than any output takes several, and what is left comes back', async () => {
  const { payout, broadcast, confirm, attemptsOf } = setUp();
  const { id } = await payout(600_000_000n);
  await broadcast([id]);
  node.mine(6);
  await confirm([id]);
  expect(await stageOf(id)).toBe('confirmed');
  const [attempt] = await attemptsOf(id);
  expect(attempt?.inputs).toHaveLength(3);
  expect(node.paidTo(customer)).toEqual([600_000_000n]);
});

test('a treasury that is short makes a payout wait and signs nothing, and a small one does not wait behind it', async () => {
  const { payout, broadcast } = setUp();
  const [large, small] = [await payout(10_000_000_000n), await payout(1_000n)];
  await broadcast([large.id, small.id]);
  expect(waitReasonOf(await world.now(large.id))).toBe('treasury-short');
  expect([await stageOf(large.id), await stageOf(small.id)]).toEqual(['reserved', 'broadcast']);
});

test.each([
  [customer, 329n],
  ['mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn', 545n],
  ['2N3oefVeg6stiTb5Kh3ozCSkaqmx91FDbsm', 539n],
  ['bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', 293n],
])('what is dust at %s is not signed, and one satoshi more is', async (address, dust) => {
  const { payout, broadcast } = setUp();
  const [less, enough] = [await payout(dust, address), await payout(dust + 1n, address)];
  await broadcast([less.id, enough.id]);
  expect([await stageOf(less.id), await stageOf(enough.id)]).toEqual(['refunding', 'broadcast']);
  // It would never be more, so it is given back at once.
  expect(await world.now(less.id)).toMatchObject({
    proof: { proof: 'never-sent' },
    failure: {
      code: 'PAYOUT_REVERTED',
      message: expect.stringContaining('The amount is less'),
      retryable: false,
    },
  });
});

test('an address of another network holds up no other payout', async () => {
  const { payout, broadcast } = setUp();
  const strange = await payout(70_000n, 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4');
  const good = await payout(70_000n);
  await broadcast([strange.id, good.id]);
  expect([await stageOf(strange.id), await stageOf(good.id)]).toEqual(['reserved', 'broadcast']);
});

test('a payout that waits while fees rise is replaced over the same inputs, and pays once whichever is mined', async () => {
  const { payout, broadcast, confirm, attemptsOf, clock } = setUp();
  const { id } = await payout(70_000n);
  await broadcast([id]);
  node.engine.policy.poolFee = 20_000n;
  clock.advance(bumpAfterMs + 1);
  await broadcast([id]);
  const [first, second] = await attemptsOf(id);
  expect(second?.inputs).toEqual(first?.inputs);
  expect([...node.engine.pool.entries.keys()]).toEqual([second?.txId]);
  const raw = readTransaction(second?.raw ?? new Uint8Array());
  expect(second?.fee).toBeGreaterThanOrEqual(BigInt(20 * virtualBytes(raw)));
  // A miner who never heard of the second one takes the first.
  node.mine(6, [Buffer.from(first?.raw ?? []).toString('hex')]);
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'confirmed', txId: first?.txId });
  expect(node.paidTo(customer)).toEqual([70_000n]);
});

test('a fee that the pool does not take any more is raised, never above the cap', async () => {
  const { payout, broadcast, attemptsOf, settings } = setUp();
  node.fault('sendrawtransaction', 'not-heard');
  const { id } = await payout(70_000n);
  await broadcast([id]);
  node.engine.policy.poolFee = 50_000n;
  await broadcast([id]);
  await broadcast([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'broadcast', attempts: 2 });
  settings.feeCap = 60_000n;
  const other = await payout(70_000n);
  node.fault('sendrawtransaction', 'not-heard');
  await broadcast([other.id]);
  node.engine.policy.poolFee = 100_000n;
  await broadcast([other.id]);
  expect(waitReasonOf(await world.now(other.id))).toBe('fee-above-cap');
  const late = await payout(70_000n);
  await broadcast([late.id]);
  expect([await stageOf(late.id), waitReasonOf(await world.now(late.id))]).toEqual([
    'reserved',
    'fee-above-cap',
  ]);
  expect(await attemptsOf(other.id)).toHaveLength(1);
});

test('a payout that is cancelled while it waits is given back only when the cancellation is buried', async () => {
  const { payout, broadcast, confirm, end, attemptsOf } = setUp();
  const { id } = await payout(90_000n);
  await broadcast([id]);
  await end(id);
  await broadcast([id]);
  const [first, second] = await attemptsOf(id);
  expect([second?.ends, second?.inputs]).toEqual([true, first?.inputs]);
  expect([...node.engine.pool.entries.keys()]).toEqual([second?.txId]);
  node.mine(5);
  await confirm([id]);
  expect(await stageOf(id)).toBe('broadcast');
  node.mine(1);
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({
    stage: 'refunding',
    failure: { code: 'PAYOUT_CANCELLED' },
  });
  expect(node.paidTo(customer)).toEqual([]);
  // The first bytes can never be used again.
  const raw = Buffer.from(first?.raw ?? []).toString('hex');
  expect(node.engine.offer(raw)).toMatchObject({ refused: 'bad-txns-inputs-missingorspent' });
});

test('a payout that is mined before its cancellation is paid', async () => {
  const { payout, broadcast, confirm, end } = setUp();
  const { id } = await payout(90_000n);
  await broadcast([id]);
  node.mine(1);
  await end(id);
  await broadcast([id]);
  await broadcast([id]);
  node.mine(5);
  await confirm([id]);
  expect([await stageOf(id), node.paidTo(customer)]).toEqual(['confirmed', [90_000n]]);
});

test('inputs that somebody else has spent send the payout to a person, when that is buried', async () => {
  const { payout, broadcast, confirm, inputsOf } = setUp();
  node.fault('sendrawtransaction', 'not-heard');
  const { id } = await payout(90_000n);
  await broadcast([id]);
  const [input = 'none:0'] = await inputsOf(id);
  // With our key, but not by us.
  const { bitcoinSigner } = await import('../../lambdas/adapters/bitcoin/signer.ts');
  const amount = node.engine.coins.get(input)?.amount ?? 0n;
  const thief = await bitcoinSigner(node.key, 'regtest', 10n ** 9n).sign({
    ...{ inputs: [{ outpoint: input, amount }], change: [], fee: 1_000n },
    payment: { to: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', value: amount - 1_000n },
  });
  node.mine(1, [Buffer.from(thief.raw).toString('hex')]);
  await broadcast([id]);
  expect(await stageOf(id)).toBe('broadcast');
  node.mine(4);
  await confirm([id]);
  expect(await stageOf(id)).toBe('broadcast');
  node.mine(1);
  await confirm([id]);
  expect([await stageOf(id), node.paidTo(customer)]).toEqual(['review', []]);
});

test('a payout that a reorganisation undoes is sent again with the same bytes, and pays once', async () => {
  const { payout, broadcast, confirm, attemptsOf, clock } = setUp();
  const { id } = await payout(80_000n);
  await broadcast([id]);
  node.mine(3);
  const { height } = node.engine.head();
  node.call('invalidateblock', node.engine.blockAt(height - 2)?.hash);
  const [attempt] = await attemptsOf(id);
  node.engine.evict(attempt?.txId ?? '');
  node.mine(4, []);
  await confirm([id]);
  expect([await stageOf(id), node.paidTo(customer)]).toEqual(['broadcast', []]);
  clock.advance(payoutStuckMs + 1);
  await broadcast([id]);
  node.mine(6);
  await confirm([id]);
  expect([await stageOf(id), node.paidTo(customer)]).toEqual(['confirmed', [80_000n]]);
  expect(await attemptsOf(id)).toHaveLength(1);
});

test('what the customer has spent on at once is still found, and so is what has no change', async () => {
  const { payout, broadcast, confirm, attemptsOf } = setUp();
  const key = (await import('../support/bitcoin.ts')).newKey();
  const { treasuryOf, bitcoinSigner } = await import('../../lambdas/adapters/bitcoin/signer.ts');
  const theirs = treasuryOf(key, 'regtest');
  const { id } = await payout(500_000n, theirs);
  await broadcast([id]);
  node.mine(1);
  const [attempt] = await attemptsOf(id);
  const outpoint = `${attempt?.txId}:0` as const;
  const onward = await bitcoinSigner(key, 'regtest', 10n ** 9n).sign({
    ...{ inputs: [{ outpoint, amount: 500_000n }], change: [], fee: 1_000n },
    payment: { to: customer, value: 499_000n },
  });
  node.engine.offer(Buffer.from(onward.raw).toString('hex'));
  // Nothing of ours is left of it either, as if it had no change.
  const coins = node.engine.coins as Map<Outpoint, LocalCoin>;
  for (const index of attempt?.change.keys() ?? []) coins.delete(`${attempt?.txId}:${index + 1}`);
  node.mine(5);
  await confirm([id]);
  expect(await world.now(id)).toMatchObject({ stage: 'confirmed', txId: attempt?.txId });
});

test('without a wallet the node is asked to scan what is unspent', async () => {
  const bare = await startBitcoinNode(undefined, false);
  try {
    const { payout, broadcast, confirm } = startBitcoinPayouts(world, bare);
    const { id } = await payout(40_000n);
    await broadcast([id]);
    bare.mine(6);
    await confirm([id]);
    expect([await stageOf(id), bare.paidTo(customer)]).toEqual(['confirmed', [40_000n]]);
    expect(bare.asked).toContain('scantxoutset');
  } finally {
    await bare.stop();
  }
});

test('change is split until there are enough outputs, all of them our own', async () => {
  const { payout, broadcast, attemptsOf } = setUp();
  // All outputs but one are gone.
  const coins = node.engine.coins as Map<Outpoint, LocalCoin>;
  const own = Buffer.from(scriptOf(node.treasury, 'regtest'));
  const mine = [...coins]
    .filter(([, { script }]) => own.equals(script))
    .map(([outpoint]) => outpoint);
  for (const outpoint of mine.slice(1)) coins.delete(outpoint);
  const { id } = await payout(40_000n);
  await broadcast([id]);
  const [attempt] = await attemptsOf(id);
  expect(attempt?.change).toHaveLength(8);
});
