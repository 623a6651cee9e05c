/**
 * A payout that was paid in an older block than those that are read for it: a table was restored to an hour ago, and the payout
 * signed again. Each line is one node before a real chain.
 */
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Hex } from 'viem';
import { connectEvm, type EvmChain } from '../../lambdas/adapters/evm/payouts.ts';
import { evmSigner } from '../../lambdas/adapters/evm/signer.ts';
import { localSigner } from '../../lambdas/adapters/evm/signer-local.ts';
import { viewEvm } from '../../lambdas/adapters/evm/view.ts';
import { systemClock } from '../../lambdas/adapters/net/clock.ts';
import { logsAgainMs } from '../../lambdas/core/rails/evm/limits.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import { evmView } from '../../lambdas/core/rails/evm/rail.ts';
import { payerOn } from '../../lambdas/core/rails/evm/sign.ts';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import { startAnvil } from '../support/anvil.ts';
import { type RpcCall, startNode } from '../support/node.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf } from '../support/things.ts';

const world = shared(async () => {
  const anvil = await startAnvil();
  const node = await startNode(anvil.rpcUrl);
  return { anvil, node, stop: async () => void (await Promise.all([node.stop(), anvil.stop()])) };
});
const keys = gasPayers.map(({ privateKey }) => localSigner(privateKey));
const signer = evmSigner(localSigner(treasury.privateKey), keys);
const [{ address: lane }] = gasPayers as [(typeof gasPayers)[number]];
const someone = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';

const config = () => ({
  network: 'ethereum' as const,
  rpcUrl: world.node.url,
  token: world.anvil.token,
  treasury: treasury.address,
});
const mine = (blocks: number): Promise<unknown> =>
  rpc(world.anvil.rpcUrl, 'anvil_mine', `0x${blocks.toString(16)}`);
beforeEach(() => world.node.says({}));

let payouts = 0;
/** Pays a withdrawal in a block of its own. */
async function paid(chain: EvmChain): Promise<{ id: `wd_${string}`; nonce: Hex }> {
  payouts += 1;
  const id = `wd_older_${payouts}` as const;
  const nonce = payoutNonce(chain.chainId, chain.token, id);
  const validBefore = Math.floor((await chain.head()).latestAt / 1_000) + 360_000_000;
  const value = minorOf(1n);
  const authorization = { from: payerOn(chain), to: someone, value, validBefore, nonce } as const;
  const signature = await signer.authorize(chain, authorization);
  const { cap: _cap, ...fees } = await chain.fees();
  const carrier = { from: lane, nonce: await chain.transactionCount(lane), fees };
  const { raw } = await signer.carry(chain, carrier, authorization, signature);
  expect(await chain.send(raw)).toBe('accepted');
  await mine(1);
  return { id, nonce };
}

const blocksOf = ({ params }: RpcCall): number => {
  const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
  return Number(toBlock) - Number(fromBlock) + 1;
};
const refused = (message: string) => ({ error: { code: -32_000, message } });
const isOfThePast = ({ method, params }: RpcCall) =>
  method === 'eth_call' && params[1] !== 'latest';

// biome-ignore format: columns are the point
test.each<[string, number, (call: RpcCall) => ReturnType<typeof refused> | undefined, string]>([
  // the node                         visits  what it says                                                                                                 source
  ['tells all',                       1, () => undefined,                                                                                             ''],
  ['knows the newest state only',     2, (call) => (isOfThePast(call) ? refused('missing trie node') : undefined),                                     'geth, trie/errors.go'],
  ['gives logs of 10 blocks at once', 1, (call) => (call.method === 'eth_getLogs' && blocksOf(call) > 10 ? refused('up to a 10 block range') : undefined), 'Alchemy documentation, eth_getLogs'],
])('what was paid long before it was signed again is found on a node that %s', async (_name, visits, each, _source) => {
  const chain = await connectEvm(config());
  const { nonce } = await paid(chain);
  await mine(60);
  const readFrom = (await chain.head()).final;
  world.node.says({ each });
  const view = await viewEvm(config());
  const visit = async () => view.authorizations(treasury.address, [nonce], readFrom, (await view.head()).final);
  for (let number = 1; number < visits; number += 1) {
    expect(await visit()).toEqual([]);
    // Where nothing says what was at the final block, the head has to become final first.
    await mine(4);
  }
  expect(await visit()).toMatchObject([{ kind: 'used', nonce }]);
});

test('a payout that is on its way costs one small question more, and no older block is read for it', async () => {
  const chain = await connectEvm(config());
  await mine(60);
  const { final: readFrom } = await chain.head();
  const { nonce } = await paid(chain);
  world.node.says({});
  expect(await chain.authorizations(treasury.address, [nonce], readFrom, readFrom)).toEqual([]);
  expect(world.node.asked('eth_getLogs').map(blocksOf)).toEqual([1]);
  expect(world.node.requests.flat()).toHaveLength(2);
  await mine(4);
  const { final } = await chain.head();
  world.node.says({});
  expect(await chain.authorizations(treasury.address, [nonce], readFrom, final)).toHaveLength(1);
  expect(world.node.asked('eth_call')).toEqual([]);
});

test('blocks whose logs a node had not yet, without a word of that, are read again in a minute, and not after all older ones', async () => {
  const chain = await connectEvm({ ...config(), logRange: 5 });
  await mine(600);
  const { final: from } = await chain.head();
  const { nonce } = await paid(chain);
  await mine(4);
  const { final } = await chain.head();
  // Time goes by with each question, so that a visit comes to few blocks.
  let now = Date.now();
  const clock = jest.spyOn(systemClock, 'now').mockImplementation(() => {
    now += 1_000;
    return at(now);
  });
  try {
    const began = now;
    const visit = () => chain.authorizations(treasury.address, [nonce], from, final);
    world.node.says({
      each: ({ method }) => (method === 'eth_getLogs' ? { result: [] } : undefined),
    });
    expect(await visit()).toEqual([]);
    world.node.says({});
    let found: Awaited<ReturnType<typeof visit>> = [];
    while (found.length === 0 && now - began < 3 * logsAgainMs) found = await visit();
    expect(found).toMatchObject([{ kind: 'used', nonce }]);
    expect(now - began).toBeGreaterThan(logsAgainMs);
    const lowest = world.node
      .asked('eth_getLogs')
      .map(({ params }) => Number((params[0] as { fromBlock: string }).fromBlock));
    expect(Math.min(...lowest)).toBeGreaterThan(0);
  } finally {
    clock.mockRestore();
  }
});

test('a node without such old logs is an error that is seen, and holds up no other verdict', async () => {
  const chain = await connectEvm(config());
  const old = await paid(chain);
  await mine(60);
  const readFrom = (await chain.head()).final;
  const fresh = await paid(chain);
  await mine(4);
  world.node.says({
    each: (call) => {
      if (call.method !== 'eth_getLogs') return undefined;
      const [{ fromBlock }] = call.params as [{ fromBlock: string }];
      const isGone = Number(fromBlock) < readFrom;
      return isGone ? { error: { code: 4444, message: 'pruned history unavailable' } } : undefined;
    },
  });
  const view = evmView(await viewEvm(config()), { attempt: async () => null });
  const payout = { payer: payerOn(chain), readFrom, destination: someone, payout: minorOf(1n) };
  const verdicts = (...ids: string[]) =>
    view.verdicts(ids.map((id) => ({ id, ...payout })) as never);
  const found = await verdicts(old.id, fresh.id);
  expect([...found.keys()]).toEqual([fresh.id]);
  await expect(verdicts(old.id)).rejects.toMatchObject({ name: 'UnavailableError' });
});
