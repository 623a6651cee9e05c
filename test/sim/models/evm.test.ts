/** What the chain's model does to the product beyond what Anvil shows: time, geth's pool, faults by seed, reorganisations. */
import { beforeAll, expect, test } from '@jest/globals';
import { type Address, domainSeparator, type Hex } from 'viem';
import type { EvmChain } from '../../../lambdas/adapters/evm/payouts.ts';
import { replyFor } from '../../../lambdas/adapters/evm/replies.ts';
import { evmSigner } from '../../../lambdas/adapters/evm/signer.ts';
import { localSigner } from '../../../lambdas/adapters/evm/signer-local.ts';
import type { NodeReply } from '../../../lambdas/core/rails/evm/chain.ts';
import { payoutNonce } from '../../../lambdas/core/rails/evm/nonce.ts';
import { gasPayers, treasury } from '../../../local/chains/dev-accounts.ts';
import { minorOf } from '../../support/things.ts';
import { stillWorld } from '../still-world.ts';
import { type EvmConfig, type EvmModel, evmModel } from './evm.ts';
import { encodeTokenCall } from './evm-token.ts';
import { absurdTip, type Client, calm, clients, type EvmOptions } from './evm-ways.ts';

const chainId = 1;
const token: Address = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const startedAt = 1_790_000_000_000;
const blockMs = 12_000;
const gwei = 10n ** 9n;
const funds = 10n ** 12n;
const lane = gasPayers[0]?.address ?? treasury.address;
const otherLane = gasPayers[1]?.address ?? treasury.address;

const signer = evmSigner(
  localSigner(treasury.privateKey),
  gasPayers.map(({ privateKey }) => localSigner(privateKey)),
);
const domain = { name: 'USD Coin', version: '2', chainId, verifyingContract: token };
/** As much of a chain as signing needs. */
const signedFor = {
  ...{ chainId, token, treasury: treasury.address },
  domainSeparator: domainSeparator({ domain }),
} as EvmChain;

type Payout = { raw: Hex; hash: Hex; nonce: Hex };
type Given = {
  from?: Address;
  nonce?: number;
  cap?: bigint;
  tip?: bigint;
  id?: string;
  validBefore?: number;
};
async function payout(given: Given = {}): Promise<Payout> {
  const { from = lane, nonce = 0, cap = 100n * gwei, tip = gwei, id = 'one' } = given;
  const authorization = {
    from: treasury.address.toLowerCase() as Hex,
    to: `0x${'c'.repeat(40)}`,
    value: minorOf(1_500_000n),
    validBefore: given.validBefore ?? 4_000_000_000,
    nonce: payoutNonce(chainId, token, `wd_${id}`),
  } as const;
  const fees = { maxFeePerGas: cap, maxPriorityFeePerGas: tip };
  const signature = await signer.authorize(signedFor, authorization);
  const bytes = await signer.carry(signedFor, { from, nonce, fees }, authorization, signature);
  return { ...bytes, nonce: authorization.nonce };
}

/** A world of one model: its events happen when the time comes. */
function simulation(
  options: Partial<EvmOptions> = {},
  { seed = 1, ...over }: Partial<EvmConfig> & { seed?: number } = {},
) {
  const world = stillWorld(seed, startedAt);
  const wei = Object.fromEntries(gasPayers.map(({ address }) => [address, 10n ** 20n]));
  const model = evmModel(
    world,
    {
      ...{ network: 'ethereum', chainId, token, treasuries: [treasury.address], wei },
      micros: { [treasury.address]: funds },
      ...{ blockMs, finalityBlocks: 4, nodes: 2, ...over },
    },
    options,
  );
  const ask = (method: string, ...params: unknown[]) => {
    const reply = model.rpc(0, { jsonrpc: '2.0', id: 1, method, params });
    if (Array.isArray(reply)) throw new Error('one question, one answer');
    return reply;
  };
  const result = <T>(method: string, ...params: unknown[]): T => {
    const reply = ask(method, ...params);
    if (!('result' in reply)) throw new Error(reply.error.message);
    return reply.result as T;
  };
  const send = (raw: Hex): NodeReply => {
    const reply = ask('eth_sendRawTransaction', raw);
    return 'result' in reply ? 'accepted' : replyFor(reply.error.message);
  };
  const count = (tag: string): number => Number(result('eth_getTransactionCount', lane, tag));
  const height = (tag: string): number =>
    Number(result<{ number: Hex }>('eth_getBlockByNumber', tag, false).number);
  const status = (hash: Hex): Hex | undefined =>
    result<{ status: Hex } | null>('eth_getTransactionReceipt', hash)?.status;
  return { model, pass: world.passAtOnce, ask, result, send, count, height, status };
}

const balance = (model: EvmModel): bigint => model.balanceOf(treasury.address);
let one: Payout;
beforeAll(async () => {
  one = await payout();
});

test('blocks come with time, and are final later', () => {
  const { model, pass, height, result } = simulation();
  pass(10 * blockMs);
  expect([height('latest'), height('safe'), height('finalized')]).toEqual([10, 8, 6]);
  const { timestamp } = result<{ timestamp: Hex }>('eth_getBlockByNumber', '0x5', false);
  expect(Number(timestamp)).toBe(startedAt / 1_000 + 60);
  model.haltFinality(true);
  pass(10 * blockMs);
  expect([height('latest'), height('finalized')]).toEqual([20, 6]);
  model.haltBlocks(true);
  pass(10 * blockMs);
  expect(height('latest')).toBe(20);
  model.haltBlocks(false);
  model.haltFinality(false);
  pass(blockMs);
  expect([height('latest'), height('finalized')]).toEqual([21, 17]);
});

test('a payout is in the next block, once, and the truth has it', () => {
  const { model, pass, send, count, status } = simulation();
  expect([send(one.raw), send(one.raw)]).toEqual(['accepted', 'already-known']);
  expect([count('latest'), count('pending')]).toEqual([0, 1]);
  pass(blockMs);
  expect([count('latest'), status(one.hash), send(one.raw)]).toEqual([1, '0x1', 'nonce-used']);
  expect(balance(model)).toBe(funds - 1_500_000n);
  const { transfers, received } = model.truth();
  expect(transfers).toEqual([
    {
      ...{ from: treasury.address.toLowerCase(), to: `0x${'c'.repeat(40)}`, micros: 1_500_000n },
      ...{ txHash: one.hash, blockNumber: 1, logIndex: 1, authorization: one.nonce, final: false },
    },
  ]);
  expect(received).toHaveLength(3);
  expect(received[0]).toEqual({
    ...{ at: startedAt, raw: one.raw, hash: one.hash, from: lane.toLowerCase(), nonce: 0 },
    payment: { to: `0x${'c'.repeat(40)}`, micros: 1_500_000n, authorization: one.nonce },
    ...{ cancels: null, batch: [], gas: 150_000n },
    ...{ maxFeePerGas: 100n * gwei, dearest: 11n * gwei },
  });
  pass(4 * blockMs);
  expect(model.truth().transfers[0]?.final).toBe(true);
});

test.each<[string, Given, string]>([
  ['9 % more of both', { cap: 109n * gwei, tip: (109n * gwei) / 100n }, 'underpriced'],
  ['10 % more of the maximum fee alone', { cap: 110n * gwei }, 'underpriced'],
  ['10 % more of the tip alone', { tip: (110n * gwei) / 100n }, 'underpriced'],
  ['10 % more of both', { cap: 110n * gwei, tip: (110n * gwei) / 100n }, 'accepted'],
  ['a free nonce', { nonce: 1 }, 'accepted'],
  ['a gap', { nonce: 5 }, 'accepted'],
  ['a maximum fee under the base fee, which waits', { nonce: 1, cap: gwei }, 'accepted'],
  ['no tip', { nonce: 1, tip: 0n }, 'underpriced'],
  ['more than the sender has, with what waits', { nonce: 1, cap: 666_600n * gwei }, 'unfunded'],
])("geth's pool on %s", async (_, given, reply) => {
  const { send } = simulation();
  expect(send(one.raw)).toBe('accepted');
  expect(send((await payout({ ...given, id: 'two' })).raw)).toBe(reply);
});

test('what replaces is mined in place of the first; what waits behind a gap is not', async () => {
  const { send, pass, status, count } = simulation();
  const dearer = await payout({ cap: 200n * gwei, tip: 2n * gwei });
  const late = await payout({ nonce: 2, id: 'late' });
  const cheap = await payout({ nonce: 1, cap: gwei, id: 'cheap' });
  for (const { raw } of [one, dearer, late]) expect(send(raw)).toBe('accepted');
  expect(count('pending')).toBe(1);
  pass(3 * blockMs);
  expect([one, dearer, late].map(({ hash }) => status(hash))).toEqual([
    undefined,
    '0x1',
    undefined,
  ]);
  expect(send(cheap.raw)).toBe('accepted');
  expect(count('pending')).toBe(3);
  pass(3 * blockMs);
  expect([count('latest'), count('pending')]).toEqual([1, 3]); // Its maximum fee is under the base fee.
});

test('a payout that was dropped is known to its node only, until that forgets it', () => {
  const { model, send, pass, status, count } = simulation({ dropped: 1, forgetMsMax: 60_000 });
  expect([send(one.raw), send(one.raw), count('pending')]).toEqual([
    'accepted',
    'already-known',
    1,
  ]);
  const elsewhere = { jsonrpc: '2.0', id: 1, method: 'eth_getTransactionCount' };
  expect(model.rpc(1, { ...elsewhere, params: [lane, 'pending'] })).toMatchObject({
    result: '0x0',
  });
  pass(60_000);
  expect([status(one.hash), count('pending')]).toEqual([undefined, 0]);
  Object.assign(model.options, calm);
  expect(send(one.raw)).toBe('accepted');
  pass(blockMs);
  expect(status(one.hash)).toBe('0x1');
});

test('a slow payout is in a later block', () => {
  const { send, pass, status } = simulation({ slow: 1, slowMsMax: 10 * blockMs });
  send(one.raw);
  pass(blockMs);
  expect(status(one.hash)).toBeUndefined();
  pass(10 * blockMs);
  expect(status(one.hash)).toBe('0x1');
});

test('pools that forget everything, and somebody who kept the bytes', () => {
  const { model, send, pass, status } = simulation();
  send(one.raw);
  model.forgetPools();
  pass(3 * blockMs);
  expect(status(one.hash)).toBeUndefined();
  model.replay(one.raw);
  pass(blockMs);
  expect(status(one.hash)).toBe('0x1');
});

test('a node that is behind answers from older blocks, never from before the final one', () => {
  const { model, pass, height, send, status } = simulation({ behindBlocksMax: 20 });
  pass(10 * blockMs);
  send(one.raw);
  pass(blockMs);
  model.options.behind = 1;
  const heights = new Set(Array.from({ length: 60 }, () => height('latest')));
  expect([...heights].sort((a, b) => a - b)).toEqual([7, 8, 9, 10]);
  expect(height('finalized')).toBeLessThanOrEqual(7);
  expect([status(one.hash), send(one.raw)]).toEqual([undefined, 'already-known']);
  const { result } = model.rpc(0, {
    ...{ jsonrpc: '2.0', id: 1, method: 'eth_getLogs' },
    params: [{ address: token, fromBlock: '0x0', toBlock: '0xb' }],
  }) as { result?: unknown };
  expect(result).toEqual([]);
});

test('a stranger who carries the authorization first pays; ours reverts', () => {
  const { model, send, pass, status } = simulation();
  send(one.raw);
  const { ok, txHash } = model.relayAuthorization(one.raw);
  pass(blockMs);
  expect([ok, status(txHash), status(one.hash)]).toEqual([true, '0x1', '0x0']);
  expect(model.truth().transfers).toMatchObject([{ txHash, authorization: one.nonce }]);
});

test('an authorization is cancelled once, and pays no more', () => {
  const { model, send, pass, status } = simulation();
  expect(model.cancelAuthorization(one.nonce)).toMatchObject({ ok: true, blockNumber: 1 });
  expect(model.cancelAuthorization(one.nonce)).toMatchObject({ ok: false });
  send(one.raw);
  pass(blockMs);
  expect(status(one.hash)).toBe('0x0');
  const { canceled, transfers } = model.truth();
  expect([canceled, transfers]).toEqual([
    [
      {
        ...{ by: treasury.address.toLowerCase(), authorization: one.nonce },
        ...{ blockNumber: 1, final: false },
      },
    ],
    [],
  ]);
});

test('time runs out by the time of the block', async () => {
  const { send, pass, status } = simulation();
  const seconds = startedAt / 1_000;
  const [late, inTime] = await Promise.all([
    payout({ id: 'late', validBefore: seconds + 12 }),
    payout({ id: 'in time', validBefore: seconds + 13, from: otherLane }),
  ]);
  for (const { raw } of [late, inTime]) send(raw);
  pass(blockMs);
  expect([status(late.hash), status(inTime.hash)]).toEqual(['0x0', '0x1']);
});

test('a reorganisation takes back what is not final, and no more', () => {
  const { model, send, pass, status, height, result } = simulation();
  const hashOf = (block: Hex): Hex =>
    result<{ hash: Hex }>('eth_getBlockByNumber', block, false).hash;
  pass(5 * blockMs);
  const funded = model.mint(treasury.address, 5n);
  expect(funded).toMatchObject({ ok: true, blockNumber: 6, logIndex: 1 });
  send(one.raw);
  pass(blockMs);
  const before = ['0x3', '0x4', '0x7'].map((block) => hashOf(block as Hex));
  model.options.reorgDrops = 1;
  model.reorg(100);
  const after = ['0x3', '0x4', '0x7'].map((block) => hashOf(block as Hex));
  expect(after.map((hash, index) => hash === before[index])).toEqual([true, false, false]);
  expect([height('latest'), height('finalized')]).toEqual([7, 3]);
  expect([status(one.hash), status(funded.txHash)]).toEqual([undefined, '0x1']);
  expect(balance(model)).toBe(funds + 5n);
  model.options.reorgDrops = 0;
  expect(send(one.raw)).toBe('accepted');
  pass(blockMs);
  model.reorg(1);
  pass(2 * blockMs);
  expect([status(one.hash), balance(model)]).toEqual(['0x1', funds + 5n - 1_500_000n]);
});

test('a reorganisation can make another carrier the one that pays', async () => {
  const copy = await payout({ from: otherLane });
  const winners = Array.from({ length: 12 }, (_, seed) => {
    const { model, send, pass, status } = simulation({}, { seed });
    send(one.raw);
    pass(blockMs);
    send(copy.raw);
    pass(blockMs);
    expect([status(one.hash), status(copy.hash)]).toEqual(['0x1', '0x0']);
    model.reorg(2);
    pass(3 * blockMs);
    expect(model.truth().transfers).toHaveLength(1);
    return model.truth().transfers[0]?.txHash;
  });
  expect(new Set(winners)).toEqual(new Set([one.hash, copy.hash]));
});

test('and ours instead of a stranger who was first in the same block', () => {
  const winners = Array.from({ length: 30 }, (_, seed) => {
    const { model, send, pass } = simulation({}, { seed });
    pass(blockMs);
    model.relayAuthorization(one.raw);
    send(one.raw);
    pass(blockMs);
    model.reorg(2);
    pass(3 * blockMs);
    const [transfer, ...more] = model.truth().transfers;
    expect(more).toEqual([]);
    return transfer?.txHash === one.hash;
  });
  expect(new Set(winners)).toEqual(new Set([true, false]));
});

test('a congested chain asks 12.5 % more with each block', () => {
  const { model, pass } = simulation({ congested: 1, congestedBlocks: 1 });
  const first = model.nextBaseFee();
  pass(20 * blockMs);
  expect(model.nextBaseFee()).toBeGreaterThan(10n * first);
  Object.assign(model.options, calm);
  pass(100 * blockMs);
  expect(model.nextBaseFee()).toBeLessThan(3n * first);
});

test('refusals of the whole request: -32005 to each call, or HTTP 429; what was handed over is on record', () => {
  const { model, ask } = simulation({ limited: 1 });
  expect(ask('eth_sendRawTransaction', one.raw)).toMatchObject({ error: { code: -32_005 } });
  Object.assign(model.options, calm, { tooMany: 1 });
  const body = JSON.stringify([
    { jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [one.raw] },
  ]);
  const request = { method: 'POST', path: '/', headers: {}, body };
  expect(model.http(request).status).toBe(429);
  Object.assign(model.options, calm);
  expect(JSON.parse(model.http(request).body)).toEqual([
    { jsonrpc: '2.0', id: 1, result: one.hash },
  ]);
  expect(model.truth().received).toHaveLength(3);
});

test('only a lying node keeps final logs from who asks', () => {
  const { model, send, pass, result } = simulation();
  send(one.raw);
  pass(10 * blockMs);
  const logs = () => result('eth_getLogs', { address: token, fromBlock: '0x0', toBlock: '0x1' });
  expect(logs()).toHaveLength(2);
  model.options.lies = 1;
  expect(logs()).toEqual([]);
});

test.each([
  ['eth_subscribe', ['newHeads']],
  ['eth_call', [{ to: token, data: encodeTokenCall('totalSupply') }, 'latest']],
  ['eth_call', [{ to: token, data: '0x' }, { blockHash: '0x00' }]],
  ['eth_getLogs', [{ fromBlock: '0x0', toBlock: '0x1' }]],
])('%s %j is not modelled, and that is not hidden', (method, params) => {
  const { model, ask } = simulation();
  expect(() => ask(method, ...params)).toThrow();
  expect(model.notModelled).toHaveLength(1);
});

test('one seed, one story; and whatever happens, each authorization pays once and no token is made or lost', async () => {
  const payouts = await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      payout({
        ...{ id: String(index % 16), nonce: index >> 1, from: index % 2 === 0 ? lane : otherLane },
        tip: BigInt(1 + (index % 5)) * gwei,
      }),
    ),
  );
  const story = (seed: number) => {
    const { model, pass, ask } = simulation(
      {
        ...{ dropped: 0.2, slow: 0.3, behind: 0.3, reorg: 0.3, reorgDrops: 0.2 },
        ...{ congested: 0.05, limited: 0.1, lies: 0.1 },
      },
      { seed },
    );
    for (let round = 0; round < 12; round += 1) {
      for (const { raw } of payouts.slice(0, 2 * round + 2)) ask('eth_sendRawTransaction', raw);
      pass(blockMs);
    }
    Object.assign(model.options, calm);
    for (const { raw } of payouts) model.replay(raw);
    pass(60 * blockMs);
    return model.truth();
  };
  for (let seed = 0; seed < 10; seed += 1) {
    const truth = story(seed);
    expect(story(seed)).toEqual(truth);
    const used = truth.transfers.map(({ authorization }) => authorization);
    expect(used).toHaveLength(16);
    expect(new Set(used).size).toBe(16);
  }
});

// What nodes are like besides geth; test/adapters/evm-nodes.test.ts has the same before Anvil.

const meant = (words: Client, seed: number): NodeReply[] => {
  const { send, pass, model } = simulation({ words, extraGas: 0n }, { seed });
  const said = [send(one.raw), send(one.raw)];
  pass(blockMs);
  said.push(send(one.raw));
  model.options.extraGas = 200_000n;
  return [...said, send(others[0]?.raw ?? '0x')];
};
let others: Payout[] = [];
beforeAll(async () => {
  others = await Promise.all([1, 2].map((nonce) => payout({ nonce, id: `other ${nonce}` })));
});

test.each(clients.filter((client) => client !== 'nobody'))(
  'refusals in the words of %s mean the same',
  (client) => {
    for (let seed = 0; seed < 5; seed += 1)
      expect(meant(client, seed)).toEqual([
        'accepted',
        'already-known',
        'nonce-used',
        'gas-too-low',
      ]);
  },
);

test("nobody's words mean nothing", () => {
  expect(meant('nobody', 1)).toEqual(['accepted', 'unknown', 'unknown', 'unknown']);
});

test('a node without a pool takes the next nonce, once, and no other', async () => {
  const { send, pass, count, ask } = simulation({ mempool: false, pending: 'refused' });
  const [second, third] = others.map(({ raw }) => raw);
  expect(send(second ?? '0x')).toBe('nonce-gap');
  expect([send(one.raw), send(second ?? '0x'), send(third ?? '0x')]).toEqual(
    Array(3).fill('accepted'),
  );
  // What is taken is not replaced.
  const dearer = await payout({ cap: 200n * gwei, tip: 2n * gwei });
  expect(send(dearer.raw)).toBe('nonce-used');
  expect(ask('eth_getTransactionCount', lane, 'pending')).toHaveProperty('error');
  pass(blockMs);
  expect(count('latest')).toBe(3);
  expect(send((await payout({ nonce: 3, cap: 1n, tip: 1n })).raw)).toBe('underpriced');
});

test('a node that gives little at once: few blocks, few logs, few calls', () => {
  const { model, pass, ask, send } = simulation({ logBlocks: 4, logResults: 1, batchMax: 2 });
  const logs = (fromBlock: Hex, toBlock: Hex) =>
    ask('eth_getLogs', { address: token, topics: [], fromBlock, toBlock });
  send(one.raw);
  pass(6 * blockMs);
  expect(logs('0x1', '0x6')).toHaveProperty('error');
  // A payout has two logs, in one block; its range is divided down to that.
  expect(logs('0x1', '0x2')).toHaveProperty('error');
  expect(logs('0x1', '0x1')).toMatchObject({ result: { length: 2 } });
  expect(logs('0x2', '0x5')).toMatchObject({ result: [] });
  const call = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' };
  const post = (calls: object[]) =>
    model.http({ method: 'POST', path: '/', headers: {}, body: JSON.stringify(calls) }).body;
  expect(post([call, call])).toContain('result');
  expect(post([call, call, call])).not.toContain('result');
});

test('a node that wants more gas estimates it, takes no less, and what has too little when it comes to a block does nothing', async () => {
  const { model, send, pass, status, result } = simulation({ extraGas: 200_000n });
  const asked = { from: lane, to: lane };
  expect(result('eth_estimateGas', asked)).toBe('0x35f48'); // 221,000
  expect(send(one.raw)).toBe('gas-too-low');
  model.options.extraGas = 0n;
  expect(send(one.raw)).toBe('accepted');
  model.options.extraGas = 200_000n;
  pass(blockMs);
  expect([status(one.hash), balance(model)]).toEqual(['0x0', funds]);
});

test('a spike begins and ends at once, and an absurd tip is only suggested', () => {
  const { model, pass, result } = simulation({ spikes: 1, spikeBlocks: 2, spikeTimes: 50 });
  const before = model.nextBaseFee();
  pass(blockMs);
  expect(model.nextBaseFee()).toBe(50n * before);
  model.options.spikes = 0;
  pass(2 * blockMs);
  expect(model.nextBaseFee()).toBeLessThan(2n * before);
  model.options.absurdTips = 1;
  expect(BigInt(result<Hex>('eth_maxPriorityFeePerGas'))).toBe(absurdTip);
});

test('whoever uses up our nonce for an account of theirs changes nothing of ours', () => {
  const { model, send, pass, status } = simulation();
  model.mint(otherLane, 5n);
  model.cancelAuthorization(one.nonce, token);
  expect(model.useAuthorization(one.nonce, otherLane, lane, 5n)).toMatchObject({ ok: true });
  send(one.raw);
  pass(blockMs);
  expect(status(one.hash)).toBe('0x1');
  expect(model.truth().canceled).toMatchObject([{ by: token.toLowerCase() }]);
});
