/** A node passes requests on, and fails by its rules while the chain itself goes on. */
import { afterEach, beforeAll, expect, test } from '@jest/globals';

import { encodeFunctionData, type Hex } from 'viem';
import { usdcAbi } from '../../lambdas/adapters/evm/abi.ts';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import { type RpcCall, rpc, rpcBatch } from '../../local/chains/json-rpc.ts';
import { startNodes } from '../../local/simulators/nodes/nodes.ts';
import { startAnvil } from '../support/anvil.ts';
import { shared } from '../support/shared.ts';

const chain = shared(startAnvil);
const nodes = shared(() => startNodes({ ethereum: chain.rpcUrl }));
let url = '';
beforeAll(() => {
  url = nodes.urls.ethereum ?? '';
});
afterEach(() => told('DELETE'));

async function told(method: 'POST' | 'DELETE', rule?: object): Promise<number> {
  const body = rule === undefined ? null : JSON.stringify(rule);
  return (await fetch(`${url}/_faults`, { method, body })).status;
}
const hex = (value: number): Hex => `0x${value.toString(16)}`;
const mine = (): Promise<unknown> => rpc(chain.rpcUrl, 'evm_mine');
const headOf = async (at: string): Promise<number> => {
  const { number } = await rpc<{ number: Hex }>(at, 'eth_getBlockByNumber', 'latest', false);
  return Number(number);
};
/** How many transactions an account has sent, waiting ones included. */
const sentBy = async (from: string): Promise<number> =>
  Number(await rpc<Hex>(chain.rpcUrl, 'eth_getTransactionCount', from, 'pending'));
const from = gasPayers[0]?.address ?? '0x';
const send: RpcCall = ['eth_sendTransaction', { from, to: from, value: '0x1' }];

test('what is asked of it is asked of the chain, one call or many', async () => {
  expect(await rpc(url, 'eth_chainId')).toBe('0x7a69');
  const calls: RpcCall[] = [['eth_chainId'], ['eth_noSuchMethod']];
  expect(await rpcBatch(url, calls)).toEqual(await rpcBatch(chain.rpcUrl, calls));
  expect(await (await fetch(`${url}/_truth`)).json()).toEqual({ rpcUrl: chain.rpcUrl });
});

test('a rule names a method, and meets a batch that has it as a whole', async () => {
  await told('POST', { operation: 'eth_chainId', kind: 'error', status: 502 });
  await expect(rpc(url, 'eth_chainId')).rejects.toThrow();
  await expect(rpcBatch(url, [['eth_call', {}], ['eth_chainId']])).rejects.toThrow();
  await headOf(url);
  expect(await told('POST', { operation: 'eth_chainid', kind: 'error' })).toBe(400);
});

test.each([
  ['applied-then-timeout', 1],
  ['timeout-not-applied', 0],
  ['error-after-applying', 1],
  ['error', 0],
  ['reset', 0],
  ['429', 0],
])('%s: %i transactions are sent, and nobody is told', async (kind, sent) => {
  const before = await sentBy(from);
  await told('POST', { operation: '*', kind, times: 1 });
  await expect(rpc(url, ...send)).rejects.toThrow();
  expect((await sentBy(from)) - before).toBe(sent);
});

test('a stale head: the chain as it was, with its tags, and no logs that came later', async () => {
  await mine();
  const seen = await headOf(url);
  const { timestamp } = await rpc<{ timestamp: Hex }>(
    chain.rpcUrl,
    'eth_getBlockByNumber',
    'latest',
    false,
  );
  await rpc(chain.rpcUrl, 'evm_setNextBlockTimestamp', Number(timestamp) + 3_600);
  const data = encodeFunctionData({ abi: usdcAbi, functionName: 'transfer', args: [from, 1n] });
  await rpc(chain.rpcUrl, 'eth_sendTransaction', { from: treasury.address, to: chain.token, data });
  await mine();
  expect(await headOf(url)).toBe(seen + 1);
  await told('POST', { operation: '*', kind: 'stale-list', byMs: 0 });
  expect(await headOf(url)).toBe(seen);
  const final = await rpc<{ number: Hex }>(url, 'eth_getBlockByNumber', 'finalized', false);
  expect(Number(final.number)).toBe(seen - 2);
  const later = { address: chain.token, fromBlock: hex(seen), toBlock: hex(seen + 1) };
  expect(await rpc(chain.rpcUrl, 'eth_getLogs', later)).toHaveLength(1);
  expect(await rpc(url, 'eth_getLogs', later)).toEqual([]);
});

test('a node whose chain is gone answers nothing', async () => {
  const lonely = await startNodes({ base: 'http://127.0.0.1:1' });
  await expect(rpc(lonely.urls.base ?? '', 'eth_chainId')).rejects.toThrow();
  await lonely.stop();
});
