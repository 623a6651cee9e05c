/** What a node says of a transaction, and what we conclude of the payment in it. Sources: the execution APIs' specification. */
import { beforeEach, expect, test } from '@jest/globals';
import { evmArrivals } from '../../lambdas/adapters/evm/arrivals.ts';
import { probeOf } from '../../lambdas/adapters/evm/exchange.ts';
import { treasury } from '../support/chain.ts';
import { json, type Said, startProvider } from '../support/provider.ts';
import { shared } from '../support/shared.ts';
import { destination as token } from '../support/things.ts';

const node = shared(startProvider);
const hash = `0x${'ab'.repeat(32)}`;
const word = (text: string): string =>
  `0x${text.replace('0x', '').toLowerCase().padStart(64, '0')}`;
const topic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const log = (given: object = {}) => ({
  address: token.toLowerCase(),
  topics: [topic, word('0x1'), word(treasury)],
  data: word('0x5ef3a60'),
  logIndex: '0xc',
  removed: false,
  ...given,
});
const receipt = (given: object = {}) => ({
  transactionHash: hash,
  status: '0x1',
  blockNumber: '0x10',
  logs: [log()],
  ...given,
});
const block = (number: string) => ({ number, timestamp: '0x69a6d200' });

type RpcCall = { id: number; method: string; params: [string] };
const asked: string[] = [];
const chain = '0x2105';
/** What the node says to each method; the tag or height that it is asked for stands behind it. */
const says = (answers: Record<string, unknown>) => {
  asked.length = 0;
  node.answer(({ body }): Said => {
    const calls = JSON.parse(body) as RpcCall | RpcCall[];
    const replies = [calls].flat().map(({ id, method, params }) => {
      const name =
        method === 'eth_getTransactionReceipt'
          ? 'receipt'
          : method === 'eth_chainId'
            ? 'chain'
            : params[0];
      asked.push(name);
      return { jsonrpc: '2.0', id, result: { chain, ...answers }[name] };
    });
    const lost = replies.some(({ result }) => result === 'hang-up');
    return lost ? 'hang-up' : json(200, Array.isArray(calls) ? replies : replies[0]);
  });
};
const arrivals = (given: object = {}) =>
  evmArrivals(
    async (network) => ({
      ...{ network, rpcUrl: node.baseUrl, token, treasury },
      ...given,
    }),
    () => treasury,
  );
const ask = () => arrivals().of('base', hash, treasury);
beforeEach(() => says({}));

const there = { ok: true, value: { state: 'final', logs: [{ index: 12, value: 99_564_128n }] } };
const nothing = { ok: true, value: { state: 'final', logs: [] } };
const unclear = { ok: false, refused: false };
// biome-ignore format: a table
test.each<[says: string, receipt: unknown, conclude: object]>([
  ['our transfer',                            receipt(),                                                              there],
  ['… in the final block itself',             receipt({ blockNumber: '0x20' }),                                       there],
  ['… beside others and other logs',          receipt({ logs: [log({ topics: [topic, word('0x1'), word('0x2')], data: '0x' }), log({ address: treasury, topics: [], logIndex: 1 }), log({ topics: ['0x01'] }), log()] }), there],
  ['a transfer of another token',             receipt({ logs: [log({ address: treasury })] }),                        nothing],
  ['a transfer to somebody else',             receipt({ logs: [log({ topics: [topic, word(treasury), word('0x2')] })] }), nothing],
  ['that it was reverted',                    receipt({ status: '0x0', logs: [] }),                                   nothing],
  ['nothing',                                 null,                                                                   { ok: true, value: { state: 'absent' } }],
  ['that it is too young',                    receipt({ blockNumber: '0x21' }),                                       { ok: true, value: { state: 'mined', at: 0x69a6d200 * 1_000 } }],
  ['an amount that is none',                  receipt({ logs: [log({ data: '0x' })] }),                               unclear],
  ['no index',                                receipt({ logs: [log({ logIndex: null })] }),                           unclear],
  ['that its log was removed',                receipt({ logs: [log({ removed: true })] }),                            unclear],
  ['a log without a receiver',                receipt({ logs: [log({ topics: [topic] })] }),                          unclear],
  ['another transaction',                     receipt({ transactionHash: word('0x1') }),                              unclear],
  ['a height that is no number',              receipt({ blockNumber: 16 }),                                           unclear],
  ['no status',                               receipt({ status: null }),                                              unclear],
  ['nothing that can be read',                'soon',                                                                 unclear],
])('of the receipt the node says %s', async (_, given, conclude) => {
  says({ finalized: block('0x20'), receipt: given, '0x21': block('0x21') });
  expect(await ask()).toMatchObject(conclude);
});

test.each<[string, Said]>([
  [
    'an error',
    json(200, { jsonrpc: '2.0', id: 1, error: { code: -32_603, message: 'Internal error' } }),
  ],
  ['no result', json(200, { jsonrpc: '2.0', id: 1 })],
  ['429', json(429, {})],
  ['nothing', 'hang-up'],
])('a node that says %s says nothing of the payment', async (_, answer) => {
  node.answer(() => answer);
  expect(await ask()).toMatchObject(unclear);
});

test('a node of another chain is not believed, whether it is set, was used first or answered a moment ago', async () => {
  const wrong = { name: 'WrongChainError' };
  says({ finalized: block('0x20'), receipt: receipt() });
  for (const given of [{ chainId: 1 }, { pinned: async () => 1 }])
    await expect(arrivals(given).of('base', hash, treasury)).rejects.toMatchObject(wrong);
  const reads: number[] = [];
  const ours = arrivals({ pinned: async (found: number) => reads.push(found) && found });
  expect(await ours.of('base', hash, treasury)).toMatchObject(there);
  says({ finalized: block('0x20'), receipt: receipt(), chain: '0x1' });
  await expect(ours.of('base', hash, treasury)).rejects.toMatchObject(wrong);
  // Which chain was used first stands in a table, and is read once.
  expect(reads).toEqual([0x2105]);
});

// biome-ignore format: a table
test.each<[string, (calls: RpcCall | RpcCall[], request: number) => Said | undefined]>([
  ['drops every third request',            (_, request) => (request % 3 === 0 ? 'hang-up' : undefined)],
  ['takes one call at once',               (calls) => (Array.isArray(calls) ? json(413, {}) : undefined)],
  ['says "Internal error" for a while',    (calls, request) => (request < 3 ? json(200, [calls].flat().map(({ id }) => ({ jsonrpc: '2.0', id, error: { code: -32_603, message: 'Internal error' } }))) : undefined)],
])('a node that %s is asked as any other is, until it has said all', async (_, faults) => {
  let requests = 0;
  const results: Record<string, unknown> = { eth_chainId: chain, eth_getBlockByNumber: block('0x20'), eth_getTransactionReceipt: receipt() };
  node.answer(({ body }): Said => {
    requests += 1;
    const calls = JSON.parse(body) as RpcCall | RpcCall[];
    const replies = [calls].flat().map(({ id, method }) => ({ jsonrpc: '2.0', id, result: results[method] }));
    return faults(calls, requests) ?? json(200, Array.isArray(calls) ? replies : replies[0]);
  });
  expect(await ask()).toMatchObject(there);
});

test('a URL with a user and a password is asked as one of a node', async () => {
  says({ finalized: block('0x20'), receipt: receipt() });
  const rpcUrl = node.baseUrl.replace('//', '//user:word@');
  expect(await arrivals({ rpcUrl }).of('base', hash, treasury)).toMatchObject(there);
  await expect(probeOf({ network: 'base', rpcUrl })()).resolves.toBe(true);
  node.answer(() => json(503, {}));
  await expect(probeOf({ network: 'base', rpcUrl })()).resolves.toBe(false);
});

test('those who ask at once share the question for the final block, and the next ask anew', async () => {
  says({ finalized: block('0x20'), receipt: receipt() });
  const shared_ = arrivals();
  await Promise.all([shared_.of('base', hash, treasury), shared_.of('base', hash, treasury)]);
  expect(asked.filter((one) => one === 'finalized')).toHaveLength(1);
  await shared_.of('base', hash, treasury);
  expect(asked.filter((one) => one === 'finalized')).toHaveLength(2);
});
