/** What reconciliation reads of the chain of bitcoin, beside what was paid. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { recordBitcoin } from '../../lambdas/adapters/bitcoin/record.ts';
import { bitcoinSigner } from '../../lambdas/adapters/bitcoin/signer.ts';
import type { Booked } from '../../lambdas/core/reconcile/books.ts';
import { payoutDifferences } from '../../lambdas/core/reconcile/chain.ts';
import {
  type BitcoinNode,
  customer,
  startBitcoinNode,
  startBitcoinPayouts,
} from '../support/bitcoin.ts';
import { shared } from '../support/shared.ts';
import { at } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
let node: BitcoinNode;
beforeEach(async () => {
  node = await startBitcoinNode();
});
afterEach(() => node.stop());

async function compared() {
  const { rpcUrl, treasury } = node;
  const record = recordBitcoin(
    { network: 'bitcoin', net: 'regtest', treasury, rpcUrl },
    world.outputs,
  );
  const { final } = await record.head();
  const [outgoing, incoming] = await Promise.all([
    record.outgoing(treasury, 1, final),
    record.incoming(treasury, 1, final),
  ]);
  const book = { ...record, formerPayers: [], from: 1, to: final, outgoing, incoming };
  const lost = {
    withdrawals: new Set<never>(),
    transfers: new Set<string>(),
    memos: new Set<string>(),
  };
  return {
    record,
    outgoing,
    incoming,
    final,
    differencesOf: (booked: Booked[]) => payoutDifferences(booked, book, lost, () => true),
  };
}
const bookedOf = async (...ids: Parameters<typeof world.now>[0][]): Promise<Booked[]> =>
  Promise.all(
    ids.map(async (id) => ({
      withdrawal: await world.now(id),
      ...{ effect: null, journals: [], wires: [], attempt: true },
    })),
  );

test('each payout belongs to its withdrawal by the outputs that it spends, a cancellation to none, and the float has come in', async () => {
  const { payout, broadcast, confirm, end } = startBitcoinPayouts(world, node);
  const [paid, ended] = [await payout(12_345n), await payout(67_890n)];
  await broadcast([paid.id, ended.id]);
  await end(ended.id);
  await broadcast([ended.id]);
  await broadcast([ended.id]);
  node.mine(6);
  await confirm([paid.id, ended.id]);
  const { outgoing, incoming, differencesOf, record, final } = await compared();
  expect(outgoing).toEqual([
    expect.objectContaining({ to: customer, value: 12_345n, key: paid.id }),
  ]);
  expect(incoming).toHaveLength(40);
  expect(differencesOf(await bookedOf(paid.id, ended.id))).toEqual([]);
  expect(await record.firstBlockSince(at(0), final)).toBe(0);
  expect(await record.firstBlockSince(at(Number.MAX_SAFE_INTEGER), final)).toBe(final + 1);
});

test('a payout that a deep reorganisation has undone is missing, and what is paid with our key and not by us is unknown', async () => {
  const { payout, broadcast, confirm, inputsOf } = startBitcoinPayouts(world, node);
  const { id } = await payout(12_345n);
  await broadcast([id]);
  const { height } = node.engine.head();
  node.mine(7);
  await confirm([id]);
  expect((await world.now(id)).stage).toBe('confirmed');
  node.call('invalidateblock', node.engine.blockAt(height + 1)?.hash);
  for (const txId of node.engine.pool.entries.keys()) node.engine.evict(txId);
  node.mine(9, []);
  expect((await compared()).differencesOf(await bookedOf(id))).toMatchObject([
    { kind: 'missing-payout', withdrawalId: id },
  ]);
  // The outputs are bound for ever: nothing else is paid of them, and the same bytes may pay now.
  const other = await payout(99_999n);
  await broadcast([other.id]);
  expect(await inputsOf(other.id)).not.toEqual(expect.arrayContaining(await inputsOf(id)));
  const [coin] = [...node.engine.coins].filter(
    ([, { amount, height: at }]) => amount === 250_000_000n && at === 2,
  );
  if (coin === undefined) throw new Error('no coin');
  const [outpoint, { amount }] = coin;
  const stolen = await bitcoinSigner(node.key, 'regtest', 10n ** 9n).sign({
    ...{ inputs: [{ outpoint, amount }], change: [], fee: 1_000n },
    payment: { to: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', value: amount - 1_000n },
  });
  node.mine(7, [Buffer.from(stolen.raw).toString('hex')]);
  const kinds = (await compared())
    .differencesOf(await bookedOf(id, other.id))
    .map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['unknown-payout', 'missing-payout']));
});
