/**
 * What a node does when it is asked, and what comes of it: each line of a table is one node before a real chain
 * (test/support/node.ts). What it says when bytes are offered stands in test/support/node-words.ts.
 */
import { beforeEach, expect, test } from '@jest/globals';
import { encodeErrorResult, type Hex } from 'viem';
import { connectEvm, type EvmChain } from '../../lambdas/adapters/evm/payouts.ts';
import { evmSigner } from '../../lambdas/adapters/evm/signer.ts';
import { localSigner } from '../../lambdas/adapters/evm/signer-local.ts';
import { type EvmConfig, recordEvm, viewEvm } from '../../lambdas/adapters/evm/view.ts';
import { payoutGasLimit } from '../../lambdas/core/rails/evm/limits.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import { payerOn } from '../../lambdas/core/rails/evm/sign.ts';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import { startAnvil } from '../support/anvil.ts';
import { type RpcCall, startNode, type Whole } from '../support/node.ts';
import { shared } from '../support/shared.ts';
import { minorOf } from '../support/things.ts';

const world = shared(async () => {
  const anvil = await startAnvil();
  const node = await startNode(anvil.rpcUrl);
  return {
    anvil,
    node,
    stop: async () => {
      await node.stop();
      await anvil.stop();
    },
  };
});
const signer = evmSigner(
  localSigner(treasury.privateKey),
  gasPayers.map(({ privateKey }) => localSigner(privateKey)),
);
const lanes = gasPayers.map(({ address }) => address);
const [lane = treasury.address] = lanes;
const someone = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
const one = minorOf(1n);

const configOf = (given: Partial<EvmConfig> = {}): EvmConfig => ({
  network: 'ethereum',
  rpcUrl: world.node.url,
  token: world.anvil.token,
  treasury: treasury.address,
  ...given,
});
const connected = (given: Partial<EvmConfig> = {}): Promise<EvmChain> =>
  connectEvm(configOf(given));
const mine = (blocks: number): Promise<unknown> =>
  rpc(world.anvil.rpcUrl, 'anvil_mine', `0x${blocks.toString(16)}`);
beforeEach(() => world.node.says({}));

const blacklisted = encodeErrorResult({
  abi: [{ type: 'error', name: 'Error', inputs: [{ name: '', type: 'string' }] }],
  errorName: 'Error',
  args: ['Blacklistable: account is blacklisted'],
});
const custom: Hex = `0x1425ea42${'0'.repeat(64)}`;
const refused = { by: 'payee' };
const unclear = 'UnavailableError';
const paysSomeone = ({ method, params }: RpcCall): boolean =>
  method === 'eth_call' && JSON.stringify(params).includes(someone.slice(2).toLowerCase());

// biome-ignore format: columns are the point
test.each<[string, unknown, unknown, string]>([
  // what the node answers to eth_call                                                   what we conclude  source
  ['Internal error',       { code: -32_603, message: 'Internal error' },                          unclear, 'JSON-RPC 2.0, section 5.1'],
  ['words alone',          { code: 3, message: 'execution reverted' },                            unclear, 'go-ethereum internal/ethapi: a revert with a reason has data'],
  ['words and no data',    { code: 3, message: 'execution reverted', data: '0x' },                unclear, 'the same'],
  ['words with a reason',  { code: -32_000, message: 'execution reverted: Blacklistable: account is blacklisted' }, unclear, 'whoever may say so'],
  ['-32603 and a text',    { code: -32_603, message: 'revert', data: 'too many requests' },       unclear, 'no data of a contract'],
  ['the call, repeated',   { code: -32_000, message: 'failed', data: `0xa9059cbb${'0'.repeat(128)}` }, unclear, 'ERC-20 transfer'],
  ['out of gas',           { code: -32_000, message: 'out of gas' },                              unclear, 'go-ethereum core/vm/errors.go'],
  ['pruned',               { code: -32_000, message: 'missing trie node 7a (path ) state 0x7a is not available' }, unclear, 'go-ethereum trie/errors.go'],
  ['3 with data',          { code: 3, message: 'execution reverted', data: blacklisted },         refused, 'go-ethereum internal/ethapi/errors.go'],
  ['-32000 with data',     { code: -32_000, message: 'Execution reverted', data: blacklisted },   refused, 'hyperledger/besu RpcErrorType.java'],
  ['-32015 with data',     { code: -32_015, message: 'VM execution error.', data: blacklisted },  refused, 'NethermindEth/nethermind ErrorCodes.cs'],
  ['Reverted and data',    { code: -32_015, message: 'VM execution error.', data: `Reverted ${blacklisted}` }, refused, 'openethereum helpers/errors.rs'],
  ['data in an object',    { code: -32_603, message: 'VM Exception', data: { message: 'x', data: blacklisted } }, refused, 'NomicFoundation/hardhat provider errors'],
  ['data by hash',         { code: -32_000, message: 'revert', data: { '0xab': { error: 'revert', return: blacklisted } } }, refused, 'trufflesuite/ganache'],
  ['data in the words',    { code: -32_000, message: `execution reverted: ${blacklisted}` },      refused, 'its own data'],
  ['an error of its own',  { code: 3, message: 'execution reverted', data: custom },              refused, 'Solidity, custom errors'],
])('a call that is answered with %s', async (_name, error, want, _source) => {
  const chain = await connected();
  world.node.says({ each: (call) => (paysSomeone(call) ? { error: error as never } : undefined) });
  const said = await chain.refusal(chain.treasury, someone, one).catch(({ name }: Error) => name);
  if (typeof want === 'string') expect(said).toBe(want);
  else expect(said).toMatchObject(want as object);
});

test('a revert that a node answers as a result is one, and a token that says no pays nothing', async () => {
  const chain = await connected();
  const says = (result: unknown) =>
    world.node.says({ each: (call) => (paysSomeone(call) ? { result } : undefined) });
  says(blacklisted);
  expect(await chain.refusal(chain.treasury, someone, one)).toEqual(refused);
  says(`0x${'0'.repeat(64)}`);
  await expect(chain.refusal(chain.treasury, someone, one)).rejects.toMatchObject({
    name: unclear,
  });
  says('0x');
  await expect(chain.refusal(chain.treasury, someone, one)).rejects.toMatchObject({
    name: unclear,
  });
});

const of = (calls: readonly RpcCall[], method: string) =>
  calls.some((call) => call.method === method);
const refusing = (most: number, whole: Whole) => (calls: readonly RpcCall[]) =>
  calls.length > most ? whole : undefined;

// biome-ignore format: columns are the point
test.each<[string, (calls: readonly RpcCall[]) => Whole | undefined, string]>([
  // what the node does with a request                                          source
  ['takes 3: one error for all', refusing(3, { status: 200, body: { jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'batch too large' } } }), 'JSON-RPC 2.0, section 6'],
  ['takes 3: -32005',            refusing(3, { status: 200, body: { jsonrpc: '2.0', id: null, error: { code: -32_005, message: 'Number of requests exceeds max batch size' } } }), 'hyperledger/besu RpcErrorType.java'],
  ['takes 3: an error by id',    (calls) => (calls.length > 3 ? { status: 200, body: [{ jsonrpc: '2.0', id: calls[0]?.id, error: { code: -32_600, message: 'batch too large' } }] } : undefined), 'go-ethereum rpc/handler.go, respondWithBatchTooLarge'],
  ['takes 3: an error for each', (calls) => (calls.length > 3 ? { status: 200, body: calls.map(({ id }) => ({ jsonrpc: '2.0', id, error: { code: -32_000, message: 'zu viele' } })) } : undefined), 'any other words'],
  ['takes 3: HTTP 413',          refusing(3, { status: 413, body: 'Payload Too Large' }), 'RFC 9110, section 15.5.14'],
  ['takes 3: HTTP 400',          refusing(3, { status: 400, body: { message: 'maximum allowed number of requests is 3' } }), 'a proxy'],
  ['takes one',                  refusing(1, { status: 403, body: 'batch requests are not allowed' }), 'a proxy'],
  ['drops more than two',        refusing(2, 'reset'), 'a proxy'],
  ['never answers more than two', refusing(2, 'hang'), 'a proxy'],
])('a node that %s is asked for as many as it takes', async (_name, whole, _source) => {
  const chain = await connected();
  world.node.says({ whole });
  const nonces = Array.from({ length: 7 }, (_, index) => payoutNonce(1, someone, `wd_${index}`));
  expect((await chain.spent(chain.treasury, nonces)).size).toBe(7);
  const first = world.node.requests.length;
  await chain.spent(chain.treasury, nonces);
  // What was refused once is not asked again. A request that was only lost may have been lost by chance.
  if (!/drops|never/.test(_name)) expect(world.node.requests.length).toBeLessThan(first + 8);
});

test('a setting says how many calls a request may have', async () => {
  const chain = await connected({ batch: 2 });
  world.node.says({});
  await chain.spent(
    chain.treasury,
    Array.from({ length: 5 }, (_, index) => payoutNonce(1, someone, `wd_${index}`)),
  );
  expect(world.node.requests.map(({ length }) => length)).toEqual([2, 2, 1]);
});

test('a call of a batch that fails each time is the only one that is lost', async () => {
  const chain = await connected();
  const nonces = Array.from({ length: 6 }, (_, index) => payoutNonce(1, someone, `wd_${index}`));
  const bad = nonces[2] ?? '0x';
  const isBad = (call: RpcCall) => JSON.stringify(call.params).includes(bad.slice(2));
  for (const hooks of [
    {
      each: (call: RpcCall) =>
        isBad(call) ? { error: { code: -32_603, message: 'Internal error' } } : undefined,
    },
    {
      whole: (calls: readonly RpcCall[]): Whole | undefined =>
        calls.some(isBad) ? 'reset' : undefined,
    },
    {
      whole: (calls: readonly RpcCall[]): Whole | undefined =>
        calls.some(isBad) ? { status: 500, body: {} } : undefined,
    },
  ]) {
    world.node.says(hooks);
    const spent = await chain.spent(chain.treasury, nonces);
    expect([...spent.keys()]).toEqual(nonces.filter((nonce) => nonce !== bad));
  }
});

test('of calls that are lost by chance, one in five, nearly all are answered in one visit', async () => {
  const chain = await connected();
  let asked = 0;
  world.node.says({
    whole: (calls) => {
      const before = Math.floor(asked / 5);
      asked += calls.length;
      const lost = Math.floor(asked / 5) > before;
      return lost ? (asked % 2 === 0 ? 'reset' : { status: 500, body: {} }) : undefined;
    },
  });
  const nonces = Array.from({ length: 40 }, (_, index) => payoutNonce(1, someone, `wd_${index}`));
  expect((await chain.spent(chain.treasury, nonces)).size).toBe(40);
});

test('bytes of one moment go in the order of their nonces, and what is dropped with them is sent again alone', async () => {
  const chain = await connected();
  const raws = ['0x0203', '0x0201', '0x0202'] as const;
  world.node.says({
    whole: (calls) => (calls.length > 1 ? 'reset' : undefined),
    each: () => ({ result: '0x00' }),
  });
  const replies = await Promise.all(raws.map((raw, index) => chain.send(raw, [3, 1, 2][index])));
  expect(replies).toEqual(['accepted', 'accepted', 'accepted']);
  const [batch] = world.node.requests;
  expect(batch?.map(({ params }) => params[0])).toEqual(['0x0201', '0x0202', '0x0203']);
});

/** Pays once, in a block of its own, from the lane's next nonce. */
let payouts = 0;
async function paid(chain: EvmChain) {
  payouts += 1;
  const nonce = payoutNonce(chain.chainId, chain.token, `wd_paid_${payouts}`);
  const { latestAt } = await chain.head();
  const validBefore = Math.floor(latestAt / 1_000) + 360_000_000;
  const authorization = {
    from: payerOn(chain),
    to: someone,
    value: one,
    validBefore,
    nonce,
  } as const;
  const signature = await signer.authorize(chain, authorization);
  const { cap: _cap, ...fees } = await chain.fees();
  const carrier = { from: lane, nonce: await chain.transactionCount(lane), fees };
  const { raw } = await signer.carry(chain, carrier, authorization, signature);
  return {
    nonce,
    send: async () => {
      expect(await chain.send(raw)).toBe('accepted');
      await mine(1);
    },
  };
}

const rangeOf = (call: RpcCall): number => {
  const [{ fromBlock, toBlock }] = call.params as [{ fromBlock: string; toBlock: string }];
  return Number(toBlock) - Number(fromBlock) + 1;
};

// biome-ignore format: columns are the point
test.each<[number, { code: number; message: string }, string]>([
  // blocks  what the node says to more                                                          source
  [10,     { code: -32_600, message: 'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.' }, 'Alchemy documentation, eth_getLogs'],
  [500,    { code: -32_005, message: 'Requested range exceeds maximum RPC range limit' },        'hyperledger/besu RpcErrorType.java'],
  [1_000,  { code: -32_602, message: 'range 1000000 exceeds limit of 10000' },                   'INFURA/infura#237'],
  [100,    { code: -32_602, message: 'invalid params' },                                         'bobanetwork/boba_legacy#827'],
  [64,     { code: -32_000, message: 'block range is bigger than maxBlockRange' },               'scroll-tech/go-ethereum#529'],
  [300,    { code: -32_005, message: 'query returned more than 10000 results' },                 'INFURA documentation, eth_getLogs'],
  [90,     { code: -32_603, message: 'Log response size exceeded. Please reduce query block range.' }, 'bancorprotocol/webapp#523'],
  [30,     { code: 7, message: 'nein' },                                                         'any other words'],
])('a node that gives logs of %i blocks at once', async (most, error, _source) => {
  const chain = await connected();
  const { nonce, send } = await paid(chain);
  const from = (await chain.head()).latest;
  await send();
  await mine(1_200);
  world.node.says({
    each: (call) => (call.method === 'eth_getLogs' && rangeOf(call) > most ? { error } : undefined),
  });
  const { final } = await chain.head();
  expect(await chain.authorizations(chain.treasury, [nonce], from, final)).toMatchObject([{ nonce, kind: 'used' }]);
  const before = world.node.asked('eth_getLogs').filter((call) => rangeOf(call) > most).length;
  // It remembers: the next question is none that would be refused.
  await chain.authorizations(chain.treasury, [nonce], from, final);
  const after = world.node.asked('eth_getLogs').filter((call) => rangeOf(call) > most).length;
  expect([before > 0, after]).toEqual([true, before]);
});

type SaidLog = Record<string, unknown> & { topics: string[] };
const other = `0x${'0'.repeat(24)}${someone.slice(2).toLowerCase()}`;
const strange = `0x${'77'.repeat(32)}`;
// biome-ignore format: columns are the point
test.each<[string, (log: SaidLog) => unknown[], 'found' | 'nothing' | 'no answer']>([
  // a node that passes over filters, as one behind a cache may, or that is broken                                    what we conclude
  ['others’ besides',     (log) => [{ ...log, address: someone }, log, { ...log, topics: [log.topics[0], other, log.topics[2]] }], 'found'],
  ['one twice',           (log) => [log, log],                                                                        'found'],
  ['of another token',    (log) => [{ ...log, address: someone }],                                                    'nothing'],
  ['of another payer',    (log) => [{ ...log, topics: [log.topics[0], other, ...log.topics.slice(2)] }],              'nothing'],
  ['of another nonce',    (log) => [{ ...log, topics: [...log.topics.slice(0, 2), strange] }],                        'nothing'],
  ['of a later block',    (log) => [{ ...log, blockNumber: '0xfffff' }],                                              'nothing'],
  ['that were removed',   (log) => [{ ...log, removed: true }],                                                       'nothing'],
  ['in no block',         (log) => [{ ...log, blockNumber: null }],                                                   'nothing'],
  ['without a block',     ({ blockNumber: _, ...log }) => [log],                                                      'no answer'],
  ['of no transaction',   (log) => [{ ...log, transactionHash: null }],                                               'no answer'],
  ['without an index',    (log) => [{ ...log, logIndex: null }],                                                      'no answer'],
  ['without topics',      ({ topics: _, ...log }) => [log],                                                           'no answer'],
  ['with a topic less',   (log) => [{ ...log, topics: log.topics.slice(0, 2) }],                                      'no answer'],
  ['that are none',       () => [null],                                                                               'no answer'],
])('a node that shows logs %s', async (_name, bend, want) => {
  const chain = await connected();
  const { nonce, send } = await paid(chain);
  const from = (await chain.head()).latest;
  await send();
  await mine(3);
  const { final } = await chain.head();
  world.node.says({
    each: async (call) => {
      if (call.method !== 'eth_getLogs') return undefined;
      const real = await rpc<SaidLog[]>(world.anvil.rpcUrl, 'eth_getLogs', ...call.params);
      return { result: real.flatMap((log) => (log.topics.includes(nonce) ? bend(log) : [log])) };
    },
  });
  const said = chain.authorizations(chain.treasury, [nonce], from, final);
  if (want === 'no answer') return expect(said).rejects.toThrow('a log cannot be read');
  const found = await said;
  expect(new Set(found.map((one) => one.nonce))).toEqual(new Set(want === 'found' ? [nonce] : []));
  if (want === 'found') expect(found).toMatchObject(found.map(() => ({ kind: 'used', transfer: { value: 1n } })));
});

const inMs = (block: Record<string, unknown>) => ({
  ...block,
  timestamp: `0x${(Number(block['timestamp']) * 1_000).toString(16)}`,
});
// biome-ignore format: columns are the point
test.each<[string, string, (real: Record<string, unknown>) => unknown]>([
  ['an empty text',            'eth_getTransactionCount', () => ''],
  ['an empty list',            'eth_getTransactionCount', () => []],
  ['yes',                      'eth_getTransactionCount', () => true],
  ['a decimal text',           'eth_getTransactionCount', () => '12'],
  ['an empty quantity',        'eth_getTransactionCount', () => '0x'],
  ['less than nothing',        'eth_getTransactionCount', () => -1],
  ['an empty text',            'eth_getBlockByNumber',    () => ''],
  ['an empty object',          'eth_getBlockByNumber',    () => ({})],
  ['a list',                   'eth_getBlockByNumber',    () => []],
  ['a block that is pending',  'eth_getBlockByNumber',    (real) => ({ ...real, number: null })],
  ['a block without a time',   'eth_getBlockByNumber',    ({ timestamp: _, ...real }) => real],
  ['its time in milliseconds', 'eth_getBlockByNumber',    inMs],
  ['the year 2100',            'eth_getBlockByNumber',    (real) => ({ ...real, timestamp: '0xf4865700' })],
  ['no list of logs',          'eth_getLogs',             () => ({})],
  ['one',                      'eth_chainId',             () => true],
])('a node that answers %s to %s has said nothing', async (_name, method, bend) => {
  const chain = await connected();
  const { nonce, send } = await paid(chain);
  await send();
  const { final } = await chain.head();
  const real = await rpc<Record<string, unknown>>(world.anvil.rpcUrl, 'eth_getBlockByNumber', 'latest', false);
  world.node.says({ each: (call) => (call.method === method ? { result: bend(real) } : undefined) });
  const questions: Record<string, () => Promise<unknown>> = {
    eth_getTransactionCount: () => chain.transactionCount(lane),
    eth_getBlockByNumber: () => chain.head(),
    eth_getLogs: () => chain.authorizations(chain.treasury, [nonce], final + 1, final + 1),
    eth_chainId: () => chain.head(),
  };
  await expect(questions[method]?.()).rejects.toMatchObject({ name: unclear, message: expect.stringContaining('cannot be read') });
  if (method === 'eth_getBlockByNumber') await expect(chain.finalBalance(chain.treasury)).rejects.toMatchObject({ name: unclear });
});

test('a node that writes numbers says the same, an unreadable balance is none, and a final block is not above the newest', async () => {
  const chain = await connected();
  const real = await rpc<Record<string, unknown>>(
    world.anvil.rpcUrl,
    'eth_getBlockByNumber',
    'latest',
    false,
  );
  const block = (given: object) => ({ result: { ...real, ...given } });
  const numbers = { number: Number(real['number']), timestamp: Number(real['timestamp']) };
  world.node.says({
    each: ({ method }) => {
      if (method === 'eth_getBlockByNumber') return block(numbers);
      return method === 'eth_getBalance' ? { result: '' } : undefined;
    },
  });
  expect(await chain.head()).toEqual({
    latest: numbers.number,
    latestAt: numbers.timestamp * 1_000,
    final: numbers.number,
  });
  expect(await chain.etherOf(lane)).toBeNull();
  world.node.says({
    each: ({ method, params }) =>
      method === 'eth_getBlockByNumber' && params[0] !== 'latest'
        ? block({ number: `0x${(numbers.number + 1).toString(16)}` })
        : undefined,
  });
  await expect(chain.head()).rejects.toMatchObject({
    name: unclear,
    message: expect.stringContaining('above the newest'),
  });
});

test('a setting says how many blocks a question for logs may have', async () => {
  const chain = await connected({ logRange: 50 });
  await mine(200);
  const { final } = await chain.head();
  const { nonce, send } = await paid(chain);
  await send();
  await mine(3);
  world.node.says({});
  await chain.authorizations(chain.treasury, [nonce], final - 120, final + 1);
  expect(Math.max(...world.node.asked('eth_getLogs').map(rangeOf))).toBe(50);
});

test('a payout that was signed long ago costs no more per visit than a fresh one', async () => {
  const chain = await connected({ logRange: 20 });
  const { nonce, send } = await paid(chain);
  const from = (await chain.head()).latest;
  await mine(2_000);
  const visit = async () => {
    world.node.says({});
    const { final } = await chain.head();
    const events = await chain.authorizations(chain.treasury, [nonce], from, final);
    return {
      events,
      asked: world.node.asked('eth_getLogs').length + world.node.asked('eth_call').length,
    };
  };
  // It is not used: no logs need be read to know that there is no verdict.
  expect(await visit()).toEqual({ events: [], asked: 1 });
  await send();
  await mine(1);
  // It is used, and not final: all that is final is searched in vain, once.
  expect((await visit()).asked).toBeGreaterThan(50);
  expect((await visit()).asked).toBeLessThanOrEqual(1);
  await mine(1);
  const last = await visit();
  expect(last.events).toMatchObject([{ nonce, kind: 'used' }]);
  expect(last.asked).toBeLessThanOrEqual(3);
});

// biome-ignore format: columns are the point
test.each<[string, string, unknown]>([
  ['knows no pending',       'eth_getTransactionCount', { code: -32_602, message: 'pending block is not available' }],
  ['does not tell balances', 'eth_getBalance',          { code: -32_601, message: 'the method eth_getBalance does not exist' }],
  ['does not estimate',      'eth_estimateGas',         { code: -32_601, message: 'the method eth_estimateGas does not exist' }],
  ['has no fee history',     'eth_feeHistory',          { code: -32_601, message: 'the method eth_feeHistory does not exist' }],
  ['suggests no tip',        'eth_maxPriorityFeePerGas', { code: -32_601, message: 'the method eth_maxPriorityFeePerGas does not exist' }],
])('a node that %s still pays', async (_name, method, error) => {
  const chain = await connected();
  world.node.says({
    each: (call) =>
      call.method === method && (method !== 'eth_getTransactionCount' || call.params[1] === 'pending')
        ? { error: error as never }
        : undefined,
  });
  const { nonce, send } = await paid(chain);
  await send();
  expect((await chain.spent(chain.treasury, [nonce])).get(nonce)).toBe(true);
  expect(await chain.pendingCount(lane)).toBe(method === 'eth_getTransactionCount' ? null : await chain.transactionCount(lane));
  expect(await chain.gasFor(lane, null)).toBe(21_000n);
});

// biome-ignore format: columns are the point
test.each<[string, unknown, bigint | null]>([
  ['little',             '0x11170',                                          payoutGasLimit],
  ['more',               `0x${(420_000).toString(16)}`,                      546_000n],
  ['more than is paid',  `0x${(30_000_000).toString(16)}`,                   null],
  ['something else',     'viel',                                             payoutGasLimit],
])('a node that estimates %s', async (_name, result, want) => {
  const chain = await connected();
  world.node.says({ each: ({ method }) => (method === 'eth_estimateGas' ? { result } : undefined) });
  const authorization = { from: payerOn(chain), to: someone, value: one, validBefore: 1, nonce: payoutNonce(1, someone, 'wd_1') } as const;
  const signature = await signer.authorize(chain, authorization);
  expect(await chain.gasFor(lane, { authorization, signature })).toBe(want);
});

const gwei = 10n ** 9n;
const hex = (wei: bigint) => `0x${wei.toString(16)}`;
// biome-ignore format: columns are the point
test.each<[string, { base: bigint; paidTip: bigint; tip: bigint; cap?: bigint }, { waits: boolean; most: bigint }]>([
  ['asks for what blocks paid',              { base: 20n, paidTip: 1n, tip: 1n },                 { waits: false, most: 210n }],
  ['suggests a tip of 100,000 gwei',         { base: 20n, paidTip: 1n, tip: 100_000n },           { waits: true,  most: 210n }],
  ['has empty blocks',                       { base: 0n,  paidTip: 0n, tip: 1n },                 { waits: false, most: 10n }],
  ['has empty blocks, suggests 100,000',     { base: 0n,  paidTip: 0n, tip: 100_000n },           { waits: true,  most: 10n }],
  ['is dearer than the setting',             { base: 60n, paidTip: 1n, tip: 1n, cap: 50n },       { waits: true,  most: 50n }],
  ['is just within the setting',             { base: 48n, paidTip: 1n, tip: 1n, cap: 50n },       { waits: false, most: 50n }],
  ['is dear, and the setting allows it',     { base: 900n, paidTip: 9n, tip: 9n, cap: 2_000n },   { waits: false, most: 2_000n }],
])('a node that %s', async (_name, { base, paidTip, tip, cap }, want) => {
  const chain = await connected(cap === undefined ? {} : { maxFee: cap * gwei });
  const history = {
    baseFeePerGas: Array<string>(21).fill(hex(base * gwei)),
    reward: Array<string[]>(20).fill([hex(paidTip * gwei)]),
    gasUsedRatio: [],
    oldestBlock: '0x1',
  };
  world.node.says({
    each: ({ method }) =>
      method === 'eth_feeHistory'
        ? { result: history }
        : method === 'eth_maxPriorityFeePerGas'
          ? { result: hex(tip * gwei) }
          : undefined,
  });
  const fees = await chain.fees();
  expect({ waits: fees.maxFeePerGas > fees.cap, most: fees.cap / gwei }).toEqual(want);
});

test('another chain at the same URL is refused: the one that is set, the one that was first, and from one visit to the next', async () => {
  const wrong = { name: 'WrongChainError' };
  await expect(connected({ chainId: 1 })).rejects.toMatchObject(wrong);
  await expect(connected({ pinned: async () => 1 })).rejects.toMatchObject(wrong);
  await expect(recordEvm(configOf({ pinned: async () => 1 }))).rejects.toMatchObject(wrong);
  await expect(viewEvm(configOf({ chainId: 31_337 }))).resolves.toBeDefined();
  const chain = await connected();
  world.node.says({
    each: ({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : undefined),
  });
  await expect(chain.head()).rejects.toMatchObject(wrong);
});

test('no error has the URL of the node in it', async () => {
  const rpcUrl = `${world.node.url.replace('http://', 'http://user:geheim@')}/v3/geheim`;
  world.node.says({ whole: () => ({ status: 429, body: `see ${rpcUrl}` }) });
  const error = await viewEvm(configOf({ rpcUrl })).catch((thrown: unknown) => thrown);
  const all: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    all.push(one.message, String(one.stack));
  expect(all.join('\n')).not.toContain('geheim');
  expect(all.length).toBeGreaterThan(1);
});

test('calls that share a request are answered each by its own id', async () => {
  const chain = await connected();
  world.node.says({});
  const [ether, count] = await Promise.all([chain.etherOf(lane), chain.transactionCount(lane)]);
  expect([
    (ether ?? 0n) > 0n,
    count >= 0,
    of(world.node.requests[0] ?? [], 'eth_getBalance'),
  ]).toEqual([true, true, true]);
});
